"""What a process of the engine needs at the broker, from the files of its home: accounts, the station, and its share of queues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from hub.app.intaking import Station
from hub.app.paths import HomePaths
from hub.broker import Names
from hub.broker.names import HUB
from hub.config import Config
from hub.edges.amqp.broker import Account, Node
from hub.edges.amqp.sealing import read_seal_certificate, read_seal_key


def account(paths: HomePaths, names: Names, code: str, nodes: Sequence[str], authority: Path) -> Account:
    """How the hub (`HUB`) or an endpoint logs in. Raises `ValueError` for what is no `host:port`."""
    own = paths.endpoint(code)
    files = (paths.tls_certificate, paths.tls_key) if code == HUB else (own.tls_certificate, own.tls_key)
    return Account(names.user(code), tuple(map(Node.parse, nodes)), names.vhost, authority, *files)


def station(paths: HomePaths, config: Config, endpoints: Collection[str], partitions: int) -> Station:
    """The hub's keys, and whose each inbound and control queue is. Raises `Misconfigured` HUB-BRK-001."""
    names = Names(config.zone)
    owners = {names.partition(code, number): code for code in endpoints for number in range(partitions)}
    owners |= {names.control(code): code for code in endpoints}
    return Station(
        config.origin,
        names,
        read_seal_key(paths.seal_key),
        {code: read_seal_certificate(paths.seal(code)) for code in endpoints},
        owners,
    )


def share(names: Names, endpoints: Collection[str], partitions: int, worker: int, workers: int) -> tuple[str, ...]:
    """The inbound queues of worker `worker` of `workers`, counted from 0: every queue has one worker, each worker its even share.

    A sender's partitions go round among the workers, and each sender begins with another one.
    """
    return tuple(
        names.partition(code, number)
        for place, code in enumerate(sorted(endpoints))
        for number in range(partitions)
        if (place + number) % workers == worker
    )


def controls(names: Names, endpoints: Collection[str]) -> tuple[str, ...]:
    """The control queues, all of them the dispatcher's."""
    return tuple(names.control(code) for code in sorted(endpoints))
