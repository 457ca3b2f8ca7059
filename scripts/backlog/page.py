"""The report: what was loaded, and the zone without and with it, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.backlog.load import Loaded
from scripts.backlog.measure import PACE, Measured, Spread

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Setting:
    """What the page must say of the run. `database` in bytes; `looks` are seconds of `hub status`, without and with."""

    date: str
    command: str
    recipient: str
    others: Sequence[str]
    nodes: int
    loaded: Loaded
    database: int
    looks: tuple[float, float]


def page(setting: Setting, measured: Sequence[Measured]) -> str:
    """Markdown."""
    lines = [
        f"# A backlog of {setting.loaded.count:,} for one recipient that is down",
        "",
        _told(setting),
        "",
        "| " + " | ".join(["", *(one.name for one in measured)]) + " |",
        "|---" * (len(measured) + 1) + "|",
    ]
    rows = [
        ("zone ready after", [f"{one.ready_seconds:.1f} s" for one in measured]),
        ("receipt: median, p95, p99, most", [_spread(one.receipt) for one in measured]),
        ("in the other's hands: median, p95, p99, most", [_spread(one.handed) for one in measured]),
        ("a dispatcher's round: median, p95, p99, most", [_spread(one.rounds) for one in measured]),
        ("rounds", [f"{one.rounds.count:,}" for one in measured]),
        ("dispatcher, resident, at most", [f"{one.dispatcher / _MB:.0f} MB" for one in measured]),
        ("a worker, resident, at most", [f"{one.worker / _MB:.0f} MB" for one in measured]),
        ("messages to others", [f"{one.handed.count}" for one in measured]),
        ("worked off meanwhile", [f"{one.worked_off:,}" for one in measured]),
    ]
    lines += ["| " + " | ".join([name, *cells]) + " |" for name, cells in rows]
    without, with_ = setting.looks
    lines += [
        "",
        f"`hub status --json`: {without:.1f} s without, {with_:.1f} s with it, the start of the program included.",
    ]
    return "\n".join(lines) + "\n"


def _told(setting: Setting) -> str:
    loaded = setting.loaded
    return (
        f"Recorded {setting.date} on a machine of 2 cores by `{setting.command}`: a zone under `hub serve` with two workers, "
        f"RabbitMQ ({setting.nodes} node), PostgreSQL 15, all on that machine.\n\n"
        f"{loaded.count:,} deliveries for {setting.recipient}, each in a lane of its own, were loaded in {loaded.seconds:,.0f} s "
        f"({loaded.count / loaded.seconds:,.0f} a second) by the hub's own code for entries, tree, keys and journal; "
        f"the database has {setting.database / _MB:,.0f} MB.\n"
        "All are made from one signed message with other ids and persons, so their signatures do not hold; nothing behind "
        "intake looks at them.\n"
        f"Meanwhile {' and '.join(setting.others)} are sent a message every {PACE * 1000:.0f} ms, in turns; times are measured "
        "at the connectors, the dispatcher's rounds from outside the product (`scripts/backlog/inside`)."
    )


def _spread(one: Spread) -> str:
    return f"{one.median:.1f}, {one.p95:.1f}, {one.p99:.1f}, {one.most:.0f} ms"
