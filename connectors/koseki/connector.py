"""戸籍システム: takes nothing. What it sends (KS-NOTE, CV-CERT) has no feed yet; no number travels to or from it (X6)."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ()


def room(setup: Setup) -> Room:
    """The room of endpoint koseki."""
    return Forwarding(setup, TYPES)
