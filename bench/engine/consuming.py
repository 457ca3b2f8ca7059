"""Ways to consume with an acknowledgement for each message, by library: what backs the choice in `hub.edges.amqp.consumer`."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from kombu.entity import Queue
from kombu.messaging import Consumer as KombuConsumer

from bench.engine import broker
from bench.engine.publishing import kombu_connection
from hub.edges.amqp.broker import Account
from hub.edges.amqp.consumer import Consumer

Consume = Callable[[Account, str, int], None]
GROUP: Final = 50


def ours(account: Account, queue: str, count: int, *, prefetch: int) -> None:
    """The product's own: pika in a thread, groups out, acknowledgements in."""
    with Consumer(account, (queue,), prefetch) as consumer:
        while count > 0:
            arrived = consumer.take(GROUP, 1.0)
            consumer.settle(arrived)
            count -= len(arrived)


def pika_blocking(account: Account, queue: str, count: int, *, prefetch: int) -> None:
    """pika's BlockingConnection in this thread."""
    connection = broker.connected(account)
    channel = connection.channel()
    channel.basic_qos(prefetch_count=prefetch)
    left = [count]

    def arrived(channel: Any, method: Any, _properties: Any, _body: bytes) -> None:
        channel.basic_ack(method.delivery_tag)
        left[0] -= 1

    channel.basic_consume(queue, arrived)
    while left[0] > 0:
        connection.process_data_events(time_limit=1)
    connection.close()


def kombu(account: Account, queue: str, count: int, *, prefetch: int) -> None:
    """kombu's Consumer in this thread."""
    left = [count]

    def arrived(message: Any) -> None:
        message.ack()
        left[0] -= 1

    with kombu_connection(account) as connection:
        channel = connection.channel()
        channel.basic_qos(0, prefetch, False)
        with KombuConsumer(channel, [Queue(queue, no_declare=True)], on_message=arrived):
            while left[0] > 0:
                with suppress(socket.timeout):
                    connection.drain_events(timeout=1)


WAYS: Final[dict[str, Consume]] = {
    **{f"pika in a thread, prefetch {count}": partial(ours, prefetch=count) for count in (10, 50, 100, 200)},
    "pika BlockingConnection, prefetch 100": partial(pika_blocking, prefetch=100),
    "kombu's Consumer, prefetch 100": partial(kombu, prefetch=100),
}
CHOSEN: Final = "pika in a thread, prefetch 50"
