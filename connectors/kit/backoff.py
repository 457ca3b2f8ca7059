"""Bounded back-off: how long to leave a failing neighbour alone (doubling, from 50 ms to 5 s)."""

from __future__ import annotations

from collections.abc import Callable

_FIRST = 0.05
_LIMIT = 5.0


class Backoff:
    """Knows when to try again. `monotonic` gives seconds of a clock that never goes back."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wait = 0.0
        self._until = 0.0

    @property
    def ready(self) -> bool:
        return self._monotonic() >= self._until

    @property
    def remaining(self) -> float:
        """Seconds until `ready`."""
        return max(0.0, self._until - self._monotonic())

    def failed(self) -> None:
        self._wait = min(max(self._wait * 2, _FIRST), _LIMIT)
        self._until = self._monotonic() + self._wait

    def worked(self) -> None:
        self._wait = self._until = 0.0
