"""The report of a run, as Markdown: counters first, then each kind of fault, then how to repeat it."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from scripts.chaos.counting import Counts
from scripts.chaos.faults import AT_STEPS
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


def page(
    command: str,
    days: Sequence[Day],
    strikes: Sequence[Strike],
    left: Sequence[str],
    failed: Sequence[str],
    forced: int = 0,
) -> str:
    """The whole page; `left` are the faults that struck nobody, `forced` the nodes that had to be started once more."""
    lines = [*_lines(command, days, strikes, left, failed)]
    if forced:
        told = f"Nodes that lived and did not serve again within 45 s after a fault, and were killed and started once more: {forced}"
        lines += ["", f"{told} ([known limits](../engine.md#known-limits))."]
    return "\n".join(lines) + "\n"


def _lines(
    command: str, days: Sequence[Day], strikes: Sequence[Strike], left: Sequence[str], failed: Sequence[str]
) -> Iterator[str]:
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
        yield f"Entries recorded while most nodes were gone, or none heard another: {', '.join(map(str, grown))}."
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
    times = Counter(one.name for one in strikes)
    yield "| fault | times |"
    yield "|---|---:|"
    yield from (f"| {name} | {count} |" for name, count in sorted(times.items()) if name not in AT_STEPS)
    yield ""
    yield "At each named step a process died, or the step failed, before it (not done) or after it (done, and nobody was told):"
    yield ""
    yield "| step | times |"
    yield "|---|---:|"
    yield from (f"| {name} | {times[name]} |" for name in AT_STEPS if times[name])
    if left:
        yield ""
        yield f"Never struck anybody in this run: {'; '.join(left)}."
    if failed:
        yield ""
        yield "Faults that the harness could not play, and that count for nothing:"
        yield ""
        yield from (f"- {one}" for one in failed)


def _all(facts: Iterator[bool] | Sequence[bool]) -> str:
    return "yes" if all(facts) else "**no**"
