"""申請管理システム: takes SN-LINK. What it sends (SN-FILE) has no feed yet."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("SN-LINK",)


def room(setup: Setup) -> Room:
    """The room of endpoint shinsei."""
    return Forwarding(setup, TYPES)
