"""How one simulated system asks another one directly, beside the hub: until it answers, or the process is told to end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from connectors.kit.languages import sockets
from hub.errors import Unavailable

_T = TypeVar("_T")
_PAUSE = 0.1


class Stopped(Exception):
    """The process is ending."""


def until_answered(ask: Callable[[], _T], stopped: threading.Event, pause: float = _PAUSE) -> _T:
    """What `ask` gives, asked again while it raises `Unavailable`. Raises `Stopped`, and whatever else `ask` raises."""
    while not stopped.is_set():
        try:
            return ask()
        except Unavailable:
            stopped.wait(pause)
    raise Stopped


def background(work: Callable[[], None], name: str) -> threading.Thread:
    """A started thread. `Stopped` ends it; anything else ends the process, as a request that cannot be answered does."""

    def run() -> None:
        try:
            work()
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - whatever it is, memory may be ahead of the ledger
            sockets.crash(error)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
