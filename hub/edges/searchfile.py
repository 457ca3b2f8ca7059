"""The search file: for each term, id and time the entries that have it. Derived from the log, and made anew when in doubt.

A file of its own beside the journal (ADR 16): no commit of traffic waits for it, and whoever deletes it loses nothing. It
holds indexes and facts of leaves, no text of a message and nothing of a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self
from uuid import UUID

from sqlalchemy import Connection

from hub.codes import jnl
from hub.edges.home import reason
from hub.edges.sqlite import Database, create_database, open_database
from hub.errors import IntegrityError, Misconfigured, Unavailable
from hub.exchangelog.facts import Facts, Query, Term
from hub.exchangelog.text import time_value
from hub.exchangelog.tree import EMPTY_ROOT

PLACE = "search"
BLOCK = 1024  # entries of which the earliest and the latest time are kept together
_FORM = 1  # of these tables; another is made anew

_TABLES = (
    """CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), form INTEGER NOT NULL, origin TEXT NOT NULL,
     size INTEGER NOT NULL, root BLOB NOT NULL) STRICT""",
    "CREATE TABLE entries (idx INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT",
    "CREATE TABLE blocks (block INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT",
    "CREATE TABLE ids (id BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (id, idx)) STRICT, WITHOUT ROWID",
    """CREATE TABLE terms (term INTEGER PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL, entries INTEGER NOT NULL,
     UNIQUE (field, value)) STRICT""",
    "CREATE TABLE postings (term INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (term, idx)) STRICT, WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class Covered:
    """How far the file follows which log: the root is that of the first `size` entries."""

    origin: str
    size: int
    root: bytes


class SearchFile:
    """An open search file. Several processes may fill it: each addition names the size that it follows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def covered(self) -> Covered:
        """What it follows. Raises `IntegrityError` when it is not of this form."""
        with self._database.reading() as connection:
            return _covered(connection)

    def add(self, known: Covered, facts: Sequence[Facts | None], root: bytes) -> Covered:
        """Takes the next entries (None is one that is no entry), unless another process took them meanwhile."""
        with self._database.writing() as connection:
            now = _covered(connection)
            if now != known:
                return now
            _store(connection, known.size, facts)
            size = known.size + len(facts)
            connection.exec_driver_sql("UPDATE state SET size = ?, root = ?", (size, root))
        return Covered(known.origin, size, root)

    def ends(self, since: str, until: str) -> tuple[int, int]:
        """From the first entry of a time to behind the last; equal where there is none. "" sets no bound."""
        with self._database.reading() as connection:
            return _ends(connection, since, until)

    def find(self, query: Query, before: int, most: int) -> tuple[int, ...]:
        """The indexes below `before` of entries that fit, the newest first, at most so many."""
        with self._database.reading() as connection:
            return tuple(_find(connection, query, before, most))


def open_search(path: Path, origin: str) -> SearchFile:
    """The search file of this log; made, or made anew, where there is none that is. Raises `Unavailable`, `Misconfigured`."""
    try:
        found = SearchFile(open_database(path, PLACE))
        if found.covered().origin == origin:
            return found
    except (Misconfigured, IntegrityError):
        pass
    remove(path)
    return _create(path, origin)


def remove(path: Path) -> None:
    """Deletes the file, if there is one. Raises `Unavailable`."""
    try:
        for old in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            old.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(jnl.UNAVAILABLE, place=PLACE, reason=reason(error)) from None


def _create(path: Path, origin: str) -> SearchFile:
    database = create_database(path, PLACE)
    with database.writing() as connection:
        for table in _TABLES:
            connection.exec_driver_sql(table)
        connection.exec_driver_sql("INSERT INTO state VALUES (1, ?, ?, 0, ?)", (_FORM, origin, EMPTY_ROOT))
    return SearchFile(database)


def _covered(connection: Connection) -> Covered:
    row = connection.exec_driver_sql("SELECT form, origin, size, root FROM state").one_or_none()
    if row is None or row.form != _FORM:
        return Covered("", 0, EMPTY_ROOT)
    return Covered(row.origin, row.size, row.root)


# --- filling ------------------------------------------------------------------------------------------------------------


def _store(connection: Connection, first: int, facts: Sequence[Facts | None]) -> None:
    here = [(first + place, one) for place, one in enumerate(facts) if one is not None]
    if not here:
        return
    at = {index: _milliseconds(one.time) for index, one in here}
    _many(connection, "INSERT INTO entries VALUES (?, ?)", list(at.items()))
    for block, indexes in groupby(at, lambda index: index // BLOCK):
        times = [at[index] for index in indexes]
        connection.exec_driver_sql(
            "INSERT INTO blocks VALUES (?, ?, ?) ON CONFLICT (block) DO UPDATE"
            " SET earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)",
            (block, min(times), max(times)),
        )
    _many(
        connection,
        "INSERT INTO ids VALUES (?, ?)",
        [(UUID(id_).bytes, index) for index, one in here for id_ in one.ids],
    )
    terms = _terms(connection, Counter(term for _, one in here for term in one.terms))
    postings = sorted((terms[term], index) for index, one in here for term in one.terms)
    _many(connection, "INSERT INTO postings VALUES (?, ?)", postings)


def _terms(connection: Connection, counts: Counter[Term]) -> dict[Term, int]:
    """Their numbers, with these counts added."""
    numbers = {}
    for (field, value), count in counts.items():
        numbers[field, value] = connection.exec_driver_sql(
            "INSERT INTO terms (field, value, entries) VALUES (?, ?, ?)"
            " ON CONFLICT (field, value) DO UPDATE SET entries = entries + excluded.entries RETURNING term",
            (field, value, count),
        ).scalar_one()
    return numbers


def _many(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, list(rows))


def _milliseconds(time: str) -> int:
    return int(time_value(time).timestamp() * 1000)


# --- asking -------------------------------------------------------------------------------------------------------------


def _ends(connection: Connection, since: str, until: str) -> tuple[int, int]:
    query = Query(frozenset(), frozenset(), since, until)
    source, rest, values = _source(query, [])
    low, high = _span(connection, query)
    where = " AND ".join([f"d.idx >= {low:d} AND d.idx < {high:d}", *rest])
    statement = f"SELECT min(d.idx) AS first, max(d.idx) AS last FROM {source} WHERE {where}"  # noqa: S608 - numbers and our own words
    row = connection.exec_driver_sql(statement, tuple(values)).one()
    return (0, 0) if row.first is None else (row.first, row.last + 1)


def _find(connection: Connection, query: Query, before: int, most: int) -> Iterator[int]:
    """By the rarest of what is asked, each of its entries held against the rest."""
    terms = [_term(connection, term) for term in query.terms]
    if any(term is None for term in terms):
        return
    rarest = sorted((one for one in terms if one is not None), key=lambda term: term[1])
    source, rest, values = _source(query, [number for number, _ in rarest])
    low, high = _span(connection, query)
    bounds = f"d.idx >= {low:d} AND d.idx < {min(high, before):d}"
    where = " AND ".join([bounds, *rest])
    statement = f"SELECT d.idx FROM {source} WHERE {where} ORDER BY d.idx DESC LIMIT {most:d}"  # noqa: S608 - numbers and our own words
    yield from connection.exec_driver_sql(statement, tuple(values)).scalars()


def _term(connection: Connection, term: Term) -> tuple[int, int] | None:
    """Its number, and how many entries have it."""
    row = connection.exec_driver_sql(
        "SELECT term, entries FROM terms WHERE field = ? AND value = ?", term
    ).one_or_none()
    return None if row is None else (row.term, row.entries)


def _source(query: Query, terms: Sequence[int]) -> tuple[str, list[str], list[object]]:
    """The table to walk through (as d), the conditions on each of its rows, and their values."""
    ids: list[object] = [UUID(id_).bytes for id_ in sorted(query.ids)]
    conditions, values = list[str](), list[object]()
    if ids:
        source, left = "ids d", list(terms)
        conditions.append("d.id = ?")
    elif terms:
        source, left = "postings d", list(terms[1:])
        conditions.append(f"d.term = {terms[0]:d}")
    else:
        source, left = "entries d", []
    conditions += ["EXISTS (SELECT 1 FROM ids i WHERE i.id = ? AND i.idx = d.idx)" for _ in ids[1:]]
    values += ids
    posting = "EXISTS (SELECT 1 FROM postings p WHERE p.term = ? AND p.idx = d.idx)"
    conditions += [posting for _ in left]
    values += left
    for bound, sign in ((query.since, ">="), (query.until, "<")):
        if bound:
            conditions.append(f"(SELECT e.at FROM entries e WHERE e.idx = d.idx) {sign} ?")  # noqa: S608 - our own words
            values.append(_milliseconds(bound))
    return source, conditions, values


def _span(connection: Connection, query: Query) -> tuple[int, int]:
    """Indexes outside of which no time is within the bounds. Times nearly ascend, and nothing promises that they do."""
    since = _milliseconds(query.since) if query.since else None
    until = _milliseconds(query.until) if query.until else None
    row = connection.exec_driver_sql(
        "SELECT min(block) AS low, max(block) AS high FROM blocks"
        " WHERE (?1 IS NULL OR latest >= ?1) AND (?2 IS NULL OR earliest < ?2)",
        (since, until),
    ).one()
    return (0, 0) if row.low is None else (row.low * BLOCK, (row.high + 1) * BLOCK)
