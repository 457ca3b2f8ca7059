"""教育委員会の二課 (学務課, 子ども施設入園課): take KK-CHG, once two persons have confirmed its basis (C26)."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("KK-CHG",)


def room(setup: Setup) -> Room:
    """The room of one of them; which one, the identity says."""
    return Forwarding(setup, TYPES)
