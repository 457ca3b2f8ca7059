"""One run of the engine's benchmark: servers, and for each case the same number of messages through ours and theirs, in turns."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from bench import fixture, machine
from bench.command import Say
from bench.engine import endings, floor, libraries, load, naive_zone, zone
from bench.engine.endings import Asked
from bench.engine.load import Carrier, Measured, Waits
from bench.engine.plan import BOTH_WAYS, NAIVE_1, NAIVE_2, ONE_WAY, OURS_1, OURS_2, Plan
from bench.engine.stand import Servers, Stand, stand
from bench.figures import Percentiles, Run
from bench.latency import SHARE
from bench.machine import Machine
from bench.stages import Stage
from scripts.servers import Postgres, RabbitCluster, Root

WAITED: Final = (OURS_1, NAIVE_1)  # whose latency is measured
WARM_UP: Final = 30  # messages after each start that are not counted


@dataclass(slots=True)
class Results:
    """Everything measured. `rounds` by case and contender; `nodes` the small ones again, on several nodes of the broker."""

    plan: Plan
    machine: Machine
    fsync: Percentiles
    began: str
    load: list[tuple[float, float, float]] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, dict[str, list[Measured]]] = field(default_factory=dict)
    lone: dict[str, dict[str, Waits]] = field(default_factory=dict)
    paced: dict[str, dict[str, tuple[float, Waits]]] = field(default_factory=dict)
    nodes: dict[str, list[Measured]] = field(default_factory=dict)
    sizes: dict[str, list[Measured]] = field(default_factory=dict)
    shares: dict[str, dict[str, int]] = field(default_factory=dict)
    stages: dict[str, dict[str, list[Stage]]] = field(default_factory=dict)
    staged: int = 0
    floor: dict[str, list[Measured]] = field(default_factory=dict)
    libraries: dict[str, dict[str, list[Run]]] = field(default_factory=dict)
    endings: tuple[Asked, ...] = ()


def measure(place: Path, plan: Plan, say: Say) -> Results:
    """Runs everything below `place`, an empty directory. Raises `bench.ours.Broken` when a message goes astray."""
    results = begun(place, plan)
    say("RabbitMQ with one node, PostgreSQL")
    with _servers(1) as servers:
        on_servers(place, servers, results, say)
    say(f"RabbitMQ with {plan.nodes} nodes, PostgreSQL")
    with _servers(plan.nodes) as servers, stand(place / "nodes", plan.cases[0], servers) as made:
        _rounds(made, BOTH_WAYS, results.nodes, results, say)
    results.load.append(machine.load())
    return results


def begun(place: Path, plan: Plan) -> Results:
    """Nothing measured yet but the machine."""
    results = Results(plan, machine.describe(place), machine.fsync(place), began=fixture.now_text())
    results.load.append(machine.load())
    return results


def on_servers(place: Path, servers: Servers, results: Results, say: Say) -> None:
    """All that is measured on one node of the broker, or on as many as these are."""
    plan = results.plan
    for number, case in enumerate(plan.cases):
        say(f"{case.name}: home, queues, naive parties")
        with stand(place / f"case-{number}", case, servers) as made:
            _rounds(made, plan.contenders, results.rounds.setdefault(case.name, {}), results, say)
            if number == 0:
                _shares(made, results, say)
                _sizes(made, results, say)
                _stages(made, results, say)
    _alone(place, servers, results, say)


@contextmanager
def _servers(nodes: int) -> Iterator[Servers]:
    with Root() as root, RabbitCluster(root, nodes=nodes) as cluster, Postgres(root) as postgres:
        yield Servers(cluster, postgres)


# --- throughput and latency -------------------------------------------------------------------------------------------


def _rounds(
    made: Stand, contenders: Sequence[str], found: dict[str, list[Measured]], results: Results, say: Say
) -> None:
    """The contenders in turns; after its last round each is also asked how long a message takes, if it is one of `WAITED`."""
    plan, case = results.plan, made.case
    for number in range(1, plan.rounds + 1):
        for name in contenders:
            with _AT_WORK[name](made) as carrier:
                carrier.settled(carrier.submit(made.signed(WARM_UP)))
                found.setdefault(name, []).append(_carried(made, carrier, plan.messages(case)))
                say(f"{case.name}: round {number} of {plan.rounds}: {name}: {found[name][-1].run.rate:.0f}/s")
                if number == plan.rounds and name in WAITED and found is not results.nodes:
                    _latency(made, carrier, name, results)
    results.bytes[case.name] = round(statistics.median(len(one.raw) for one in made.signed(10)))


def _carried(made: Stand, carrier: Carrier, count: int) -> Measured:
    messages = made.signed(count)
    gc.collect()
    return load.backlog(carrier, messages, made.parts(carrier))


def _latency(made: Stand, carrier: Carrier, name: str, results: Results) -> None:
    plan, case = results.plan, made.case.name
    rate = SHARE * statistics.median(one.run.rate for one in results.rounds[case][name])
    results.lone.setdefault(case, {})[name] = load.lone(carrier, made.signed(plan.lone))
    results.paced.setdefault(case, {})[name] = rate, load.paced(carrier, made.signed(plan.paced), rate)


def _ours(made: Stand, *, workers: int) -> AbstractContextManager[Carrier]:
    return zone.serving(made.home, made.case.workload.recipients, workers)


def _naive(made: Stand, *, hubs: int) -> AbstractContextManager[Carrier]:
    return naive_zone.with_answers(made.site, *made.naive, hubs)


def _naive_one_way(made: Stand) -> AbstractContextManager[Carrier]:
    return naive_zone.one_way(made.site, *made.naive)


_AT_WORK: Final[dict[str, Callable[[Stand], AbstractContextManager[Carrier]]]] = {
    OURS_1: partial(_ours, workers=1),
    OURS_2: partial(_ours, workers=2),
    NAIVE_1: partial(_naive, hubs=1),
    NAIVE_2: partial(_naive, hubs=2),
    ONE_WAY: _naive_one_way,
}


# --- who does how much, what the sizes are worth, and where the time goes ----------------------------------------------------------------


def _shares(made: Stand, results: Results, say: Say) -> None:
    """Several workers with a backlog, and what each of them wrote down as recorded."""
    for workers in results.plan.shared:
        say(f"shares of {_number(workers)}")
        with zone.serving(made.home, made.case.workload.recipients, workers) as at_work:
            count = results.plan.messages(made.case)
            at_work.settled(at_work.submit(made.signed(count)))
            results.shares[_number(workers)] = {
                f"worker-{n}": at_work.ear.accepted[f"worker-{n}"] for n in range(workers)
            }


def _sizes(made: Stand, results: Results, say: Say) -> None:
    plan = results.plan
    for number in range(1, plan.resized + 1):
        for one in plan.sizes:
            with zone.arranged(made.home, made.case.workload.recipients, 1, one) as at_work:
                at_work.settled(at_work.submit(made.signed(WARM_UP)))
                found = _carried(made, at_work, plan.sized)
            results.sizes.setdefault(one.name, []).append(found)
            say(f"sizes: round {number} of {plan.resized}: {one.name}: {found.run.rate:.0f}/s")


def _stages(made: Stand, results: Results, say: Say) -> None:
    results.staged = count = results.plan.messages(made.case)
    for workers in results.plan.metered:
        say(f"stages, {_number(workers)}")
        found = results.stages.setdefault(_number(workers), {})
        with zone.metered(made.home, made.case.workload.recipients, workers, found) as at_work:
            at_work.settled(at_work.submit(made.signed(count)))


def _number(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


# --- the servers and the libraries without us -------------------------------------------------------------------------


def _alone(place: Path, servers: Servers, results: Results, say: Say) -> None:
    plan, bodies = results.plan, [bytes(4096)] * results.plan.carried
    say("broker and database alone")

    def carried(name: str, one: Measured) -> None:
        results.floor.setdefault(name, []).append(one)

    floor.rounds(place / "floor", bodies, servers.cluster, servers.postgres, plan.rounds, carried)
    say("kombu and pika")

    def done(what: str, name: str, run: Run) -> None:
        results.libraries.setdefault(what, {}).setdefault(name, []).append(run)

    libraries.rounds(place / "libraries", bodies, servers.cluster, plan.rounds, done)
    say("which messages end others, over many deliveries")
    results.endings = endings.measure(place / "endings", servers.postgres, plan.rows)
