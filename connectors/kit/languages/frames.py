"""The kit's own language: JSON frames (`hub.framing`) over a Unix socket of mode 0600, for partners that have none.

The content of an effect is the signed message itself. Both halves stand here: what the connector speaks, and what answers
in front of the desks of a simulator.
"""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.kit import wire
from connectors.kit.desk import Desk, Reply
from connectors.kit.languages import sockets
from connectors.kit.partner import Effect, Events, Result
from hub.codes import kit
from hub.errors import Held, IntegrityError, Unavailable
from hub.framing import BrokenFrame


class FramePartner:
    """The connector's half: one connection, made when it is needed and remade when it broke."""

    def __init__(self, path: Path, endpoint: str, patience: float = 30.0) -> None:
        """`patience`: seconds to wait for one answer."""
        self._path = path
        self._endpoint = endpoint
        self._patience = patience
        self._connection: sockets.Line | None = None

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        asked = [
            {
                "message": e.message,
                "type": e.type,
                "sha256": e.sha256,
                "content": base64.b64encode(e.content).decode("ascii"),
            }
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
        try:
            answer = sockets.remade(lambda: self._exchange(question), kept=self._connection is not None)
        except OSError as error:
            raise self._down(error) from error
        if "error" in answer:
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="error")
        return answer

    def _exchange(self, question: wire.Json) -> wire.Json:
        try:
            if self._connection is None:
                self._connection = sockets.Line(self._path, self._patience)
            self._connection.renew()
            wire.send(self._connection, question)
            answer = wire.receive(self._connection)
        except OSError:
            self.close()
            raise
        if answer is None:
            self.close()
            raise BrokenFrame("closed")
        return answer

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


class FrameService(sockets.Door):
    """Answers connectors in front of the desks of a simulator; each desk takes its requests in turn."""

    def __init__(self, path: Path, desks: Mapping[str, Desk]) -> None:
        super().__init__(path, self._converse)
        self._desks = desks

    def _converse(self, connection: socket.socket) -> None:
        while (request := wire.receive(connection)) is not None:
            wire.send(connection, self._answer(request))

    def _answer(self, request: wire.Json) -> wire.Json:
        desk = self._desks.get(str(request.get("endpoint")))
        if desk is None:
            return {"error": "no such endpoint"}
        try:
            return answer(desk, request)
        except ValueError as error:
            # The kind alone: a parser's sentence may quote what it read.
            return {"error": type(error).__name__}


def answer(desk: Desk, request: wire.Json) -> wire.Json:
    """The answer to one request. Raises `ValueError` for one that is against the contract."""
    match request:
        case {"request": "effect", "effects": [*effects]}:
            return {"results": [_told(reply) for reply in desk.perform([_effect(asked) for asked in effects])]}
        case {"request": "feed", "name": str(name), "after": str(after), "limit": int(limit)}:
            page = desk.feed(name, after, limit)
            return {"events": list(page.events), "cursor": page.cursor, "end": page.end}
        case _:
            raise ValueError("unknown request")


def _told(reply: Reply) -> wire.Json:
    return {"result": reply.result, "code": reply.code, "reply": dict(reply.reply)}


def _effect(asked: object) -> Effect:
    match asked:
        case {"message": str(message), "type": str(type_), "sha256": str(sha256), "content": str(encoded)}:
            content = base64.b64decode(encoded, validate=True)
            if hashlib.sha256(content).hexdigest() == sha256:
                return Effect(message, type_, sha256, content)
        case _:
            pass
    raise ValueError("not an effect")
