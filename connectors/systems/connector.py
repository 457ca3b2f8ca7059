"""業務システム behind the 共通機能: each sends its 資格情報 to 住記 (B12) and its 情報照会 to the 共通機能, and takes the results (C6).

All by files in folders of their own: batches out of them, a file for each result into them (see `files`).
"""

from __future__ import annotations

from pathlib import Path

from connectors.kit.feeds import EventFeed
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages.files import FilePartner
from connectors.kit.partner import Partner
from connectors.kit.room import Room
from connectors.systems.files import announcements, forms, result

TYPES = ("CK-SKR",)


def partner(place: Path, endpoint: str) -> Partner:
    """The folders of one system below `place`."""
    return FilePartner(place, endpoint, forms(endpoint), extension="csv")


def room(setup: Setup) -> Room:
    """The room of one of them; which one, the identity says."""
    me = setup.identity.endpoint
    feeds = [EventFeed(name, me, setup.partner, one.make(setup)) for name, one in announcements(me).items()]
    return Forwarding(setup, TYPES, feeds, translate=lambda one: result(one.payload))
