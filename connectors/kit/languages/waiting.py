"""Waiting for somebody who cannot call: look, wait a little, look again, a little longer each time, and not for ever."""

from __future__ import annotations

import time
from typing import Final

_SHORTEST: Final = 0.001
_LONGEST: Final = 0.05


class Patience:
    """Seconds until it ends, counted from the last thing that happened."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Something happened."""
        self._pause = _SHORTEST
        self._end = time.monotonic() + self._seconds

    def wait(self) -> bool:
        """Waits a little; False, at once, when patience has ended."""
        if time.monotonic() >= self._end:
            return False
        self.rest()
        return True

    def rest(self) -> None:
        """Waits a little, without end."""
        time.sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST)
