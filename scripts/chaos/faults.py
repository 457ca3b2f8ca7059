"""The faults: each strikes once and gives back what ends it. What they are called is what the report counts.

A fault at a named step strikes when the step is next taken, and is over with it; one that is not taken for ARMED seconds is
taken back.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from scripts.chaos import network, steps
from scripts.chaos.steps import STEPS, Step
from scripts.chaos.world import NOBODY, World, send
from scripts.servers import Postgres, RabbitCluster

Heal = Callable[[], None]
Strike = Callable[[World], tuple[str, Heal]]  # whom it struck, and its end

ARMED: Final = 15.0  # seconds that a step has to be taken
BRIEF: Final = (0.5, 8.0)
LONG: Final = (10.0, 20.0)  # a cut line is noticed only after a while (net_ticktime, heartbeats)
OVER: Final = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """`lasts` is how long it is left, in seconds; under an `accepts_nothing` no entry may be recorded meanwhile."""

    strike: Strike
    lasts: tuple[float, float] = BRIEF
    accepts_nothing: bool = False


def _nothing() -> None:
    """The supervisor, or who plays the day, starts again what died."""


def _member(kind: str, number: signal.Signals) -> Strike:
    def strike(world: World) -> tuple[str, Heal]:
        return send(world.one(world.members(kind)), number), _nothing

    return strike


def _simulator(world: World) -> tuple[str, Heal]:
    return send(world.one(world.simulators()), signal.SIGKILL), _nothing


def _frozen(kind: str) -> Strike:
    """It stands still with all that it holds open, and wakes later: what it then still believes is out of date."""

    def strike(world: World) -> tuple[str, Heal]:
        process = world.one(world.simulators() if kind == "simulator" else world.members(kind))

        def wake() -> None:
            send(process, signal.SIGCONT)

        return send(process, signal.SIGSTOP), wake

    return strike


def _node(act: Callable[[RabbitCluster, int], None], choose: Callable[[World], int] = World.node) -> Strike:
    def strike(world: World) -> tuple[str, Heal]:
        number = choose(world)
        act(world.cluster, number)
        return f"node {number}", world.cluster.heal

    return strike


def _majority_killed(world: World) -> tuple[str, Heal]:
    killed = []
    for _ in range(2):
        killed.append(world.node())
        world.cluster.kill(killed[-1])
    return f"nodes {killed}", world.cluster.heal


def _database(act: Callable[[Postgres], None]) -> Strike:
    def strike(world: World) -> tuple[str, Heal]:
        act(world.postgres)
        return "PostgreSQL", world.postgres.heal

    return strike


def _cut(choose: Callable[[World], tuple[str, Callable[[], None]]]) -> Strike:
    def strike(world: World) -> tuple[str, Heal]:
        whom, cut = choose(world)

        def heal() -> None:
            network.mend()
            world.cluster.heal()

        cut()
        return whom, heal

    return strike


def _one_node(world: World) -> tuple[str, Callable[[], None]]:
    number = world.node()
    others = [other for other in range(len(world.cluster.nodes)) if other != number]
    return f"node {number}", lambda: network.cut_off(number, others)


def _two_nodes(world: World) -> tuple[str, Callable[[], None]]:
    pair = world.dice.sample(range(len(world.cluster.nodes)), k=2)
    return f"nodes {pair}", lambda: network.cut_nodes(pair)


def _all_nodes(world: World) -> tuple[str, Callable[[], None]]:
    return "all nodes", lambda: network.cut_nodes(range(len(world.cluster.nodes)))


def _clients(world: World) -> tuple[str, Callable[[], None]]:
    number = world.node()
    return f"node {number}", lambda: network.cut_clients(world.cluster.nodes[number].ports.amqps)


def _at_step(step: Step, way: str) -> Strike:
    def strike(world: World) -> tuple[str, Heal]:
        arm, until = steps.arm(world.arms, step, way), time.monotonic() + ARMED
        while arm.exists() and time.monotonic() < until:
            time.sleep(0.05)
        arm.unlink(missing_ok=True)
        return steps.struck(world.arms, step, way) or NOBODY, _nothing

    return strike


PROCESSES: Final[Mapping[str, Fault]] = {
    "worker killed": Fault(_member("serve-worker", signal.SIGKILL)),
    "worker told to stop": Fault(_member("serve-worker", signal.SIGTERM)),
    "worker frozen": Fault(_frozen("serve-worker")),
    "dispatcher killed": Fault(_member("serve-dispatcher", signal.SIGKILL)),
    "dispatcher told to stop": Fault(_member("serve-dispatcher", signal.SIGTERM)),
    "dispatcher frozen": Fault(_frozen("serve-dispatcher")),
    "connectors killed": Fault(_member("serve-connectors", signal.SIGKILL)),
    "connectors told to stop": Fault(_member("serve-connectors", signal.SIGTERM)),
    "connectors frozen": Fault(_frozen("serve-connectors")),
    "supervisor killed": Fault(_member("serve", signal.SIGKILL)),
    "supervisor told to stop": Fault(_member("serve", signal.SIGTERM)),
    "partner killed": Fault(_simulator),
    "partner frozen": Fault(_frozen("simulator")),
}

SERVERS: Final[Mapping[str, Fault]] = {
    "node killed": Fault(_node(RabbitCluster.kill)),
    "leader of most queues killed": Fault(_node(RabbitCluster.kill, World.leader)),
    "node told to stop": Fault(_node(RabbitCluster.stop)),
    "node frozen": Fault(_node(RabbitCluster.pause)),
    "majority of nodes killed": Fault(_majority_killed, accepts_nothing=True),
    "database killed": Fault(_database(Postgres.kill)),
    "database told to stop": Fault(_database(Postgres.stop)),
    "database frozen": Fault(_database(Postgres.pause)),
}

PARTITIONS: Final[Mapping[str, Fault]] = {
    "node cut off from the others": Fault(_cut(_one_node), LONG),
    "two nodes cut from each other": Fault(_cut(_two_nodes), LONG),
    "all nodes cut from each other": Fault(_cut(_all_nodes), LONG, accepts_nothing=True),
    "clients cut off from a node": Fault(_cut(_clients), LONG),
}

AT_STEPS: Final[Mapping[str, Fault]] = {
    f"{step.name}: {way}": Fault(_at_step(step, way), OVER) for step in STEPS for way in steps.ways(step)
}

FAULTS: Final[Mapping[str, Fault]] = {**PROCESSES, **SERVERS, **PARTITIONS, **AT_STEPS}
