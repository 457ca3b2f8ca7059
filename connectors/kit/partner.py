"""The connector's side of the partner wire: perform effects under an idempotency key, read feeds.

A partner that is down is `Unavailable` for its endpoint alone. One that did something else under a MessageId is `Held`:
a person must look at that message. One that breaks its contract is an `IntegrityError`, and the endpoint stops.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from connectors.kit import wire
from hub.codes import kit
from hub.errors import Held, IntegrityError, Unavailable
from hub.framing import BrokenFrame

CONFIRMED = "confirmed"
REJECTED = "rejected"
CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a partner is asked to do. `message` (MessageId) is its idempotency key; `sha256` (hex) is over `xml`."""

    message: str
    type: str
    sha256: str
    xml: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What the partner did, durably, before it said so. `code` is a domain code when rejected; `reply` its own data."""

    confirmed: bool
    code: str = ""
    reply: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Events:
    """A page of a partner's feed: events in order, where to go on, and whether no more can come."""

    events: Sequence[Mapping[str, Any]]
    cursor: str
    end: bool


class Partner(Protocol):
    """The partner system as a room sees it."""

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        """One result per effect, in order. The same (message, sha256) again gives the first result, nothing is done.

        Raises `Unavailable` when it is not known what was done: ask again with the same effects.
        """

    def feed(self, name: str, after: str, limit: int) -> Events:
        """Events of a feed after a cursor ("" is the beginning). Raises `Unavailable`."""


class SocketPartner:
    """A partner behind a Unix socket; one connection, made when it is needed and remade when it broke."""

    def __init__(self, path: Path, endpoint: str, patience: float = 30.0) -> None:
        """`patience`: seconds to wait for one answer."""
        self._path = path
        self._endpoint = endpoint
        self._patience = patience
        self._connection: socket.socket | None = None

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        asked = [
            {"message": e.message, "type": e.type, "sha256": e.sha256, "xml": base64.b64encode(e.xml).decode("ascii")}
            for e in effects
        ]
        answer = self._ask({"request": "effect", "endpoint": self._endpoint, "effects": asked})
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != len(effects):
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="one result per effect")
        return [self._result(result) for result in results]

    def feed(self, name: str, after: str, limit: int) -> Events:
        asked = {"request": "feed", "endpoint": self._endpoint, "name": name, "after": after, "limit": limit}
        answer = self._ask(asked)
        events, cursor, end = answer.get("events"), answer.get("cursor"), answer.get("end")
        if not isinstance(events, list) or not isinstance(cursor, str) or not isinstance(end, bool):
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="events, cursor, end")
        return Events(events, cursor, end)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, question: wire.Json) -> wire.Json:
        """One question, one answer. A connection that went stale is remade once: every question may be repeated."""
        stale = self._connection is not None
        try:
            answer = self._exchange(question)
        except OSError as error:
            if not stale:
                raise self._down(error) from error
            try:
                answer = self._exchange(question)
            except OSError as again:
                raise self._down(again) from again
        if "error" in answer:
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="error")
        return answer

    def _exchange(self, question: wire.Json) -> wire.Json:
        try:
            if self._connection is None:
                self._connection = self._connect()
            wire.send(self._connection, question)
            answer = wire.receive(self._connection)
        except OSError:
            self.close()
            raise
        if answer is None:
            self.close()
            raise BrokenFrame("closed")
        return answer

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._patience)
            with wire.address(self._path) as address:
                connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection

    def _down(self, error: OSError) -> Unavailable:
        return Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind=type(error).__name__)

    def _result(self, answer: object) -> Result:
        if isinstance(answer, dict):
            reply = answer.get("reply", {})
            match answer.get("result"), answer.get("code", ""):
                case "confirmed", "" if _texts(reply):
                    return Result(confirmed=True, reply=reply)
                case "rejected", str(code) if code:
                    return Result(confirmed=False, code=code)
                case "conflict", _:
                    raise Held(kit.PARTNER_CONFLICT, endpoint=self._endpoint)
                case _:
                    pass
        raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="result and code")


def _texts(reply: object) -> bool:
    return isinstance(reply, dict) and all(isinstance(part, str) for pair in reply.items() for part in pair)
