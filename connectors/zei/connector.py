"""税務システム: takes JK-CHG."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("JK-CHG",)


def room(setup: Setup) -> Room:
    """The room of endpoint zei."""
    return Forwarding(setup, TYPES)
