"""The clock: aware UTC, whole milliseconds, never back within one process; and a simulated one that a driver moves.

A small step back (time synchronisation slews) is covered by standing still; a larger one means that nobody knows the time,
and a log whose entries bear times must not go on.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from hub.codes import jnl
from hub.errors import IntegrityError

TOLERANCE = timedelta(seconds=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SystemClock:
    """The machine's clock. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = _system_time()

    def now(self) -> datetime:
        """Raises `IntegrityError` when the machine's clock has gone back by more than two seconds."""
        with self._lock:
            read = _system_time()
            back = self._last - read
            if back > TOLERANCE:
                raise IntegrityError(jnl.CLOCK_WENT_BACK, milliseconds=back // timedelta(milliseconds=1))
            self._last = max(self._last, read)
            return self._last


class SimulatedClock:
    """Time as its driver says; it stands still in between. Threads may share it."""

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = _whole(start)

    def now(self) -> datetime:
        """The moment that was last set."""
        with self._lock:
            return self._now

    def advance_to(self, moment: datetime) -> None:
        """Moves on; the same moment again is fine. Raises `IntegrityError` for one that has passed."""
        with self._lock:
            back = self._now - _whole(moment)
            if back > timedelta(0):
                raise IntegrityError(jnl.CLOCK_WENT_BACK, milliseconds=back // timedelta(milliseconds=1))
            self._now = _whole(moment)


def _system_time() -> datetime:
    return _EPOCH + timedelta(milliseconds=time.time_ns() // 1_000_000)


def _whole(moment: datetime) -> datetime:
    """Cut to milliseconds. Raises `ValueError` for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
