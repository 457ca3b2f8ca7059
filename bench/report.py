"""The results as a page and as JSON. Pure: it says what was measured, and how far the figures may be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from bench import tables
from bench.figures import Run, Spread, times
from bench.plan import WORKLOADS
from bench.session import CONTENDERS, FLOOR, NAIVE, NAIVE_ONE_WAY, NAIVE_WHOLE, OURS, OURS_WHOLE, Results

_FAN_OUT = {workload.name: workload.fan_out for workload in WORKLOADS}
_PAIRS = (
    (OURS, NAIVE, "like for like: both to the signed answer"),
    (OURS_WHOLE, NAIVE_WHOLE, "the same, the sender's signature included"),
    (OURS, NAIVE_ONE_WAY, "ours with answers against theirs without"),
)
# What the house set itself before it was built: (messages, ours, theirs, how many times as many messages a second).
AIMS = (
    ("small, fan-out 1", OURS, NAIVE_ONE_WAY, 10.0),
    ("large, fan-out 1", OURS, NAIVE_ONE_WAY, 9.0),
    ("small, fan-out 1", OURS, FLOOR, 0.5),
)
LONE_P99_MS = 15.0
LOADED_P99_TIMES_P50 = 5.0
_HOW = """\
- **juki-hub**: `hub init` homes, the zone's core thread and one connector thread per recipient, in one process. A message ends when its
  signed answer is settled in the log. All evidence is on: encrypted bodies, entries, signed tree heads, stamps, receipts, deduplication.
  The recipient's connector checks every stamp and one sender's signature in sixteen. The partner confirms in the same process, at once;
  an answer speaks of one message, as under `hub run`.
- **naive**: signxml verifies against the CA (chain), xmlschema validates envelope and payload, a rule is looked up, SQLite commits the
  message (WAL, `synchronous=FULL`), signxml signs again; the recipient verifies, commits, signs an answer, and that goes the same way back.
  Keys and schemas are loaded once; signxml has the UTF-8 override without which it cannot read Japanese element names.
- **one way** ends after the second signature: no recipient, no answer. It is the baselines' pipeline without its broker.
- **floor** reads the bytes, verifies one pinned key and commits groups of fifty: no schema, law, evidence, delivery or answer.
- **sender signs**: unsigned drafts go in. Ours is the sender's whole connector: feed, signature, sealed outbox, receipts checked.
- Each round puts the same messages through both, one after the other, on the same disk. Every event speaks of another person.
- No broker, no network and no second process on either side.
"""


def page(results: Results) -> str:
    """Markdown."""
    return "\n".join(_page(results)) + "\n"


def data(results: Results) -> dict[str, Any]:
    """The same for programs: every round, times in seconds unless the name says otherwise."""
    return asdict(results)


def _page(results: Results) -> Iterator[str]:
    yield "# Benchmark: one zone, embedded"
    yield ""
    yield f"Written by `python -m bench`, {results.began}. Read ratios, not rates: they are of rounds that ran one after the other."
    yield ""
    yield from _machine(results)
    yield ""
    yield from tables.other_work(results.machine, results.load)
    yield "## Throughput"
    yield ""
    yield from _throughput(results)
    yield ""
    yield "## Beside the naive pipeline"
    yield ""
    yield from _ratios(results)
    yield ""
    yield from _latency(results)
    yield "## Aims"
    yield ""
    yield "Set for one way, without answers; ours is measured with its answers, which is another signed message through the hub."
    yield ""
    yield from _aims(results)
    yield ""
    yield from _stages(results)
    yield "## What ran"
    yield ""
    yield _HOW


def _machine(results: Results) -> Iterator[str]:
    plan = results.plan
    yield from tables.conditions(results.machine, results.load, results.fsync)
    yield "| signatures | ECDSA P-256 with SHA-256, exclusive C14N; tree heads Ed25519 |"
    yield tables.signed(results.bytes)
    yield f"| rounds | {plan.rounds}, of {plan.small} small or {plan.large} large messages; tables give median [lowest, highest] |"


def _throughput(results: Results) -> Iterator[str]:
    yield "| messages | pipeline | messages/s | events/s | processor time a message, ms |"
    yield "|---|---|---|---|---|"
    for name, by_contender in results.runs.items():
        for contender in CONTENDERS:
            runs = by_contender[contender]
            rate, events = Spread.of([run.rate for run in runs]), Spread.of([run.event_rate for run in runs])
            cpu = Spread.of([run.cpu_ms for run in runs])
            yield f"| {name} | {contender} | {tables.spread(rate, 0)} | {events.median:.0f} | {tables.spread(cpu, 2)} |"


def _ratios(results: Results) -> Iterator[str]:
    yield "| messages | ours / theirs | messages/s | processor time (theirs / ours) | |"
    yield "|---|---|---|---|---|"
    for name, runs in results.runs.items():
        for ours, theirs, meaning in _PAIRS:
            rate = times(*(_of(runs[one], "rate") for one in (ours, theirs)))
            cpu = times(*(_of(runs[one], "cpu_ms") for one in (theirs, ours)))
            yield f"| {name} | {ours} / {theirs} | {tables.spread(rate, 1)} | {tables.spread(cpu, 1)} | {meaning} |"


def _of(runs: Sequence[Run], what: str) -> list[float]:
    return [float(getattr(run, what)) for run in runs]


def _latency(results: Results) -> Iterator[str]:
    if results.lone is None or results.paced is None:
        return
    rate, paced = results.paced
    yield "## Latency"
    yield ""
    yield "| | submitted to receipt, p50 / p99 ms | submitted to settled answer, p50 / p99 ms | messages |"
    yield "|---|---|---|---|"
    for name, one in (("small, one in flight", results.lone), (f"small, {rate:.0f}/s (70 % load)", paced)):
        receipt, settled = (
            f"{one.receipt.p50:.1f} / {one.receipt.p99:.1f}",
            f"{one.settled.p50:.1f} / {one.settled.p99:.1f}",
        )
        yield f"| {name} | {receipt} | {settled} | {one.settled.samples} |"
    yield ""


def _aims(results: Results) -> Iterator[str]:
    yield "| aim | measured | |"
    yield "|---|---|---|"
    for name, ours, theirs, aim in AIMS:
        if name in results.runs:
            found = times(*(_of(results.runs[name][one], "rate") for one in (ours, theirs))).median
            yield f"| {name}: at least {aim:g} times {theirs} | {found:.2f} | {_met(found >= aim)} |"
    if results.lone is not None and results.paced is not None:
        alone, loaded = results.lone.settled, results.paced[1].settled
        yield f"| one in flight: p99 to the settled answer under {LONE_P99_MS:g} ms | {alone.p99:.1f} ms | {_met(alone.p99 < LONE_P99_MS)} |"
        share = loaded.p99 / loaded.p50
        yield f"| at 70 % load: p99 under {LOADED_P99_TIMES_P50:g} times p50 | {share:.1f} | {_met(share < LOADED_P99_TIMES_P50)} |"


def _met(fact: bool) -> str:
    return "met" if fact else "**not met**"


def _stages(results: Results) -> Iterator[str]:
    for name, (messages, stages) in results.stages.items():
        whole = sum(stage.cpu for stage in stages)
        yield f"## Stages: {name}"
        yield ""
        yield "Each without the stages inside it, a message with its answer; timing itself slows the round down."
        yield ""
        yield "| stage | calls a message | wall, ms | processor, ms | share |"
        yield "|---|---|---|---|---|"
        for stage in stages:
            wall, cpu = stage.wall * 1000 / messages, stage.cpu * 1000 / messages
            yield f"| {stage.name} | {stage.calls / messages:.2f} | {wall:.3f} | {cpu:.3f} | {stage.cpu / whole:.0%} |"
        yield ""
