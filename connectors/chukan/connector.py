"""中間サーバー・プラットフォーム: takes CK-DBM."""

from __future__ import annotations

from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("CK-DBM",)


def room(setup: Setup) -> Room:
    """The room of endpoint chukan."""
    return Forwarding(setup, TYPES)
