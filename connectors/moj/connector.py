"""法務省情報連携システム: sends 法務省通知 to 住記 (B9), takes 市町村通知 from it (B8-3). Neither bears a number of ours."""

from __future__ import annotations

from connectors.kit.feeds import EventFeed, notices
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("MJ-OUT",)
FEED = "notices"


def room(setup: Setup) -> Room:
    """The room of endpoint moj."""
    return Forwarding(setup, TYPES, (EventFeed(FEED, setup.identity.endpoint, setup.partner, notices(setup)),))
