"""How long to leave a failing neighbour alone: doubling from 50 ms to 5 s, and shortened by chance.

By chance, so that all who waited for one neighbour do not come back to it at the same moment.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from hub.outages import Outage

_FIRST = 0.05
_LIMIT = 5.0
_SHORTEST = 0.5  # of the pause that the doubling gives


class Backoff:
    """Knows when to try again, and whether there is an outage. `monotonic` gives seconds of a clock that never goes back.

    `chance` gives numbers from 0 up to 1.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        outage: Outage,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.outage = outage
        self._monotonic = monotonic
        self._chance = chance
        self._wait = 0.0
        self._until = 0.0

    @property
    def ready(self) -> bool:
        return self._monotonic() >= self._until

    @property
    def remaining(self) -> float:
        """Seconds until `ready`."""
        return max(0.0, self._until - self._monotonic())

    def failed(self, code: str) -> None:
        """Waits longer than the last time."""
        self._wait = min(max(self._wait * 2, _FIRST), _LIMIT)
        self._until = self._monotonic() + self._wait * (_SHORTEST + (1 - _SHORTEST) * self._chance())
        self.outage.failed(code)

    def worked(self) -> None:
        self._wait = self._until = 0.0
        self.outage.worked()
