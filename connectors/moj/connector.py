"""法務省情報連携システム: sends 法務省通知 to 住記 (B9), takes 市町村通知 from it (B8-3). Neither bears a number of ours.

Both are records of fixed length in cp932 (see `layouts`): a 市町村通知 is a file of one record, 法務省通知 come in batch files.
"""

from __future__ import annotations

from pathlib import Path

from connectors.kit.feeds import EventFeed
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages.files import FilePartner
from connectors.kit.partner import Partner
from connectors.kit.room import Room
from connectors.moj.layouts import NOTICE, Forms, own_gaiji

TYPES = ("MJ-OUT",)
FEED = "notices"


def partner(place: Path, endpoint: str) -> Partner:
    """The partner behind the folders at `place`."""
    return FilePartner(place, endpoint, {FEED: Forms(own_gaiji()).notices})


def room(setup: Setup) -> Room:
    """The room of endpoint moj."""
    forms = Forms(own_gaiji())
    feed = EventFeed(FEED, setup.identity.endpoint, setup.partner, NOTICE.make(setup))
    return Forwarding(setup, TYPES, (feed,), translate=lambda one: forms.written(one.payload))
