"""Asking a partner from outside a worker: a system beside the hub that has a question and waits until it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from connectors.kit.languages.waiting import Patience
from hub.errors import Unavailable

_T = TypeVar("_T")


def answered(ask: Callable[[], _T], stopped: Callable[[], bool]) -> _T | None:
    """What `ask` gives, asked again while the partner is down; None when `stopped` says so before."""
    patience = Patience(0.0)
    while not stopped():
        try:
            return ask()
        except Unavailable:
            patience.rest()
    return None
