"""証明書コンビニ交付システム: takes CV-UPD from 住記 (D1) and CV-CERT from 印鑑, 税 and 戸籍 (D2), and hands each on as a JSON record."""

from __future__ import annotations

from pathlib import Path

from connectors.conbini.language import record_of
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages.http import HttpPartner
from connectors.kit.observing import Watch
from connectors.kit.partner import Partner
from connectors.kit.room import Room

TYPES = ("CV-UPD", "CV-CERT")


def partner(place: Path, endpoint: str) -> Partner:
    """The certificate server at `place`."""
    return HttpPartner(place, endpoint, "application/json")


def room(setup: Setup) -> Room:
    """The room of endpoint conbini."""
    return Forwarding(setup, TYPES, (Watch(setup),), translate=lambda one: record_of(one.payload).encode())
