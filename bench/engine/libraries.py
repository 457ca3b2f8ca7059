"""kombu and pika side by side: how many messages a second each publishes and consumes, and the processor time of the client."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.engine import broker, consuming, publishing
from bench.figures import Run
from hub.edges.amqp.broker import Account
from scripts.servers import RabbitCluster

QUEUE = "libraries"
ONE_BY_ONE = 8  # one confirm at a time is slower by that much, and gets fewer messages


def rounds(
    place: Path, bodies: Sequence[bytes], cluster: RabbitCluster, count: int, done: Callable[[str, str, Run], None]
) -> None:
    """Each way in turns, `count` times: ("publish" or "consume", its name, what it took)."""
    place.mkdir(parents=True)
    account = broker.make(cluster, (QUEUE,))
    for _ in range(count):
        for name, publish in publishing.WAYS.items():
            some = bodies[:: ONE_BY_ONE if "one by one" in name or ", 1 confirms" in name else 1]
            done("publish", name, _timed(len(some), partial(publish, account, QUEUE, some)))
            _empty(account, len(some))
        for name, consume in consuming.WAYS.items():
            publishing.WAYS[publishing.CHOSEN](account, QUEUE, bodies)
            done("consume", name, _timed(len(bodies), partial(consume, account, QUEUE, len(bodies))))


def _empty(account: Account, count: int) -> None:
    consuming.WAYS[consuming.CHOSEN](account, QUEUE, count)


def _timed(messages: int, act: Callable[[], None]) -> Run:
    start, cpu = time.perf_counter(), time.process_time()
    act()
    return Run(messages, messages, time.perf_counter() - start, time.process_time() - cpu)
