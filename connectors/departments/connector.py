"""別紙2の部署: each receives the 異動情報 that the tables and the ward's decisions let it have (JK-CHG)."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("JK-CHG",)


def room(setup: Setup) -> Room:
    """The room of one department; which one, the identity says."""
    return Forwarding(setup, TYPES)
