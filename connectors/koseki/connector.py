"""戸籍システム: its records become CV-CERT to the certificate server (D2) and KS-NOTE to 住記 (B10). It takes nothing.

No number travels from it: the records have no field for one, and the law's row for each message names the items it may hold (X6).
"""

from __future__ import annotations

from pathlib import Path

from connectors.kit.feeds import EventFeed
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages.files import FilePartner
from connectors.kit.partner import Partner
from connectors.kit.room import Room
from connectors.koseki.layouts import CERTIFIED, NOTIFIED, forms

TYPES = ()
CERTIFICATES, NOTICES = "certificates", "notices"


def partner(place: Path, endpoint: str) -> Partner:
    """The partner behind the folders at `place`."""
    return FilePartner(place, endpoint, dict(zip((CERTIFICATES, NOTICES), forms(), strict=True)))


def room(setup: Setup) -> Room:
    """The room of endpoint koseki."""
    made = ((CERTIFICATES, CERTIFIED.make(setup)), (NOTICES, NOTIFIED.make(setup)))
    return Forwarding(
        setup, TYPES, [EventFeed(name, setup.identity.endpoint, setup.partner, make) for name, make in made]
    )
