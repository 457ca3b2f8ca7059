"""Finds a room by the name that routing.yaml gives it; nothing imports a room by code."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from connectors.kit.forwarding import Setup
from connectors.kit.room import Room
from hub.codes import kit
from hub.errors import Misconfigured


def open_room(room: str, setup: Setup) -> Room:
    """The room that routing.yaml names `room` (cs, departments …): what its `connector.room(setup)` makes. Raises `Misconfigured`."""
    try:
        module = importlib.import_module(f"connectors.{room}.connector")
        make: Callable[[Setup], Room] = module.room
    except (ImportError, AttributeError) as error:
        raise Misconfigured(kit.NO_SUCH_ROOM, endpoint=setup.identity.endpoint) from error
    return make(setup)
