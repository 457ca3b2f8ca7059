"""One endpoint's side of a partner system: performs each effect once, remembers it in its ledger, serves its feeds.

What the partner does with an effect is its `Play`; this file owns deduplication and durability: a batch is decided in
order, written to the ledger with one sync, and only then answered.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Reply:
    """What a partner answers to one effect: CONFIRMED with its own data, REJECTED with a code, or CONFLICT.

    `sha256` is what was performed under the MessageId, where that is not what was asked.
    """

    result: str
    code: str = ""
    reply: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""


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

    def perform(self, effects: Sequence[Effect]) -> list[Reply]:
        """One reply per effect, each durable in the ledger. Raises `ValueError` for content that the play cannot read."""
        with self._turn:
            return self._effects(effects)

    def feed(self, name: str, after: str, limit: int) -> Events:
        """A page of a feed. Raises `ValueError` for a feed or cursor that the play does not know, or no limit."""
        if limit < 1:
            raise ValueError("a page has a place")
        with self._turn:
            return self._play.feed(name, after, limit)

    def retire(self) -> None:
        """Waits for the request in hand and takes no other: the process is about to close the ledger."""
        self._turn.acquire()

    def _effects(self, effects: Sequence[Effect]) -> list[Reply]:
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

    def _result(self, effect: Effect, line: Line) -> Reply:
        if line.sha256 != effect.sha256:
            return Reply(CONFLICT, sha256=line.sha256)
        if line.result == REJECTED:
            return Reply(REJECTED, line.code)
        return Reply(CONFIRMED, reply=self._play.reply(effect))

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
