"""The faults: each strikes once and gives back what ends it. What they are called is what the report counts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import Final

from scripts.chaos.world import World, send
from scripts.servers import Postgres, RabbitCluster

Heal = Callable[[], None]
Fault = Callable[[World], tuple[str, Heal]]  # whom it struck, and its end

MAJORITY: Final = "majority of nodes killed"


def _nothing() -> None:
    """The supervisor, or who plays the day, starts again what died."""


def _member(kind: str, number: signal.Signals) -> Fault:
    def strike(world: World) -> tuple[str, Heal]:
        return send(world.one(world.members(kind)), number), _nothing

    return strike


def _simulator(world: World) -> tuple[str, Heal]:
    return send(world.one(world.simulators()), signal.SIGKILL), _nothing


def _frozen(kind: str) -> Fault:
    """It stands still with all that it holds open, and wakes later: what it then still believes is out of date."""

    def strike(world: World) -> tuple[str, Heal]:
        process = world.one(world.simulators() if kind == "simulator" else world.members(kind))

        def wake() -> None:
            send(process, signal.SIGCONT)

        return send(process, signal.SIGSTOP), wake

    return strike


def _node(act: Callable[[RabbitCluster, int], None], choose: Callable[[World], int] = World.node) -> Fault:
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


def _database(act: Callable[[Postgres], None]) -> Fault:
    def strike(world: World) -> tuple[str, Heal]:
        act(world.postgres)
        return "PostgreSQL", world.postgres.heal

    return strike


FAULTS: Final[Mapping[str, Fault]] = {
    "worker killed": _member("serve-worker", signal.SIGKILL),
    "worker told to stop": _member("serve-worker", signal.SIGTERM),
    "worker frozen": _frozen("serve-worker"),
    "dispatcher killed": _member("serve-dispatcher", signal.SIGKILL),
    "dispatcher told to stop": _member("serve-dispatcher", signal.SIGTERM),
    "dispatcher frozen": _frozen("serve-dispatcher"),
    "connectors killed": _member("serve-connectors", signal.SIGKILL),
    "connectors told to stop": _member("serve-connectors", signal.SIGTERM),
    "connectors frozen": _frozen("serve-connectors"),
    "supervisor killed": _member("serve", signal.SIGKILL),
    "supervisor told to stop": _member("serve", signal.SIGTERM),
    "partner killed": _simulator,
    "partner frozen": _frozen("simulator"),
    "node killed": _node(RabbitCluster.kill),
    "leader of most queues killed": _node(RabbitCluster.kill, World.leader),
    "node told to stop": _node(RabbitCluster.stop),
    "node frozen": _node(RabbitCluster.pause),
    MAJORITY: _majority_killed,
    "database killed": _database(Postgres.kill),
    "database told to stop": _database(Postgres.stop),
    "database frozen": _database(Postgres.pause),
}
