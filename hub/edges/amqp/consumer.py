"""Consuming with nothing lost: a connection with a thread of its own (the home of pika), messages out, acknowledgements in.

Nothing is ever given back to the broker by nack, and no channel is closed with messages in hand: both put them behind
others (measured on 3.10). Who stops drops the connection instead, and the broker keeps the order.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

import pika
from pika.exceptions import AMQPError

from hub.codes import brk
from hub.edges.amqp.broker import HEARTBEAT, PATIENCE, Account, Rest
from hub.errors import Unavailable

_SLICE: Final = 0.5  # seconds that the thread waits for the broker, unless there is something to settle
_GOODBYES: Final = 10  # looks at a line that was cut until pika has noticed
_TROUBLE: Final = (AMQPError, OSError)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as the broker gave it. `line` numbers the connection: tags of an earlier one settle nothing.

    `redeliveries` is how often a quorum queue has given it out before.
    """

    queue: str
    kind: str
    join: str
    user: str
    body: bytes
    redeliveries: int
    tag: int
    line: int


Hear = Callable[[Arrival], None]


class Consumer:
    """Reads `queues` from now on; connects by itself, again and again. Other threads call `take` and `settle`.

    `hear` gets each message in the consumer's own thread, instead of `take`; `idle` is called there now and then.
    """

    def __init__(
        self,
        account: Account,
        queues: Sequence[str],
        prefetch: int,
        *,
        hear: Hear | None = None,
        idle: Callable[[], None] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._account = account
        self._queues = tuple(queues)
        self._prefetch = prefetch
        self._patience = patience
        self._tls = account.tls()
        self._arrived: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._hear = hear or self._arrived.put
        self._idle = idle
        self._settled: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._line = 0
        self._connection: Any = None
        self._thread = threading.Thread(target=self._run, name=f"consumer {account.user}", daemon=True)

    def start(self) -> Self:
        """Begins to read."""
        self._thread.start()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether the broker is there and lets us read, as far as is known."""
        return self._connection is not None

    def take(self, limit: int, wait: float) -> list[Arrival]:
        """What has arrived, at most `limit`; waits for the first up to `wait` seconds. What an earlier connection gave is left out."""
        taken: list[Arrival] = []
        until = time.monotonic() + wait
        while len(taken) < limit:
            try:
                left = until - time.monotonic()
                one = self._arrived.get_nowait() if taken or left <= 0 else self._arrived.get(timeout=left)
            except queue.Empty:
                break
            if one.line == self._line:
                taken.append(one)
        return taken

    def settle(self, arrivals: Sequence[Arrival]) -> None:
        """These are done with. Never waits: an acknowledgement that is lost brings the message again."""
        for one in arrivals:
            self._settled.put(one)
        self._wake()

    def close(self) -> None:
        """Settles what was said to be settled, and drops the connection."""
        self._stopping.set()
        self._wake()
        self._thread.join(self._patience)

    def _wake(self) -> None:
        connection = self._connection
        if connection is not None:
            with suppress(*_TROUBLE):  # a connection that is gone has nothing to be told
                connection.add_callback_threadsafe(_nothing)

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        rest = Rest()
        while not self._stopping.is_set():
            try:
                connection = _connected(self._account, self._tls, self._patience)
            except _TROUBLE:
                self._stopping.wait(rest.failed())
                continue
            try:
                self._serve(connection, rest)
            except _TROUBLE:
                self._stopping.wait(rest.failed())
            finally:
                self._connection = None
                _drop(connection)

    def _serve(self, connection: Any, rest: Rest) -> None:
        self._line += 1
        channel = connection.channel()
        channel.basic_qos(prefetch_count=self._prefetch)
        for name in self._queues:
            channel.basic_consume(name, partial(self._arrival, name, self._line))
        self._connection = connection
        while not self._stopping.is_set():
            connection.process_data_events(time_limit=_SLICE)
            rest.worked()  # only now: who may not read is let in, and thrown out when it tries
            if self._idle is not None:
                self._idle()
            self._acknowledge(channel)
        self._acknowledge(channel)
        connection.process_data_events(time_limit=0)

    def _arrival(self, name: str, line: int, _channel: object, method: Any, properties: Any, body: bytes) -> None:
        headers = properties.headers or {}
        self._hear(
            Arrival(
                queue=name,
                kind=properties.type or "",
                join=properties.correlation_id or "",
                user=properties.user_id or "",
                body=body,
                redeliveries=int(headers.get("x-delivery-count", 0)),
                tag=method.delivery_tag,
                line=line,
            )
        )

    def _acknowledge(self, channel: Any) -> None:
        while True:
            try:
                one = self._settled.get_nowait()
            except queue.Empty:
                return
            if one.line == self._line:
                channel.basic_ack(one.tag)


def _connected(account: Account, tls: Any, patience: float) -> Any:
    """To the first node that answers. Raises what pika raises for the last one."""
    parameters = [
        pika.ConnectionParameters(
            host=node.host,
            port=node.port,
            virtual_host=account.vhost,
            credentials=pika.credentials.ExternalCredentials(),
            ssl_options=pika.SSLOptions(tls, node.host),
            heartbeat=HEARTBEAT,
            blocked_connection_timeout=None,
            socket_timeout=patience,
            stack_timeout=patience,
            connection_attempts=1,
        )
        for node in account.nodes
    ]
    if not parameters:
        raise Unavailable(brk.UNREACHABLE, reason="no nodes")
    return pika.BlockingConnection(parameters)


def _nothing() -> None:
    """Only ends the wait."""


def _drop(connection: Any) -> None:
    """Without a goodbye: closing the channel first would give back what is in hand, in another order.

    The line is cut here and now, for as long as the broker takes it for alive it gives these messages to nobody else.
    """
    with suppress(Exception):  # pika has no public way to hang up, and a line that is gone already raises anything
        connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001
    with suppress(Exception):  # raised as soon as pika has seen that the line is gone, and has closed its side
        for _ in range(_GOODBYES):
            connection.process_data_events(time_limit=_SLICE)


def waiting(account: Account, queues: Sequence[str]) -> Mapping[str, int]:
    """The messages in each queue, asked of the queue itself and without what its reader has in hand.

    What the management API tells is some seconds old. Raises `Unavailable` HUB-BRK-002, also for a queue that is not there.
    """
    try:
        connection = _connected(account, account.tls(), PATIENCE)
        try:
            channel = connection.channel()
            return {name: int(channel.queue_declare(name, passive=True).method.message_count) for name in queues}
        finally:
            connection.close()
    except _TROUBLE as error:
        raise Unavailable(brk.UNREACHABLE, reason=type(error).__name__) from error
