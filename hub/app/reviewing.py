"""What reviewers ask of a log: who looked at what and why, and which exchanges a fault or a leak touched (訂正通知, 漏えい報告).

From entries, each proven, the statements that persons signed, and the register; nothing is opened for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hub.app import confirmations
from hub.app.evidence import Archive
from hub.app.paths import HomePaths
from hub.app.register import read_register
from hub.app.searching import Found, Search
from hub.exchangelog.entry import Admin, Permit
from hub.exchangelog.facts import ENDPOINT, Query
from hub.provisions.lawbook import Provisions

# What somebody did that concerns persons' data.
LOOKS: Final = (
    *("reveal", "search.person", "review.use", "legal.hold", "legal.release"),
    *("medium.request", "medium.approve", "medium.write", "disclosure.release"),
)
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Look:
    """One act: by whom (names from the register; the key where it is not there), about what, and the reason that was signed."""

    index: int
    time: str
    action: str
    persons: tuple[str, ...]
    about: str
    reason: str


@dataclass(frozen=True, slots=True)
class Touched:
    """Exchanges between two endpoints under one row of law: how many, when, and where they stand in the log.

    `items` are those that the row lets go to this recipient, where the ward has listed them.
    """

    sender: str
    recipient: str
    type: str
    provision: str
    count: int
    since: str
    until: str
    first: int
    last: int
    items: tuple[str, ...]


def looks(search: Search, paths: HomePaths, since: str, until: str) -> list[Look]:
    """The newest first. `since` (inclusive) and `until` (exclusive) are times as entries write them; "" sets no bound."""
    signed = {one.statement.id: one.statement for one in confirmations.read_all(paths)}
    names = {key: person.name for key, person in read_register(paths).items()}
    found = []
    for action in LOOKS:
        for one in _all(search, Query(frozenset(), frozenset({("action", action)}), since, until)):
            if isinstance(entry := one.entry, Admin):
                statement = signed.get(entry.about)
                about, reason = ("", "") if statement is None else (statement.about, statement.reason)
                persons = tuple(names.get(key, key[:16]) for key in entry.keys)
                found.append(Look(one.index, entry.time, action, persons, about, reason))
    return sorted(found, key=lambda one: one.index, reverse=True)


def touched(
    search: Search, archive: Archive, provisions: Provisions, endpoint: str, since: str, until: str
) -> tuple[list[Touched], tuple[int, int]]:
    """What was permitted in a time, from or to an endpoint if one is named.

    Besides: at most how many persons it was about, and of how many of the messages nobody knows that any more.
    """
    terms = {("kind", Permit.KIND)} | ({(ENDPOINT, endpoint)} if endpoint else set())
    groups: dict[tuple[str, str, str, str], list[tuple[int, str]]] = {}
    for one in _all(search, Query(frozenset(), frozenset(terms), since, until)):
        if isinstance(entry := one.entry, Permit):
            row = "" if entry.legal is None else f"{entry.legal.table}/{entry.legal.item}"
            groups.setdefault((entry.sender, entry.recipient, entry.type, row), []).append((one.index, entry.time))
    indexes = sorted(index for entries in groups.values() for index, _ in entries)
    return list(_touched(groups, provisions)), archive.journal.persons(indexes)


def _touched(
    groups: Mapping[tuple[str, str, str, str], list[tuple[int, str]]], provisions: Provisions
) -> Iterator[Touched]:
    for (sender, recipient, type_, row), entries in sorted(groups.items()):
        table, _, item = row.partition("/")
        items = provisions.granted(table, item, recipient) if row else frozenset[str]()
        places, times = sorted(index for index, _ in entries), sorted(time for _, time in entries)
        yield Touched(
            *(sender, recipient, type_, row, len(entries), times[0], times[-1], places[0], places[-1]),
            items=tuple(sorted(items)),
        )


def _all(search: Search, query: Query) -> Iterator[Found]:
    before: int | None = None
    while True:
        page = search.find(query, _PAGE, before)
        yield from page.found
        if page.before is None:
            return
        before = page.before
