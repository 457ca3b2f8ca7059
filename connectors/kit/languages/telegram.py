"""Framed telegrams over a Unix socket of mode 0600: the conversation of a connector with a host. `telegrams` is the format.

A line that breaks, a host that is silent or closed (98xx) means "ask again", which is safe, for MessageId is the key of the
effect. After any trouble the connection is closed and the next begins with 開局, so a late answer has nobody to take it.
An answer to something else, a wrong 検査値, anything that is no telegram breaks the contract.
"""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from connectors.kit.desk import Desk, Reply
from connectors.kit.languages import sockets
from connectors.kit.languages.telegrams import (
    ASK,
    CLOSED,
    DONE,
    HEADER,
    MALFORMED,
    MAX_TELEGRAM,
    NOTICE,
    OPEN,
    OPENING,
    OTHER_CONTENT,
    OUT_OF_TURN,
    PAGE,
    TOO_LONG,
    TROUBLE,
    UNKNOWN,
    VERSION,
    WISH,
    Broken,
    Dialect,
    Telegram,
    encode,
    following,
    read,
)
from connectors.kit.partner import Effect, Events, Result
from hub.codes import kit
from hub.errors import Held, HubError, IntegrityError, Unavailable

_WINDOW: Final = 64  # questions sent ahead
_IDLE: Final = 300.0  # seconds a simulator keeps a connection on which nobody asks


# --- the connector's half -----------------------------------------------------------------------------------------------


class TelegramPartner:
    """One connection, opened when it is needed and again, once, when it went stale."""

    def __init__(
        self, path: Path, endpoint: str, dialect: Dialect, patience: float = 30.0, limit: int = MAX_TELEGRAM
    ) -> None:
        """`patience`: seconds to wait for one answer. `limit`: bytes of the longest telegram, in both directions."""
        self._path = path
        self._endpoint = endpoint
        self._dialect = dialect
        self._patience = patience
        self._limit = limit
        self._session: _Session | None = None

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        """Raises `Held` for an effect that is longer than a telegram: then nothing was asked."""
        questions = [self._question(effect) for effect in effects]
        results: list[Result] = []
        for first, last in _windows(questions, self._limit):
            answers = self._talk(partial(_Session.perform, questions=questions[first:last]))
            results += [self._result(*each) for each in zip(effects[first:last], answers, strict=True)]
        return results

    def feed(self, name: str, after: str, limit: int) -> Events:
        wish = WISH.encode({"配信名": name, "位置": after, "件数": str(limit)})
        *notices, answer = self._talk(partial(_Session.page, question=Telegram(ASK, 0, body=wish)))
        try:
            page = PAGE.decode(answer.body)
            events = [self._event(name, notice.body) for notice in notices]
        except (ValueError, RecursionError):
            # Without its cause: what a parser says may quote what it read.
            raise self._speech("配信") from None
        if page["終了"] not in {"0", "1"} or page["件数"] != str(len(events)):
            raise self._speech("件数")
        return Events(events, page["位置"], page["終了"] == "1")

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _question(self, effect: Effect) -> Telegram:
        kind = self._dialect.kinds.get(effect.type)
        if kind is None:
            raise IntegrityError(kit.ROOM_CONTRACT, endpoint=self._endpoint, rule="電文種別")
        if HEADER.size + len(effect.content) > self._limit:
            raise Held(kit.PARTNER_LIMIT, endpoint=self._endpoint, size=self._limit - HEADER.size)
        return Telegram(kind, 0, effect.message, effect.sha256, body=effect.content)

    def _result(self, effect: Effect, answer: Telegram) -> Result:
        if answer.code == OTHER_CONTENT:
            raise Held(kit.PARTNER_CONFLICT, endpoint=self._endpoint)
        rejection = self._dialect.rejections.get(answer.code)
        layout = self._dialect.replies.get(effect.type)
        if rejection is not None and not answer.body:
            return Result(confirmed=False, code=rejection)
        if answer.code != DONE or (layout is None and answer.body):
            raise self._speech(f"応答コード {answer.code}")
        try:
            return Result(confirmed=True, reply=layout.decode(answer.body) if layout and answer.body else {})
        except ValueError:
            raise self._speech("応答") from None

    def _event(self, name: str, body: bytes) -> Mapping[str, Any]:
        layout = self._dialect.feeds.get(name)
        event = layout.decode(body) if layout else json.loads(body)
        if not isinstance(event, Mapping):
            raise ValueError("not an object")
        return event

    def _talk(self, exchange: Callable[[_Session], Sequence[Telegram]]) -> Sequence[Telegram]:
        try:
            return sockets.remade(lambda: self._once(exchange), kept=self._session is not None)
        except OSError as error:
            raise self._down(type(error).__name__) from error

    def _once(self, exchange: Callable[[_Session], Sequence[Telegram]]) -> Sequence[Telegram]:
        """After any trouble the connection is closed, so that no late answer is ever taken for another's."""
        whole = False
        try:
            if self._session is None:
                self._session = _Session(sockets.Line(self._path, self._patience), self._limit)
                self._session.open(self._endpoint)
            answers = exchange(self._session)
            whole = True
        except Broken as broken:
            if broken.code.startswith(CLOSED):
                raise self._down(broken.code) from broken
            raise self._speech(broken.code) from broken
        finally:
            if not whole:
                self.close()
        return answers

    def _down(self, kind: str) -> HubError:
        return Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind=kind)

    def _speech(self, rule: str) -> HubError:
        return IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule=rule)


class _Session:
    """One connection to a host. Its methods raise `OSError` when it breaks and `Broken` for an answer that is none."""

    def __init__(self, line: sockets.Line, limit: int) -> None:
        self._line = line
        self._limit = limit
        self._number = 0

    def open(self, endpoint: str) -> None:
        question = Telegram(OPEN, 0, body=OPENING.encode({"版": VERSION, "接続先": endpoint}))
        (sent,) = self._send([question])
        if self._answer(sent).code != DONE:
            raise Broken(UNKNOWN)

    def perform(self, questions: Sequence[Telegram]) -> Sequence[Telegram]:
        """The answer to each question."""
        answers = []
        for sent in self._send(questions):
            self._line.renew()
            answers.append(self._answer(sent))
        return answers

    def page(self, question: Telegram) -> Sequence[Telegram]:
        """The notices that answer a wish, and behind them its own answer."""
        (sent,) = self._send([question])
        found: list[Telegram] = []
        room = 2 * self._limit
        while (answer := self._read()).kind == NOTICE and answer.number == sent.number and not answer.code:
            found.append(answer)
            room -= HEADER.size + len(answer.body)
            if room < 0:
                raise Broken(TOO_LONG)
        answer = self._checked(sent, answer)
        if answer.code != DONE:
            raise Broken(UNKNOWN)
        return [*found, answer]

    def close(self) -> None:
        self._line.close()

    def _send(self, questions: Sequence[Telegram]) -> Sequence[Telegram]:
        numbered = []
        for question in questions:
            self._number = following(self._number)
            numbered.append(replace(question, number=self._number))
        self._line.renew()
        self._line.sendall(b"".join(encode(question) for question in numbered))
        return numbered

    def _answer(self, sent: Telegram) -> Telegram:
        return self._checked(sent, self._read())

    def _read(self) -> Telegram:
        answer = read(self._line.recv, self._limit)
        if answer is None:
            raise ConnectionResetError("closed")
        return answer

    def _checked(self, sent: Telegram, answer: Telegram) -> Telegram:
        """The answer, if it is one to this question: whose else it may be is not to be guessed."""
        if answer.kind == TROUBLE:
            raise Broken(answer.code or MALFORMED)
        if answer.number != sent.number:
            raise Broken(OUT_OF_TURN)
        if (answer.kind, answer.message, answer.sha256) != (sent.kind, sent.message, sent.sha256) or not answer.code:
            raise Broken(MALFORMED)
        if answer.code.startswith(CLOSED):
            raise Broken(answer.code)
        return answer


def _windows(questions: Sequence[Telegram], limit: int) -> Iterator[tuple[int, int]]:
    """Where each window of questions begins and ends: `_WINDOW` of them at most, and `limit` bytes unless it is one."""
    first = size = 0
    for place, question in enumerate(questions):
        length = HEADER.size + len(question.body)
        if place > first and (place - first == _WINDOW or size + length > limit):
            yield first, place
            first, size = place, 0
        size += length
    if questions:
        yield first, len(questions)


# --- the simulator's half -----------------------------------------------------------------------------------------------


class TelegramService(sockets.Door):
    """Answers connectors in front of the desks of a simulator: `speak=partial(TelegramService, dialect=…)`."""

    def __init__(self, path: Path, desks: Mapping[str, Desk], dialect: Dialect, limit: int = MAX_TELEGRAM) -> None:
        super().__init__(path, lambda connection: _Host(connection, desks, dialect, limit).serve())


class _Host:
    """The host's end of one connection."""

    def __init__(self, connection: socket.socket, desks: Mapping[str, Desk], dialect: Dialect, limit: int) -> None:
        connection.settimeout(_IDLE)
        self._connection = connection
        self._desks = desks
        self._dialect = dialect
        self._types = {kind: type_ for type_, kind in dialect.kinds.items()}
        self._codes = {id_: code for code, id_ in dialect.rejections.items()}
        self._limit = limit
        self._number = 0
        self._desk: Desk | None = None
        self._broken: Broken | None = None

    def serve(self) -> None:
        """Until the caller goes, or sends what is no telegram: that is answered by 障害通知."""
        try:
            while group := self._arrived():
                for effects, run in groupby(group, key=lambda one: one.kind in self._types):
                    answers = (self._effects if effects else self._controls)(list(run))
                    self._connection.sendall(b"".join(encode(answer) for answer in answers))
        except Broken as broken:
            self._connection.sendall(encode(Telegram(TROUBLE, self._number or 1, code=broken.code)))

    def _arrived(self) -> list[Telegram]:
        """The next telegram and those that came right behind it; none when the caller is gone.

        Raises `Broken` for what is none, once all before it are answered.
        """
        group: list[Telegram] = []
        while self._broken is None and len(group) < _WINDOW and (not group or self._more()):
            try:
                one = read(self._connection.recv, self._limit)
                if one is None:
                    break
                group.append(self._in_turn(one))
            except Broken as broken:
                self._broken = broken
        if self._broken is not None and not group:
            raise self._broken
        return group

    def _more(self) -> bool:
        return bool(select.select([self._connection], [], [], 0)[0])

    def _in_turn(self, one: Telegram) -> Telegram:
        if one.number != following(self._number):
            raise Broken(OUT_OF_TURN)
        if one.code:
            raise Broken(MALFORMED)
        self._number = one.number
        return one

    def _effects(self, questions: Sequence[Telegram]) -> Sequence[Telegram]:
        if self._desk is None or not all(one.message and one.sha256 for one in questions):
            raise Broken(MALFORMED)
        effects = [Effect(one.message, self._types[one.kind], one.sha256, one.body) for one in questions]
        try:
            replies = self._desk.perform(effects)
        except ValueError:
            raise Broken(MALFORMED) from None
        return [self._answer(*each) for each in zip(questions, effects, replies, strict=True)]

    def _answer(self, question: Telegram, effect: Effect, reply: Reply) -> Telegram:
        match reply.result:
            case "confirmed":
                layout = self._dialect.replies.get(effect.type)
                body = layout.encode(reply.reply) if layout and reply.reply else b""
                return replace(question, code=DONE, body=body)
            case "rejected":
                return replace(question, code=self._codes[reply.code], body=b"")
            case _:
                return replace(question, code=OTHER_CONTENT, body=b"")

    def _controls(self, questions: Sequence[Telegram]) -> Sequence[Telegram]:
        return [answer for question in questions for answer in self._control(question)]

    def _control(self, question: Telegram) -> Sequence[Telegram]:
        try:
            match question.kind:
                case "0100" if self._desk is None:
                    opening = OPENING.decode(question.body)
                    self._desk = self._desks.get(opening["接続先"])
                    if self._desk is None or opening["版"] != VERSION:
                        raise Broken(UNKNOWN)
                    return [replace(question, code=DONE, body=b"")]
                case "0200" if self._desk is not None:
                    return self._page(question, self._desk)
                case _:
                    raise Broken(UNKNOWN)
        except ValueError:
            raise Broken(MALFORMED) from None

    def _page(self, question: Telegram, desk: Desk) -> Sequence[Telegram]:
        wish = WISH.decode(question.body)
        page = desk.feed(wish["配信名"], wish["位置"], int(wish["件数"] or "0"))
        layout = self._dialect.feeds.get(wish["配信名"])
        notices = [
            Telegram(NOTICE, question.number, body=layout.encode(event) if layout else _json(event))
            for event in page.events
        ]
        said = {"位置": page.cursor, "終了": "1" if page.end else "0", "件数": str(len(notices))}
        return [*notices, replace(question, code=DONE, body=PAGE.encode(said))]


def _json(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
