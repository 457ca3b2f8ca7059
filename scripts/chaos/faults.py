"""The faults: each strikes once and gives back what ends it. What they are called is what the report counts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import Final

from scripts.chaos.world import World, send

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
        return send(process, signal.SIGSTOP), lambda: _wake(process)

    return strike


def _wake(process: object) -> None:
    send(process, signal.SIGCONT)  # type: ignore[arg-type]


def _node_killed(world: World) -> tuple[str, Heal]:
    number = world.node()
    world.cluster.kill(number)
    return f"node {number}", world.cluster.heal


def _leader_killed(world: World) -> tuple[str, Heal]:
    number = world.leader()
    world.cluster.kill(number)
    return f"node {number}", world.cluster.heal


def _node_stopped(world: World) -> tuple[str, Heal]:
    number = world.node()
    world.cluster.stop(number)
    return f"node {number}", world.cluster.heal


def _node_frozen(world: World) -> tuple[str, Heal]:
    number = world.node()
    world.cluster.pause(number)
    return f"node {number}", world.cluster.heal


def _majority_killed(world: World) -> tuple[str, Heal]:
    first = world.node()
    world.cluster.kill(first)
    second = world.node()
    world.cluster.kill(second)
    return f"nodes {first} and {second}", world.cluster.heal


def _database_killed(world: World) -> tuple[str, Heal]:
    world.postgres.kill()
    return "PostgreSQL", world.postgres.heal


def _database_stopped(world: World) -> tuple[str, Heal]:
    world.postgres.stop()
    return "PostgreSQL", world.postgres.heal


def _database_frozen(world: World) -> tuple[str, Heal]:
    world.postgres.pause()
    return "PostgreSQL", world.postgres.heal


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
    "node killed": _node_killed,
    "leader of most queues killed": _leader_killed,
    "node told to stop": _node_stopped,
    "node frozen": _node_frozen,
    MAJORITY: _majority_killed,
    "database killed": _database_killed,
    "database told to stop": _database_stopped,
    "database frozen": _database_frozen,
}
