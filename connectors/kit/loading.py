"""Finds a room by the name that routing.yaml gives it; nothing imports a room by code."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from connectors.kit.forwarding import Setup
from connectors.kit.languages.frames import FramePartner
from connectors.kit.partner import Partner
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


def open_partner(room: str, place: Path, endpoint: str) -> Partner:
    """The partner of a room at `place`, in its own language if the room has one (`connector.partner(place, endpoint)`)."""
    try:
        module = importlib.import_module(f"connectors.{room}.connector")
    except ImportError as error:
        raise Misconfigured(kit.NO_SUCH_ROOM, endpoint=endpoint) from error
    make: Callable[[Path, str], Partner] = getattr(module, "partner", FramePartner)
    return make(place, endpoint)
