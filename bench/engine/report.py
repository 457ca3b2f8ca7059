"""The results as a page and as JSON. Pure: it says what was measured, and how far the figures may be believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from bench import tables
from bench.engine.floor import BOTH
from bench.engine.load import Measured, Waits
from bench.engine.plan import CHOSEN, NAIVE_1, NAIVE_2, ONE_WAY, OURS_1, OURS_2, PARTITIONS
from bench.engine.session import Results
from bench.engine.stages import IDLE
from bench.figures import Run, Spread, times
from bench.stages import Stage

_PARTS: Final = ("hub", "connectors", "broker", "database")
_PAIRS: Final = (
    (OURS_1, NAIVE_1, "like for like: one process verifies, to the signed answer"),
    (OURS_2, NAIVE_2, "like for like: two processes verify"),
    (OURS_1, ONE_WAY, "ours with answers against theirs without"),
    (OURS_2, OURS_1, "a second worker"),
    (NAIVE_2, NAIVE_1, "a second naive hub"),
)
_HOW: Final = f"""\
- **One machine carries everything**: RabbitMQ, PostgreSQL, all processes of ours or theirs, and the load. On two cores a second worker takes time
  from the servers, and three nodes take it from each other: these are prices, not what a cluster of machines would give.
- **juki-hub**: `hub init`, `hub serve` (supervisor, workers, dispatcher), journal on PostgreSQL, {PARTITIONS} partitions a sender, the recipient's
  connector in a process of its own over AMQP; its partner confirms at once. The sender's line seals, publishes and waits for receipts. A message
  ends when the answer is settled in the log, as the worker that recorded it writes down. All evidence is on.
- **naive**: one process verifies with signxml against the CA, validates with xmlschema, looks up a rule, inserts and commits (psycopg), signs again,
  publishes with a confirm (pika, blocking) and acknowledges, one message at a time, 50 given ahead; the recipient verifies, commits, signs an answer,
  and that goes the same way back through the hub to the sender. The same broker (TLS, client certificate, quorum queues) and the same PostgreSQL.
  A message ends when the sender has the answer: one hop more than ours. No sealing, no evidence, no order, no law.
- **one way** ends with the second signature confirmed in a queue.
- Rounds are interleaved, and whoever is not measured is stopped (ours) or blocks on its sockets (theirs). Every start is warmed up. All messages
  of a round are submitted at once; every message speaks of another person.
- Broker and database **alone** move 4 kB without looking inside, by our own publisher and consumer.
"""


def page(results: Results) -> str:
    """Markdown."""
    return "\n".join(_page(results)) + "\n"


def data(results: Results) -> dict[str, Any]:
    """The same for programs: every round, times in seconds unless the name says otherwise."""
    return asdict(results)


def _page(results: Results) -> Iterator[str]:
    plan = results.plan
    yield "# Benchmark: one zone on the engine"
    yield ""
    yield f"Written by `python -m bench.engine`, {results.began}. Read ratios, not rates: they are of rounds that ran one after the other."
    yield ""
    yield from tables.conditions(results.machine, results.load, results.fsync)
    yield tables.signed(results.bytes)
    yield (
        f"| rounds | {plan.rounds}, of {plan.small} small or {plan.large} large messages; tables give median [lowest, highest] |"
    )
    yield ""
    yield from tables.other_work(results.machine, results.load)
    for title, part in SECTIONS:
        yield f"## {title}"
        yield ""
        yield from part(results)
        yield ""
    yield "## What ran"
    yield ""
    yield _HOW


# --- throughput and latency -------------------------------------------------------------------------------------------


def _throughput(results: Results) -> Iterator[str]:
    yield "Processor time a message in ms, of all processes together and by what they are; the load is left out."
    yield ""
    yield f"| messages | pipeline | messages/s | processor time | {' | '.join(_PARTS)} |"
    yield "|---|---|---|---|---|---|---|---|"
    for case, by_contender in results.rounds.items():
        for name, rounds in by_contender.items():
            yield f"| {case} | {_row(name, rounds)} |"


def _ratios(results: Results) -> Iterator[str]:
    yield "| messages | ours / theirs | messages/s | processor time (theirs / ours) | |"
    yield "|---|---|---|---|---|"
    for case, found in results.rounds.items():
        yield from _pairs(case, found)


def _shares(results: Results) -> Iterator[str]:
    yield "What each worker recorded, messages and answers, of an even share: queues are shared out by partition, and lanes over partitions by a keyed hash."
    yield ""
    yield "| round with | recorded |"
    yield "|---|---|"
    for name, by_worker in results.shares.items():
        even = sum(by_worker.values()) / len(by_worker)
        told = ", ".join(f"{worker} {count / even * 100:.0f} %" for worker, count in sorted(by_worker.items()))
        yield f"| {name} | {told} |"


def _nodes(results: Results) -> Iterator[str]:
    if not results.nodes:
        yield "Not measured."
        return
    case = results.plan.cases[0].name
    yield f"{case}, RabbitMQ with {results.plan.nodes} nodes: every queue has {results.plan.nodes} copies, and a confirm waits for most of them."
    yield ""
    yield f"| pipeline | messages/s | processor time | {' | '.join(_PARTS)} |"
    yield "|---|---|---|---|---|---|---|"
    for name, rounds in results.nodes.items():
        yield f"| {_row(name, rounds)} |"
    yield ""
    yield "| messages | ours / theirs | messages/s | processor time (theirs / ours) | |"
    yield "|---|---|---|---|---|"
    yield from _pairs(case, results.nodes)


def _pairs(case: str, found: Mapping[str, Sequence[Measured]]) -> Iterator[str]:
    for ours, theirs, meaning in _PAIRS:
        if ours in found and theirs in found:
            rate = times([one.run.rate for one in found[ours]], [one.run.rate for one in found[theirs]])
            cpu = times([one.run.cpu_ms for one in found[theirs]], [one.run.cpu_ms for one in found[ours]])
            yield f"| {case} | {ours} / {theirs} | {tables.spread(rate, 2)} | {tables.spread(cpu, 2)} | {meaning} |"


def _row(name: str, rounds: Sequence[Measured]) -> str:
    cpu = tables.spread(Spread.of([one.run.cpu_ms for one in rounds]), 2)
    parts = (Spread.of([one.cpu_ms[part] for one in rounds]).median for part in _PARTS)
    return " | ".join((name, _rate(rounds), cpu, *(f"{one:.2f}" for one in parts)))


def _rate(rounds: Sequence[Measured]) -> str:
    return tables.spread(Spread.of([one.run.rate for one in rounds]), 0)


def _latency(results: Results) -> Iterator[str]:
    yield "p50 / p95 / p99 in ms, from when a message was due. Taken: ours the hub's receipt, which says that it is in the log; theirs the broker's confirm."
    yield ""
    yield "| messages | pipeline | load | taken | settled answer | messages |"
    yield "|---|---|---|---|---|---|"
    for case, found in results.lone.items():
        for name, waits in found.items():
            yield f"| {case} | {name} | one in flight | {_waits(waits)} |"
        for name, (rate, waits) in results.paced[case].items():
            yield f"| {case} | {name} | {rate:.0f}/s, 70 % | {_waits(waits)} |"


def _waits(waits: Waits) -> str:
    return f"{tables.percentiles(waits.taken)} | {tables.percentiles(waits.settled)} | {waits.settled.samples}"


# --- sizes, stages, servers, libraries --------------------------------------------------------------------------------


def _sizes(results: Results) -> Iterator[str]:
    if not results.sizes:
        yield "Not measured."
        return
    yield (
        "Messages that a worker commits together (`GROUP`), and that the broker gives it ahead (`PREFETCH`); one worker, small messages. "
        f"Ratios are to the chosen `{CHOSEN.name}`, round by round."
    )
    yield ""
    yield "| sizes | messages/s | times chosen | processor time of the hub, ms |"
    yield "|---|---|---|---|"
    chosen = [one.run.rate for one in results.sizes[CHOSEN.name]]
    for name, rounds in results.sizes.items():
        ratio = tables.spread(times([one.run.rate for one in rounds], chosen), 2)
        hub = tables.spread(Spread.of([one.cpu_ms["hub"] for one in rounds]), 2)
        yield f"| {name}{' (chosen)' if name == CHOSEN.name else ''} | {_rate(rounds)} | {ratio} | {hub} |"


def _stages(results: Results) -> Iterator[str]:
    yield (
        f"{results.staged} messages and their answers, {results.plan.cases[0].name}; each stage without the stages inside it. "
        "On the wall a stage holds its waiting for disk, servers and processors; shares are of the time on the wall in which there was work. "
        "The dispatcher looks around fifty times a second while it has nothing to do, and that is in its table. Timing itself slows a process down."
    )
    for number, by_process in results.stages.items():
        for name, stages in sorted(by_process.items(), reverse=True):
            yield ""
            yield f"### {number}: {name}"
            yield ""
            yield "| stage | calls | wall a call, ms | processor a call, ms | wall a message, ms | share |"
            yield "|---|---|---|---|---|---|"
            busy = sum(one.wall for one in stages if one.name not in IDLE)
            yield from (_stage(one, results.staged, busy) for one in stages)


def _stage(one: Stage, messages: int, busy: float) -> str:
    share = "" if one.name in IDLE else f"{one.wall / busy:.0%}"
    wall, cpu = one.wall * 1000 / one.calls, one.cpu * 1000 / one.calls
    return f"| {one.name} | {one.calls} | {wall:.3f} | {cpu:.3f} | {one.wall * 1000 / messages:.3f} | {share} |"


def _floor(results: Results) -> Iterator[str]:
    yield f"{results.plan.carried:,} messages of 4 kB a round."
    yield ""
    yield "| what | messages/s | processor time of the servers, ms |"
    yield "|---|---|---|"
    for name, rounds in results.floor.items():
        yield f"| {name} | {_rate(rounds)} | {tables.spread(Spread.of([one.run.cpu_ms for one in rounds]), 3)} |"
    first = next(iter(results.rounds.values()))
    if OURS_1 not in first:
        return
    ours, both = (Spread.of([one.run.rate for one in rounds]) for rounds in (first[OURS_1], results.floor[BOTH]))
    yield ""
    yield (
        "A message of ours crosses the broker five times (submission, receipt, delivery, the answer and its receipt) and is committed twice, "
        f"with its answer: {OURS_1} settles {ours.median / both.median:.1%} of the small messages that both servers move once."
    )


def _libraries(results: Results) -> Iterator[str]:
    yield "4 kB, persistent, a quorum queue, TLS, one connection; every publish confirmed, every delivery acknowledged."
    for what, found in results.libraries.items():
        yield ""
        yield f"| {what} | messages/s | processor time of the client, ms |"
        yield "|---|---|---|"
        yield from (f"| {name} | {_client(runs)} |" for name, runs in found.items())


def _client(runs: Sequence[Run]) -> str:
    rate, cpu = Spread.of([one.rate for one in runs]), Spread.of([one.cpu_ms for one in runs])
    return f"{tables.spread(rate, 0)} | {tables.spread(cpu, 3)}"


def _endings(results: Results) -> Iterator[str]:
    yield "`Journal.endings`, which the dispatcher asks in each round: which recorded messages end others and are not done with it (S39)."
    yield ""
    yield "| log | p50 / p95 / p99, ms | times asked |"
    yield "|---|---|---|"
    for one in results.endings:
        yield f"| {one.state} | {one.seconds.p50:.2f} / {one.seconds.p95:.2f} / {one.seconds.p99:.2f} | {one.seconds.samples} |"
    for one in results.endings[1:]:
        yield ""
        yield f"{one.state}:"
        yield ""
        yield from (f"    {line}" for line in one.plan.splitlines())


SECTIONS: Final = (
    ("Throughput", _throughput),
    ("Beside the naive pipeline", _ratios),
    ("Latency", _latency),
    ("Shares of the workers", _shares),
    ("Several nodes", _nodes),
    ("Batch sizes", _sizes),
    ("Where the time goes", _stages),
    ("Broker and database alone", _floor),
    ("kombu and pika", _libraries),
    ("Messages that end others", _endings),
)
