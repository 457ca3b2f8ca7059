"""One endpoint's side of a partner system: performs each effect once, remembers it in its ledger, serves its feeds.

What the partner does with an effect is its `Play`; this file owns deduplication and durability: a batch is decided in
order, written to the ledger with one sync, and only then answered.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from connectors.kit.ledger import Ledger, Line
from connectors.kit.partner import CONFIRMED, CONFLICT, REJECTED, Effect, Events


@dataclass(frozen=True, slots=True)
class Performed:
    """What a play decided. `code` is a domain code when it rejects; `facts` go into the ledger line, as tokens only."""

    confirmed: bool = True
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class Play(Protocol):
    """The partner's own rules and state. All state comes from ledger lines, so a restart plays them again."""

    def perform(self, effect: Effect) -> Performed:
        """Decides on one effect from the state so far; changes nothing. Raises `ValueError` for bytes it cannot read."""

    def remember(self, line: Line) -> None:
        """Takes one performed effect into the state, in ledger order; called live and at every start."""

    def reply(self, effect: Effect) -> Mapping[str, str]:
        """What a confirmed effect gives back; a function of the effect, so that the same question gets the same reply."""

    def feed(self, name: str, after: str, limit: int) -> Events:
        """A page of a feed. Raises `ValueError` for a feed or cursor it does not know."""


class Desk:
    """A play with its ledger. Thread-safe."""

    def __init__(self, play: Play, ledger: Ledger) -> None:
        self._play = play
        self._ledger = ledger
        self._turn = threading.Lock()
        self._known: dict[str, Line] = {}
        for line in ledger.lines:
            self._take(line)

    def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to one request of the partner wire. Raises `ValueError` for one that is against its contract."""
        with self._turn:
            match request:
                case {"request": "effect", "effects": [*effects]}:
                    return {"results": self._effects([_effect(asked) for asked in effects])}
                case {"request": "feed", "name": str(name), "after": str(after), "limit": int(limit)} if limit > 0:
                    page = self._play.feed(name, after, limit)
                    return {"events": list(page.events), "cursor": page.cursor, "end": page.end}
        raise ValueError("unknown request")

    def retire(self) -> None:
        """Waits for the request in hand and takes no other: the process is about to close the ledger."""
        self._turn.acquire()

    def _effects(self, effects: Sequence[Effect]) -> list[Mapping[str, Any]]:
        fresh: list[Line] = []
        results = []
        try:
            for effect in effects:
                line = self._known.get(effect.message)
                if line is None:
                    line = self._performed(effect)
                    fresh.append(line)
                    self._take(line)
                results.append(self._result(effect, line))
        finally:
            if fresh:
                self._ledger.append(fresh)
        return results

    def _performed(self, effect: Effect) -> Line:
        done = self._play.perform(effect)
        result = CONFIRMED if done.confirmed else REJECTED
        return Line(effect.message, effect.sha256, result, done.code, {"type": effect.type, **done.facts})

    def _result(self, effect: Effect, line: Line) -> Mapping[str, Any]:
        if line.sha256 != effect.sha256:
            return {"result": CONFLICT}
        if line.result == REJECTED:
            return {"result": REJECTED, "code": line.code}
        return {"result": CONFIRMED, "reply": dict(self._play.reply(effect))}

    def _take(self, line: Line) -> None:
        self._known[line.message] = line
        self._play.remember(line)


class Plain:
    """A play without rules or feeds: every effect is done. A partner with more to say inherits and overrides."""

    def perform(self, effect: Effect) -> Performed:
        return Performed()

    def remember(self, line: Line) -> None:
        """Nothing to remember beyond the ledger."""

    def reply(self, effect: Effect) -> Mapping[str, str]:
        return {}

    def feed(self, name: str, after: str, limit: int) -> Events:
        raise ValueError("no such feed")


_T = TypeVar("_T")


def paged(events: Sequence[_T], after: str, limit: int, show: Callable[[_T], Mapping[str, Any]]) -> Events:
    """A page of a feed that is a list; the cursor is the place in it. Raises `ValueError` for a cursor outside it."""
    start = int(after or "0")
    if not 0 <= start <= len(events):
        raise ValueError("no such place")
    page = events[start : start + limit]
    cursor = start + len(page)
    return Events([show(event) for event in page], str(cursor), cursor == len(events))


def _effect(asked: object) -> Effect:
    match asked:
        case {"message": str(message), "type": str(type_), "sha256": str(sha256), "xml": str(encoded)}:
            xml = base64.b64decode(encoded, validate=True)
            if hashlib.sha256(xml).hexdigest() == sha256:
                return Effect(message, type_, sha256, xml)
        case _:
            pass
    raise ValueError("not an effect")
