"""hub broker partitions: another number of inbound queues, by drain and switch, in an order in which every crash can be resumed.

    shut     the inbound keys are unbound: senders get their messages back and keep them
    drain    the zone's workers take what is in the queues, until all are empty
    stand    no process of the zone runs (the home is locked)
    switch   hub.yaml says the new number; then the broker's topology follows, which opens the gate

Until hub.yaml says the new number nothing is lost by going back (`hub broker apply` opens the gate again); from then on the
same command finishes. No message goes by the new number before the last one that went by the old is in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from hub import config as configuration
from hub.app import engine, law
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_text
from hub.broker import Change, Names, Topology, difference, topology
from hub.broker.difference import Found
from hub.broker.gate import closing, inbound
from hub.broker.names import HUB
from hub.codes import brk, cfg
from hub.config import BrokerNodes, Config, Engine
from hub.edges.amqp.consumer import waiting
from hub.edges.home import atomic_write, lock_home
from hub.errors import HomeInUse, HubError, Misconfigured, Unavailable


class Broker(Protocol):
    """Who may change the broker (`hub.edges.amqp.admin.Admin`)."""

    def found(self, vhost: str) -> Found: ...

    def make(self, change: Change) -> None: ...


# Waits a little for what it is told (messages in queues, or a zone that runs), or raises it.
Pause = Callable[[HubError], None]


@dataclass(frozen=True, slots=True)
class Changed:
    """The numbers before and now, and how many calls the topology took; all alike when there was nothing to do."""

    before: int
    now: int
    calls: int


def refuse(error: HubError) -> None:
    """Waits for nothing."""
    raise error


def change(paths: HomePaths, to: int, way: Broker, pause: Pause = refuse) -> Changed:
    """Changes the number of inbound queues, or goes on with that.

    Raises `Misconfigured`, `Unavailable` HUB-BRK-029 while messages wait in a queue, `HomeInUse` while the zone runs.
    """
    config = read_config(paths)
    endpoints = _endpoints(paths, config)
    names, before = Names(config.zone), _broker(config)[0].partitions
    if before != to:
        found = way.found(names.vhost)
        for one in closing(names, endpoints, found):
            way.make(one)
        look = partial(_require_empty, paths, config, inbound(names, endpoints, found))
        _patiently(look, pause)
        with _standing(paths, pause):
            look()  # also what was in a worker's hands until now
            text = configuration.with_partitions(read_text(paths.config, cfg.NO_HOME), read_config(paths), to)
            atomic_write(paths.config, text.encode())
    return Changed(before, to, _follow(topology(config.zone, endpoints, to), config.zone, way))


def _endpoints(paths: HomePaths, config: Config) -> Collection[str]:
    text = read_text(paths.routing, cfg.MISSING_FILE)
    return law.zone_routes(text, paths.routing.name, config, law.load_provisions()).endpoints.keys()


def _broker(config: Config) -> tuple[Engine, BrokerNodes]:
    if config.engine is None or config.engine.broker is None:
        raise Misconfigured(cfg.NO_ENGINE)
    return config.engine, config.engine.broker


def _require_empty(paths: HomePaths, config: Config, queues: Sequence[str]) -> None:
    """Raises `Unavailable` HUB-BRK-029 with how much waits there."""
    _, broker = _broker(config)
    hub = engine.account(paths, Names(config.zone), HUB, broker.nodes, paths.root / broker.ca)
    counts = [count for count in waiting(hub, queues).values() if count]
    if counts:
        raise Unavailable(brk.STILL_WAITING, count=sum(counts), queues=len(counts))


def _patiently(look: Callable[[], None], pause: Pause) -> None:
    """Until `look` raises nothing any more."""
    while True:
        try:
            look()
        except Unavailable as error:
            if error.code is not brk.STILL_WAITING:
                raise
            pause(error)
        else:
            return


@contextmanager
def _standing(paths: HomePaths, pause: Pause) -> Iterator[None]:
    """While the block runs no process of the zone does."""
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(lock_home(paths.root))
                break
            except HomeInUse as error:
                pause(error)
        yield


def _follow(wanted: Topology, zone: str, way: Broker) -> int:
    """The broker as `wanted`; how many calls that took. Raises `Misconfigured` HUB-BRK-020 when something is left."""
    calls = difference(wanted, way.found(wanted.vhost), zone)
    for one in calls:
        way.make(one)
    if left := difference(wanted, way.found(wanted.vhost), zone):
        raise Misconfigured(brk.DRIFT, count=len(left))
    return len(calls)
