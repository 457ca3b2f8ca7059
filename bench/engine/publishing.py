"""Ways to publish with a confirm for each message, by library: what backs the choice in `hub.edges.amqp.publisher`."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import pika
from kombu.connection import Connection
from kombu.messaging import Producer

from bench.engine import broker
from hub.edges.amqp.broker import PATIENCE, Account
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.frames import Kind

Publish = Callable[[Account, str, Sequence[bytes]], None]
WINDOWS: Final = (1, 10, 50, 200, 1000)


def py_amqp(account: Account, queue: str, bodies: Sequence[bytes], *, window: int) -> None:
    """The product's own: py-amqp under kombu's connection, confirms matched by tag in a window."""
    with Publisher(account, window=window) as publisher:
        publisher.publish([Parcel("", queue, Kind.DELIVERY, "", body) for body in bodies])


def kombu_one_by_one(account: Account, queue: str, bodies: Sequence[bytes]) -> None:
    """kombu's Producer with `confirm_publish`."""
    with kombu_connection(account) as connection:
        producer = Producer(connection.channel())
        for body in bodies:
            producer.publish(body, routing_key=queue, delivery_mode=2, mandatory=True, user_id=account.user)


def pika_one_by_one(account: Account, queue: str, bodies: Sequence[bytes]) -> None:
    """pika's BlockingChannel with `confirm_delivery`."""
    connection = broker.connected(account)
    channel = connection.channel()
    channel.confirm_delivery()
    for body in bodies:
        broker.send(channel, queue, body, "")
    connection.close()


def pika_window(account: Account, queue: str, bodies: Sequence[bytes], *, window: int) -> None:
    """pika's SelectConnection, whose confirms come by callback."""
    _Windowed(account, queue, bodies, window).run()


class _Windowed:
    """Publishes as long as fewer than `window` tags are open; ends when all are confirmed."""

    def __init__(self, account: Account, queue: str, bodies: Sequence[bytes], window: int) -> None:
        self._account, self._queue, self._bodies, self._window = account, queue, bodies, window
        self._sent = self._confirmed = 0
        self._channel: Any = None

    def run(self) -> None:
        node = self._account.nodes[0]
        parameters = pika.ConnectionParameters(
            host=node.host,
            port=node.port,
            virtual_host=self._account.vhost,
            credentials=pika.credentials.ExternalCredentials(),
            ssl_options=pika.SSLOptions(self._account.tls(), node.host),
        )
        connection: Any = pika.SelectConnection(
            parameters, on_open_callback=self._opened, on_close_callback=lambda closed, _: closed.ioloop.stop()
        )
        connection.ioloop.start()
        connection.ioloop.close()

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._ready)

    def _ready(self, channel: Any) -> None:
        self._channel = channel
        channel.confirm_delivery(self._told, callback=lambda _: self._fill())

    def _told(self, frame: Any) -> None:
        self._confirmed = frame.method.delivery_tag if frame.method.multiple else self._confirmed + 1
        if self._confirmed >= len(self._bodies):
            self._channel.connection.close()
        else:
            self._fill()

    def _fill(self) -> None:
        while self._sent < len(self._bodies) and self._sent - self._confirmed < self._window:
            broker.send(self._channel, self._queue, self._bodies[self._sent], "")
            self._sent += 1


@contextmanager
def kombu_connection(account: Account) -> Iterator[Connection]:
    """As its documentation shows it, by client certificate."""
    node = account.nodes[0]
    tls = {
        "ca_certs": str(account.authority),
        "certfile": str(account.certificate),
        "keyfile": str(account.key),
        "cert_reqs": ssl.CERT_REQUIRED,
        "server_hostname": node.host,
    }
    with Connection(
        hostname=node.host,
        port=node.port,
        userid=account.user,
        virtual_host=account.vhost,
        ssl=tls,
        login_method="EXTERNAL",
        connect_timeout=PATIENCE,
        transport_options={"confirm_publish": True},
    ) as connection:
        yield connection


WAYS: Final[dict[str, Publish]] = {
    **{f"py-amqp under kombu, {count} confirms open": partial(py_amqp, window=count) for count in WINDOWS},
    "kombu's Producer, one by one": kombu_one_by_one,
    "pika BlockingConnection, one by one": pika_one_by_one,
    "pika SelectConnection, 200 confirms open": partial(pika_window, window=200),
}
CHOSEN: Final = "py-amqp under kombu, 200 confirms open"
