"""Parts of a report that every benchmark has: under which conditions it ran, and how a figure is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.figures import Percentiles, Spread
from bench.machine import Machine

Load = Sequence[tuple[float, float, float]]


def conditions(one: Machine, load: Load, fsync: Percentiles) -> Iterator[str]:
    """The head of a table with the machine and its libraries; further rows of two cells may follow."""
    before, after = (" ".join(f"{value:.2f}" for value in each) for each in (load[0], load[-1]))
    yield "| | |"
    yield "|---|---|"
    yield f"| processor | {one.processor}, {one.cores} cores |"
    yield f"| load average (1, 5, 15 minutes) | before {before}; after {after} |"
    yield f"| disk | {one.disk}; 4 kB appended and `fsync`: p50 {fsync.p50:.2f} ms, p99 {fsync.p99:.2f} ms |"
    yield f"| system | {one.system}, Python {one.python}, SQLite {one.sqlite}, {one.openssl}, libxml2 {one.libxml2} |"
    yield f"| libraries | {', '.join(one.libraries)} |"


def signed(sizes: Mapping[str, int]) -> str:
    """A row with the size of a signed message, by name."""
    return f"| signed message | {', '.join(f'{name}: {size:,} B' for name, size in sizes.items())} |"


def other_work(machine: Machine, load: Load) -> Iterator[str]:
    """Said where the machine was busy before we began: half a core and more."""
    before = load[0][0]
    if before >= 0.5:
        yield (
            f"**The machine did other work at the same time** (load average {before:.1f} on {machine.cores} cores when this"
            " began): rates are lower and latencies longer than on an idle one; ratios and processor time move less."
        )
        yield ""


def spread(one: Spread, digits: int) -> str:
    """Median with the lowest and the highest."""
    return f"{one.median:.{digits}f} [{one.low:.{digits}f}, {one.high:.{digits}f}]"


def percentiles(one: Percentiles) -> str:
    """p50 / p95 / p99."""
    return f"{one.p50:.1f} / {one.p95:.1f} / {one.p99:.1f}"
