"""業務システム behind the 共通機能: each takes the results of its own 情報照会 (CK-SKR)."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("CK-SKR",)


def room(setup: Setup) -> Room:
    """The room of one of them; which one, the identity says."""
    return Forwarding(setup, TYPES)
