"""The report: one column a size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bench.evidence.load import GROUP
from bench.evidence.measure import PAGE, QUESTIONS, Results, Took

_MIB = 1024 * 1024


def page(results: Results) -> str:
    """Markdown."""
    return "\n".join(_lines(results)) + "\n"


def data(results: Results) -> dict[str, object]:
    """For a program."""
    return {"command": results.command, "sizes": [one.size for one in results.at]}


def _lines(results: Results) -> Iterator[str]:
    machine = results.machine
    yield "# How large a log can be"
    yield ""
    yield f"Written by `{results.command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
    yield ""
    yield "Bulk-loaded: invented entries (permits, their answers, 4 % refusals) through the hub's own code for entries, tree, checkpoints and journal,"
    yield f"{GROUP} in a commit; no messages were signed, validated or delivered for them, and there are no bodies."
    yield ""
    yield f"{machine.processor}, {machine.cores} cores; {machine.system}, Python {machine.python}, SQLite {machine.sqlite}; {machine.disk}."
    yield ""
    yield "| | " + " | ".join(f"{one.size:,}" for one in results.at) + " |"
    yield "|---|" + "---:|" * len(results.at)
    for name, cell in _ROWS:
        yield f"| {name} | " + " | ".join(cell(one) for one in results.at) + " |"
    yield ""
    yield "`hub log verify` reads leaves by one process a processor from 20,000 entries on; the memory is that of the first of them; the others had 31 MiB each over 40,000 leaves."
    yield f"Appends are the last 40 commits before that size. Verifying is a process of its own, from its start to its end. A search is the first page of {PAGE} at most,"
    yield f"of {QUESTIONS} questions drawn by chance (one to three facts of an entry, ids, days, facts that are never together), each result read from the log and proven."


def _took(one: Took | None) -> str:
    return "–" if one is None else f"{one.seconds:.1f} s, {one.memory:.0f} MiB"


_ROWS = (
    (f"append of {GROUP}: p50, p99", lambda at: f"{at.append.p50:.0f}, {at.append.p99:.0f} ms"),
    ("journal", lambda at: f"{at.journal / _MIB:.0f} MiB"),
    ("`hub log verify`", lambda at: _took(at.hub)),
    ("`hub log verify --hands 1`", lambda at: _took(at.alone)),
    ("`verifier/juki_verify.py`", lambda at: _took(at.second)),
    ("search file: made or brought up to here", lambda at: f"{at.indexing:.1f} s"),
    ("search file", lambda at: f"{at.index / _MIB:.0f} MiB"),
    ("search: p50, p99", lambda at: f"{at.search.p50:.1f}, {at.search.p99:.0f} ms"),
    ("slowest search", lambda at: at.slowest),
    ("results", lambda at: f"{at.found:,}"),
)
