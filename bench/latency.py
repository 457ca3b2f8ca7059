"""How long a message takes: alone on an idle zone, and while the zone carries a share of what it can."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Percentiles
from bench.ours import Ear, at_work, submit
from bench.plan import GROUP
from hub.app.opening import OpenHome
from hub.messages import Submission

PAUSE = 0.005  # seconds between two lone messages: long enough that every thread of the zone sleeps
SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Latency:
    """From the moment at which a message was due, to its receipt and to its settled answer."""

    receipt: Percentiles
    settled: Percentiles


def lone(home: OpenHome, ear: Ear, recipients: Sequence[str], messages: Sequence[Submission]) -> Latency:
    """One message in flight: the next goes out when the answer to the last one is in the log, after a short pause."""
    receipts, settled = [], []
    with at_work(home, ear, recipients) as work:
        for count, message in enumerate(messages, start=1):
            start = time.perf_counter()
            index = submit(work, [message])[0].index
            receipts.append(time.perf_counter() - start)
            settled.append(ear.wait(count, work.check)[index] - start)
            time.sleep(PAUSE)
    return Latency(Percentiles.of(receipts), Percentiles.of(settled))


def paced(home: OpenHome, ear: Ear, recipients: Sequence[str], messages: Sequence[Submission], rate: float) -> Latency:
    """Messages become due at `rate` a second, whether the zone keeps up or not; what is due goes out together.

    Counted from when a message was due, so that a zone which makes its sender wait does not look quick.
    """
    receipts: list[float] = []
    due_at: dict[int, float] = {}
    with at_work(home, ear, recipients) as work:
        start = time.perf_counter()
        due = [start + number / rate for number in range(len(messages))]
        while len(receipts) < len(messages):
            first = len(receipts)
            time.sleep(max(0.0, due[first] - time.perf_counter()))
            last = due_by_now(due, first, time.perf_counter())
            for place, one in enumerate(submit(work, messages[first:last]), start=first):
                due_at[one.index] = due[place]
                receipts.append(time.perf_counter() - due[place])
        settled = ear.wait(len(messages), work.check)
    return Latency(Percentiles.of(receipts), Percentiles.of([settled[index] - at for index, at in due_at.items()]))


def due_by_now(due: Sequence[float], first: int, now: float) -> int:
    """One past the last message that is due by `now`: at least one, at most a group."""
    return max(first + 1, sum(1 for at in due[first : first + GROUP] if at <= now) + first)
