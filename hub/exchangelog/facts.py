"""Under what an entry is found: read from the leaf and from nothing else, so that a search can be judged by its results.

A leaf names no person, and no body is ever read for this (docs/spec/exchange-log.md section 3; ADR 16).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.exchangelog.entry import Admin, Answered, Entry, Erase, Exchange, Hold, Observation, Refuse, Release, Statement

ENDPOINT = "endpoint"  # sender or recipient, whichever it is
FIELDS = ("kind", "type", "sender", "recipient", ENDPOINT, "code", "provision", "table", "channel", "action", "about")

Term = tuple[str, str]  # a field and its value


@dataclass(frozen=True, slots=True)
class Facts:
    """`ids` are the messages and conversations that it speaks of, `terms` all else that can be asked for."""

    time: str
    ids: frozenset[str]
    terms: frozenset[Term]


@dataclass(frozen=True, slots=True)
class Query:
    """What must all hold. `since` (inclusive) and `until` (exclusive) are times as entries write them; "" sets no bound."""

    ids: frozenset[str] = frozenset()
    terms: frozenset[Term] = frozenset()
    since: str = ""
    until: str = ""

    def fits(self, facts: Facts) -> bool:
        """Whether an entry of these facts is meant. The fixed form makes text order time order."""
        within = self.since <= facts.time and (not self.until or facts.time < self.until)
        return within and self.ids <= facts.ids and self.terms <= facts.terms


def facts(entry: Entry) -> Facts:
    """Those of one entry. A code of an answer is that of any of its lines."""
    terms = frozenset((field, value) for field, value in _terms(entry) if value)
    return Facts(entry.time, frozenset(filter(None, _ids(entry))), terms)


def _ids(entry: Entry) -> Iterator[str]:
    if isinstance(entry, Exchange):
        yield from (entry.message, entry.conversation)
    if isinstance(entry, Answered):
        yield from (line.message_id for line in entry.lines)
    if isinstance(entry, Hold | Release | Erase):
        yield entry.message


def _terms(entry: Entry) -> Iterator[Term]:
    yield "kind", entry.KIND
    if isinstance(entry, Exchange):
        yield from (("type", entry.type), ("sender", entry.sender), ("recipient", entry.recipient))
        yield from ((ENDPOINT, entry.sender), (ENDPOINT, entry.recipient), ("code", entry.code))
        if entry.legal:
            yield from (("table", entry.legal.table), ("provision", f"{entry.legal.table}/{entry.legal.item}"))
    match entry:
        case Refuse() | Observation():
            yield "channel", entry.channel
        case Answered():
            yield from (("code", line.code) for line in entry.lines)
        case Hold():
            yield "code", entry.code
        case Admin():
            yield "action", entry.action
        case _:
            pass
    if isinstance(entry, Observation | Admin | Statement):
        yield "about", entry.about
