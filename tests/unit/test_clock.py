"""The clocks never go back, and say so when somebody tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.codes import jnl
from hub.edges import clock as module
from hub.edges.clock import SimulatedClock, SystemClock
from hub.errors import IntegrityError

START = datetime(2026, 4, 1, tzinfo=UTC)


class Machine:
    """The machine's clock, set by a test."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


class TestSystemClock:
    def test_is_aware_utc_in_whole_milliseconds(self) -> None:
        """The time is the machine's, in UTC."""
        now = SystemClock().now()

        assert now.tzinfo is UTC
        assert now.microsecond % 1000 == 0
        assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)

    def test_stands_still_over_a_small_step_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Up to two seconds back are covered by the last time, until the machine has caught up."""
        machine = Machine()
        monkeypatch.setattr(module, "_system_time", machine)
        clock = SystemClock()
        times = []
        for step in (5, 3, 4, 6):
            machine.time = START + timedelta(seconds=step)
            times.append((clock.now() - START).total_seconds())

        assert times == [5, 5, 5, 6]

    def test_stops_at_a_larger_step_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """More than two seconds back means that nobody knows the time."""
        machine = Machine()
        monkeypatch.setattr(module, "_system_time", machine)
        clock = SystemClock()
        machine.time = START - timedelta(milliseconds=2001)
        with pytest.raises(IntegrityError) as caught:
            clock.now()

        assert (caught.value.code, caught.value.facts) == (jnl.CLOCK_WENT_BACK, {"milliseconds": 2001})


class TestSimulatedClock:
    def test_moves_only_when_told(self) -> None:
        """The time is what the driver set last, in UTC and whole milliseconds."""
        clock = SimulatedClock(START)
        clock.advance_to(datetime(2026, 4, 1, 10, 0, 0, 1999, tzinfo=timezone(timedelta(hours=9))))

        assert clock.now() == clock.now() == START + timedelta(hours=1, milliseconds=1)
        clock.advance_to(clock.now())

    def test_never_goes_back(self) -> None:
        """A moment that has passed is an integrity error, and the clock stays."""
        clock = SimulatedClock(START)
        with pytest.raises(IntegrityError):
            clock.advance_to(START - timedelta(milliseconds=1))

        assert clock.now() == START

    def test_needs_a_zone(self) -> None:
        """A moment without a zone is not a moment."""
        with pytest.raises(ValueError, match="zone"):
            SimulatedClock(datetime(2026, 4, 1))
