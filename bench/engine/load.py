"""The load: messages that are all there at once, one at a time, or due at a rate; the same for whoever carries them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.engine.processes import processor_seconds
from bench.figures import Percentiles, Run
from bench.latency import PAUSE, due_by_now
from hub.messages import Submission

#: The processes whose time counts, by what they are; the load itself is none of them.
Parts = Callable[[], Mapping[str, Sequence[int]]]


class Carrier(Protocol):
    """Who carries messages to their signed answers. Times are of `time.time`."""

    def submit(self, messages: Sequence[Submission]) -> Sequence[int]:
        """Sends them and returns what each is known by, once it is known that they were taken."""

    def settled(self, names: Sequence[int]) -> Mapping[int, float]:
        """When the answer to each was there; blocks until all are."""

    def parts(self) -> Mapping[str, Sequence[int]]:
        """Its processes, by what they are."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A round: how many in what time, and milliseconds of processor time a message, by what the processes are."""

    run: Run
    cpu_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Waits:
    """From the moment at which a message was due, to its receipt (or the broker's confirm) and to its settled answer."""

    taken: Percentiles
    settled: Percentiles


def backlog(carrier: Carrier, messages: Sequence[Submission], parts: Parts) -> Measured:
    """All at once: from the first submission to the last settled answer."""
    before, start = _used(parts), time.time()
    names = carrier.submit(messages)
    end = max(carrier.settled(names).values())
    return measured(len(messages), end - start, before, _used(parts))


def lone(carrier: Carrier, messages: Sequence[Submission]) -> Waits:
    """One in flight: the next goes out a little after the last one's answer."""
    taken, settled = [], []
    for message in messages:
        start = time.time()
        names = carrier.submit([message])
        taken.append(time.time() - start)
        settled.append(carrier.settled(names)[names[0]] - start)
        time.sleep(PAUSE)
    return Waits(Percentiles.of(taken), Percentiles.of(settled))


def paced(carrier: Carrier, messages: Sequence[Submission], rate: float) -> Waits:
    """Due at `rate` a second whether the carrier keeps up or not; what is due goes out together, counted from when it was due."""
    start, taken = time.time(), list[float]()
    due = [start + number / rate for number in range(len(messages))]
    names: list[int] = []
    while len(names) < len(messages):
        first = len(names)
        time.sleep(max(0.0, due[first] - time.time()))
        last = due_by_now(due, first, time.time())
        names += carrier.submit(messages[first:last])
        taken += [time.time() - at for at in due[first:last]]
    settled = carrier.settled(names)
    return Waits(
        Percentiles.of(taken), Percentiles.of([settled[name] - at for name, at in zip(names, due, strict=True)])
    )


def measured(messages: int, seconds: float, before: Mapping[str, float], after: Mapping[str, float]) -> Measured:
    """A round of so many messages between two readings of the processes' time."""
    used = {name: after[name] - before[name] for name in before}
    by_part = {name: one * 1000 / messages for name, one in used.items()}
    return Measured(Run(messages, messages, seconds, sum(used.values())), by_part)


def _used(parts: Parts) -> dict[str, float]:
    return {name: processor_seconds(pids) for name, pids in parts().items()}
