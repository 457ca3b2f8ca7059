"""What broker and database carry by themselves: the same bytes from queue to queue, into a table, and both, without looking inside."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.engine import broker, database
from bench.engine.broker import Written
from bench.engine.carrier import IN, OUT
from bench.engine.database import Rows
from bench.engine.load import Measured, measured
from bench.engine.processes import Part, processor_seconds
from bench.ours import PATIENCE, Broken
from bench.plan import GROUP
from hub.config import JournalServer
from hub.edges.amqp.consumer import Consumer
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.frames import Kind
from scripts.servers import Postgres, RabbitCluster

BROKER, DATABASE, ONE_BY_ONE, BOTH = (
    "broker alone: queue to queue",
    "database alone: 50 rows a commit",
    "database alone: a row a commit",
    "both: queue to queue, 50 rows a commit between",
)
CONTENDERS = (BROKER, DATABASE, ONE_BY_ONE, BOTH)

Servers = Callable[[], Mapping[str, Sequence[int]]]


def rounds(
    place: Path,
    bodies: Sequence[bytes],
    cluster: RabbitCluster,
    postgres: Postgres,
    count: int,
    done: Callable[[str, Measured], None],
) -> None:
    """Each contender in turns, `count` times."""
    place.mkdir(parents=True)
    account = Written(place / "account.json")
    account.write(broker.make(cluster, (IN, OUT)))
    server = database.create(postgres, "floor")
    servers = partial(_servers, cluster, postgres)
    for _ in range(count):
        done(BROKER, _carried(account, None, bodies, servers))
        done(DATABASE, _stored(server, bodies, GROUP, servers))
        done(ONE_BY_ONE, _stored(server, bodies, 1, servers))
        done(BOTH, _carried(account, server, bodies, servers))


def _servers(cluster: RabbitCluster, postgres: Postgres) -> Mapping[str, Sequence[int]]:
    return {"broker": cluster.pids(), "database": postgres.pids()}


def _carried(account: Written, server: JournalServer | None, bodies: Sequence[bytes], servers: Servers) -> Measured:
    arguments = (str(account.path), server.model_dump_json() if server else "")
    who = account.read()
    with (
        Part("bench.engine.carrier", arguments, account.path.with_name("carrier.log")) as carrier,
        Consumer(who, (OUT,), 4 * GROUP) as back,
        Publisher(who) as publisher,
    ):
        carrier.ready()
        before, start = _used(servers), time.time()
        publisher.publish([Parcel("", IN, Kind.SUBMISSION, "", body) for body in bodies])
        _drained(back, len(bodies))
        return measured(len(bodies), time.time() - start, before, _used(servers))


def _drained(back: Consumer, count: int) -> None:
    last = time.monotonic()
    while count > 0:
        arrived = back.take(count, 0.5)
        back.settle(arrived)
        count -= len(arrived)
        last = time.monotonic() if arrived else last
        if time.monotonic() - last > PATIENCE:
            raise Broken(f"{count} messages did not come through")


def _stored(server: JournalServer, bodies: Sequence[bytes], group: int, servers: Servers) -> Measured:
    with Rows(server, "stored") as rows:
        before, start = _used(servers), time.time()
        for first in range(0, len(bodies), group):
            rows.keep_all([(secrets.token_hex(16), body) for body in bodies[first : first + group]])
        return measured(len(bodies), time.time() - start, before, _used(servers))


def _used(servers: Servers) -> dict[str, float]:
    return {name: processor_seconds(pids) for name, pids in servers().items()}


__all__ = ["CONTENDERS", "rounds"]
