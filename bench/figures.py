"""What many measurements come to: median with its ends, percentiles, rates. Pure; proven by tests/unit/test_bench.py."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Raises `ValueError` without values."""
        if not values:
            raise ValueError("no rounds")
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Run:
    """One round of one pipeline. `seconds` on the wall, `cpu` seconds of this process in all its threads."""

    messages: int
    events: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def event_rate(self) -> float:
        """Events a second; an event is as many messages as its fan-out."""
        return self.events / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time a message: the figure that other work on the machine moves least."""
        return self.cpu * 1000 / self.messages


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float
    samples: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Percentiles:
        """Raises `ValueError` without samples."""
        p50, p95, p99 = (percentile(seconds, share) * 1000 for share in (0.50, 0.95, 0.99))
        return cls(p50, p95, p99, len(seconds))


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank: the smallest value that at least `share` (0 to 1) of all do not exceed."""
    if not values or not 0 < share <= 1:
        raise ValueError("a percentile needs values, and a share above 0 up to 1")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def times(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """How many times theirs ours is, round by round: two rounds that ran one after the other met the same machine."""
    return Spread.of([one / other for one, other in zip(ours, theirs, strict=True)])
