"""Publishing with proof: persistent, mandatory, and confirmed message by message (the home of kombu and py-amqp).

py-amqp's own `basic_publish_confirm` waits for *any* ack, so after one timeout it takes the ack of an earlier message for
its own (measured). Here each publish has its delivery tag, and a window of them is open at once: eleven times as fast as
one by one, at the same guarantee. After any doubt the channel is thrown away; who asked sends the same bytes again.
"""

from __future__ import annotations

import contextlib
import secrets
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from amqp import Message
from amqp.exceptions import AMQPError
from kombu.connection import Connection
from kombu.exceptions import KombuError

from hub.codes import brk
from hub.edges.amqp.broker import HEARTBEAT, LARGEST, PATIENCE, Account, Node, Rest
from hub.errors import HubError, Refused, Unavailable
from hub.frames import Kind

MEDIA: Final = "application/vnd.juki-hub.sealed"
WINDOW: Final = 200  # confirms open at once: 50 to 200 measure alike
_SLICE: Final = 0.2  # seconds of one wait for the broker
_TROUBLE: Final = (AMQPError, KombuError, OSError)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One sealed frame and where it goes. `join` is what the other side knows it by: a digest, or a question's id."""

    exchange: str
    key: str
    kind: Kind
    join: str
    body: bytes


class Publisher:
    """One connection and one channel, used by one thread; it connects when first needed, and again after trouble."""

    def __init__(self, account: Account, patience: float = PATIENCE, window: int = WINDOW) -> None:
        self._account = account
        self._patience = patience
        self._window = window
        account.tls()  # files that cannot be read are a fault of the configuration, said at once
        self._line: _Line | None = None
        self._rest = Rest()
        self._reason = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def publish(self, parcels: Sequence[Parcel]) -> None:
        """Returns when the broker has confirmed every parcel: it is in a queue, on most nodes' disks.

        Raises `Unavailable` when that is not known of each of them (some may be there), `Refused` HUB-BRK-008 before
        anything is sent when one is too large.
        """
        for parcel in parcels:
            if len(parcel.body) > LARGEST:
                raise Refused(brk.TOO_LARGE, size=len(parcel.body), limit=LARGEST)
        if not parcels:
            return
        try:
            self._open().publish(parcels)
        except HubError:
            self.close()
            raise
        except _TROUBLE as error:
            self.close()
            self._reason = type(error).__name__
            self._rest.failed()
            raise Unavailable(brk.UNREACHABLE, reason=self._reason) from error
        self._rest.worked()

    def idle(self) -> None:
        """Lets the heartbeat beat; to be called now and then while nothing is published. Never raises."""
        if self._line is None:
            return
        try:
            self._line.wait(0)
        except _TROUBLE:
            self.close()

    def close(self) -> None:
        """Drops the connection; the next `publish` makes another."""
        line, self._line = self._line, None
        if line is not None:
            line.drop()

    def _open(self) -> _Line:
        if self._line is None or not self._line.connected:
            self.close()
            if self._rest.left:  # who asks again and again must not knock again and again
                raise Unavailable(brk.UNREACHABLE, reason=self._reason)
            alarm = _Alarm()
            connection = _connected(self._account, alarm, self._patience)
            self._line = _Line(connection, alarm, self._patience, self._window)
        return self._line


class _Alarm:
    """What the broker said last about its memory and disk (`connection.blocked`)."""

    def __init__(self) -> None:
        self.on = False

    def blocked(self, _reason: str) -> None:
        """It takes nothing until further notice."""
        self.on = True

    def unblocked(self) -> None:
        """It takes messages again."""
        self.on = False


class _Line:
    """One confirmed channel. `_waiting` are the tags without a confirm."""

    def __init__(self, connection: Connection, alarm: _Alarm, patience: float, window: int) -> None:
        self._connection = connection
        self._alarm = alarm
        self._patience = patience
        self._window = window
        self._wire: Any = connection.connection
        self._channel: Any = self._wire.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._acked)
        self._channel.events["basic_nack"].add(self._nacked)
        self._channel.events["basic_return"].add(self._came_back)
        self._user = connection.userid or ""
        self._next = 1
        self._waiting: set[int] = set()
        self._refused = 0
        self._returned = 0

    @property
    def connected(self) -> bool:
        return bool(self._wire.connected)

    def publish(self, parcels: Sequence[Parcel]) -> None:
        self._refused = self._returned = 0
        for parcel in parcels:
            while len(self._waiting) >= self._window:
                self._progress()
            self._waiting.add(self._next)
            self._next += 1
            self._channel.basic_publish(
                self._message(parcel), parcel.exchange, parcel.key, mandatory=True, timeout=self._patience
            )
        while self._waiting:
            self._progress()
        if self._returned:
            raise Unavailable(brk.UNROUTABLE, count=self._returned)
        if self._refused:
            raise Unavailable(brk.FULL, count=self._refused)

    def wait(self, seconds: float) -> None:
        """Takes what the broker says within `seconds`."""
        with contextlib.suppress(TimeoutError):
            self._wire.drain_events(timeout=seconds or 0.001)
        self._wire.heartbeat_tick()

    def drop(self) -> None:
        """Without waiting for anybody: what was in doubt stays in doubt."""
        with contextlib.suppress(*_TROUBLE):
            self._wire.collect()

    def _progress(self) -> None:
        """Waits until at least one confirm comes. Raises `Unavailable` when none does for a while."""
        before, until = len(self._waiting), time.monotonic() + self._patience
        while len(self._waiting) == before:
            if time.monotonic() > until:
                if self._alarm.on:
                    raise Unavailable(brk.BLOCKED)
                raise Unavailable(brk.UNCONFIRMED, seconds=int(self._patience), count=before)
            self.wait(_SLICE)

    def _message(self, parcel: Parcel) -> Message:
        return Message(
            parcel.body,
            content_type=MEDIA,
            delivery_mode=2,
            type=parcel.kind.value,
            message_id=secrets.token_hex(16),
            correlation_id=parcel.join,
            user_id=self._user,
            app_id="juki-hub/1",
        )

    def _acked(self, tag: int, multiple: bool) -> None:
        self._waiting = {one for one in self._waiting if one > tag} if multiple else self._waiting - {tag}

    def _nacked(self, tag: int, multiple: bool) -> None:
        before = len(self._waiting)
        self._acked(tag, multiple)
        self._refused += before - len(self._waiting)

    def _came_back(self, *_: object) -> None:
        """No queue took it: the broker returns it before it acks it."""
        self._returned += 1


def _tls(account: Account, node: Node) -> dict[str, object]:
    """As py-amqp wants it: it makes a context of its own."""
    return {
        "ca_certs": str(account.authority),
        "certfile": str(account.certificate),
        "keyfile": str(account.key),
        "cert_reqs": ssl.CERT_REQUIRED,
        "server_hostname": node.host,
        "tls_minimum_version": ssl.TLSVersion.TLSv1_2,
    }


def _connected(account: Account, alarm: _Alarm, patience: float) -> Connection:
    """To the first node that answers. Raises what the libraries raise for the last one."""
    for place, node in enumerate(account.nodes):
        connection = Connection(
            hostname=node.host,
            port=node.port,
            userid=account.user,
            virtual_host=account.vhost,
            ssl=_tls(account, node),
            login_method="EXTERNAL",
            heartbeat=HEARTBEAT,
            connect_timeout=patience,
            transport="pyamqp",
            transport_options={
                "read_timeout": patience,
                "write_timeout": patience,
                "on_blocked": alarm.blocked,
                "on_unblocked": alarm.unblocked,
            },
        )
        try:
            connection.connect()
        except _TROUBLE:
            connection.release()
            if place + 1 == len(account.nodes):
                raise
        else:
            return connection
    raise Unavailable(brk.UNREACHABLE, reason="no nodes")
