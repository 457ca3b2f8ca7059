"""証明書コンビニ交付システム: takes CV-UPD."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("CV-UPD",)


def room(setup: Setup) -> Room:
    """The room of endpoint conbini."""
    return Forwarding(setup, TYPES)
