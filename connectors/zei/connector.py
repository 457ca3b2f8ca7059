"""税務システム: takes 異動情報 from 住記 (B7-1) and 照会結果 from the 共通機能 (C6); its records become CV-CERT (D2) and CK-SKI (C6)."""

from __future__ import annotations

from pathlib import Path

from connectors.kit.feeds import EventFeed
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages.files import FilePartner
from connectors.kit.partner import Partner
from connectors.kit.room import Room
from connectors.zei.columns import CERTIFIED, ENQUIRED, FORMS, written

TYPES = ("JK-CHG", "CK-SKR")


def partner(place: Path, endpoint: str) -> Partner:
    """The partner behind the folders at `place`."""
    return FilePartner(place, endpoint, FORMS, extension="csv")


def room(setup: Setup) -> Room:
    """The room of endpoint zei."""
    kinds = zip(FORMS, (CERTIFIED, ENQUIRED), strict=True)
    feeds = [EventFeed(name, setup.identity.endpoint, setup.partner, kind.make(setup)) for name, kind in kinds]
    return Forwarding(setup, TYPES, feeds, translate=lambda one: written(one.payload))
