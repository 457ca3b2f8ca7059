"""印鑑登録システム: its records become CV-CERT to the certificate server (D2). It takes nothing."""

from __future__ import annotations

from pathlib import Path

from connectors.inkan.layouts import CERTIFIED, form
from connectors.kit.feeds import EventFeed
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages.files import FilePartner
from connectors.kit.partner import Partner
from connectors.kit.room import Room

TYPES = ()
FEED = "certificates"


def partner(place: Path, endpoint: str) -> Partner:
    """The partner behind the folders at `place`."""
    return FilePartner(place, endpoint, {FEED: form()})


def room(setup: Setup) -> Room:
    """The room of endpoint inkan."""
    return Forwarding(setup, TYPES, (EventFeed(FEED, setup.identity.endpoint, setup.partner, CERTIFIED.make(setup)),))
