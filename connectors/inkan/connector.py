"""印鑑登録システム: takes nothing. What it sends (CV-CERT) has no feed yet."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ()


def room(setup: Setup) -> Room:
    """The room of endpoint inkan."""
    return Forwarding(setup, TYPES)
