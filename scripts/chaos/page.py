"""The report of a run, as Markdown: counters first, then each kind of fault, then how to repeat it."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from scripts.chaos.counting import Counts
from scripts.chaos.striking import Strike


@dataclass(frozen=True, slots=True)
class Day:
    """One day that was played."""

    seed: int
    counts: Counts
    differences: int
    verified: bool
    resumed: int
    seconds: float


def page(command: str, days: Sequence[Day], strikes: Sequence[Strike], failed: Sequence[str]) -> str:
    """The whole page."""
    return "\n".join(_lines(command, days, strikes, failed)) + "\n"


def _lines(command: str, days: Sequence[Day], strikes: Sequence[Strike], failed: Sequence[str]) -> Iterator[str]:
    total = sum((day.counts for day in days), Counts(0, 0, 0, 0, 0, 0, 0))
    yield "# Chaos: the day on RabbitMQ and PostgreSQL while things are killed"
    yield ""
    yield f"Written by `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Linux {platform.release()}, {os.cpu_count()} cores."
    yield ""
    yield "| counter | messages |"
    yield "|---|---:|"
    for one in fields(Counts):
        yield f"| {one.name.replace('_', ' ')} | {getattr(total, one.name):,} |"
    yield ""
    yield f"{len(strikes)} faults; after each both logs were verified from their first entries: {_all(one.verified for one in strikes)}."
    grown = [one.grown for one in strikes if one.grown is not None]
    if grown:
        yield f"Entries recorded while most nodes were gone: {', '.join(map(str, grown))}."
    yield ""
    yield "Attempted is what the senders' plans held, accepted what the logs permit; lost, unexpected and twice are taken from the partners'"
    yield "own ledgers against the plan; order is that of each lane of the log in its recipient's ledger."
    yield ""
    yield "| day (seed) | attempted | accepted | begun again | seconds | differences of the demo's own reckoning | logs verified |"
    yield "|---:|---:|---:|---:|---:|---:|---|"
    for day in days:
        yield (
            f"| {day.seed} | {day.counts.attempted:,} | {day.counts.accepted:,} | {day.resumed} | {day.seconds:.0f} |"
            f" {day.differences} | {_all([day.verified])} |"
        )
    yield ""
    yield "| fault | times |"
    yield "|---|---:|"
    for name, times in sorted(Counter(one.name for one in strikes).items()):
        yield f"| {name} | {times} |"
    if failed:
        yield ""
        yield "Faults that the harness could not play, and that count for nothing:"
        yield ""
        yield from (f"- {one}" for one in failed)


def _all(facts: Iterator[bool] | Sequence[bool]) -> str:
    return "yes" if all(facts) else "**no**"
