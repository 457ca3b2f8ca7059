"""A journal out of its file into a database of a server: every row as it is, so origin, dedup, holds and keys stay valid.

begin      tables, and the row of `moved` that names what is being moved                        one transaction
copy       each table in the order of its primary key, so the last key that is there says where to go on      many
compare    every table as a digest over its rows; the root anew from the leaves that arrived               reads only
complete   the last two rows (head and key mark), and `moved` says so                                  one transaction

Whoever is killed at any point begins again and does what is missing. Until the last step no hub opens the copy, and the
journal in its file is only read. The caller owns the home, so nothing writes to it meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, func, insert, select, tuple_

from hub.codes import jnl
from hub.edges.database import Store
from hub.edges.journal import moves, reading
from hub.edges.journal.opening import FILE, PLACE, REVISION, make_tables, open_store, revision_of, wrong_revision
from hub.edges.journal.tables import (
    KEYS_USED,
    KNOWN,
    LOG_CHECKPOINTS,
    LOG_ENTRIES,
    LOG_HEAD,
    LOG_NODES,
    OUTGOING,
    PART_CONTENTS,
    PARTS,
    PSEUDONYMS,
    SECRETS,
    STAMPS,
    TALLY,
)
from hub.edges.postgres import LONG, PostgresDatabase, Server, copy_rows
from hub.edges.sqlite import Database, open_database
from hub.errors import IntegrityError
from hub.exchangelog.tree import Frontier, leaf_hash

Told = Callable[[int, int], None]  # rows done, of how many
Row = Sequence[Any]

BULK = (
    LOG_ENTRIES,
    LOG_NODES,
    LOG_CHECKPOINTS,
    KNOWN,
    SECRETS,
    PSEUDONYMS,
    PARTS,
    PART_CONTENTS,
    OUTGOING,
    STAMPS,
    TALLY,
)  # referred to before referring
LAST = (KEYS_USED, LOG_HEAD)  # one row each; without them no journal opens
# What changes without a new entry (an attempt, an erasure), and what every entry changes: together, all that can change.
_CHANGING = (LOG_HEAD, KEYS_USED, TALLY, OUTGOING)

_TOLD = 1000  # rows between two words about progress
_ROWS, _BYTES = 5000, 16 << 20  # of one transaction: never much to do again, and never much in memory


@dataclass(frozen=True, slots=True)
class Moved:
    """What lies in the new place: rows by table, and the log's size and root as computed there."""

    rows: dict[str, int]
    size: int
    root: bytes


def move_journal(directory: Path, server: Server, origin: str, told: Told) -> Moved:
    """Brings the journal of `directory` into the database, or goes on with that. The file stays as it is.

    Raises `Misconfigured` when either is of another revision or the database holds anything else, `IntegrityError` when
    the copy is not the journal, `Unavailable`: then it may be repeated.
    """
    source, target = open_store(directory), PostgresDatabase(server, PLACE, LONG)
    try:
        move = _Move(source, target, told)
        if not move.begin(origin):
            move.copy()
            move.compare()
            move.complete()
        return move.result()
    finally:
        source.close()
        target.close()


def set_aside(directory: Path, name: str) -> bool:
    """Gives the file, which nobody has open, a name under which no hub opens it; False when that was done before."""
    file = directory / FILE
    if not file.is_file():
        return False
    database: Database = open_database(file, PLACE)
    with database.reading() as connection:
        revision_of(connection)
    database.close()  # the last one to close it empties the write-ahead file
    for suffix in ("-wal", "-shm", ""):
        beside = file.with_name(file.name + suffix)
        if beside.exists():
            beside.rename(file.with_name(name + suffix))
    return True


class _Move:
    def __init__(self, source: Store, target: PostgresDatabase, told: Told) -> None:
        self._source = source
        self._target = target
        self._told = told
        self._of = 0
        self._done = 0

    def begin(self, origin: str) -> bool:
        """Whether everything is there already."""
        with self._source.reading() as connection:
            found = revision_of(connection)
            if found != REVISION:
                raise wrong_revision(found)
            self._of = 3 * sum(_count(connection, table) for table in BULK)
            fingerprint = _fingerprint(connection)
        with self._target.writing() as connection:
            if moves.begun(connection):
                return moves.is_complete(connection, origin, fingerprint)
            make_tables(connection)
            moves.begin(connection, origin, fingerprint)
        return False

    def copy(self) -> None:
        """What is missing of the large tables."""
        for table in BULK:
            with self._source.reading() as source:
                with self._target.reading() as connection:
                    last = connection.execute(_last_key(table)).one_or_none()
                    self._tell(_count(connection, table))
                for batch in _batches(reading.stream(source, _after(table, last))):
                    with self._target.writing() as connection:
                        copy_rows(connection, table, batch)
                    self._tell(len(batch))

    def compare(self) -> None:
        """Raises `IntegrityError` unless every table has the same rows, and their leaves the root of the head."""
        with self._source.reading() as source, self._target.reading() as target:
            for table in BULK:
                if self._digest(source, table) != self._digest(target, table):
                    raise IntegrityError(jnl.MOVE_DIFFERS, table=table.name)
            head = reading.head(source)
            if _recomputed(target) != Frontier(head.size, head.edge):
                raise IntegrityError(jnl.MOVE_DIFFERS, table=LOG_HEAD.name)

    def complete(self) -> None:
        """The rows without which no journal opens, and the word that all is here."""
        with self._source.reading() as source, self._target.writing() as target:
            for table in LAST:
                row = source.execute(select(table)).one()
                target.execute(insert(table).values(tuple(row)))
            moves.complete(target)

    def result(self) -> Moved:
        """As the new place has it."""
        with self._target.reading() as connection:
            counts = {table.name: _count(connection, table) for table in (*BULK, *LAST)}
            head = reading.head(connection)
        return Moved(counts, head.size, Frontier(head.size, head.edge).root)

    def _digest(self, connection: Connection, table: Table) -> tuple[int, bytes]:
        """How many rows, and a digest over them."""
        digest, count = hashlib.sha256(), 0
        for count, row in enumerate(reading.stream(connection, _ordered(table)), 1):
            digest.update(_said(row))
            if count % _TOLD == 0:
                self._tell(_TOLD)
        self._tell(count % _TOLD)
        return count, digest.digest()

    def _tell(self, rows: int) -> None:
        self._done += rows
        self._told(self._done, self._of)


def _ordered(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key.columns)


def _after(table: Table, last: Row | None) -> Select[Any]:
    """The rows behind the last key that arrived."""
    return _ordered(table) if last is None else _ordered(table).where(tuple_(*table.primary_key.columns) > tuple(last))


def _last_key(table: Table) -> Select[Any]:
    keys = table.primary_key.columns
    return select(*keys).order_by(*(key.desc() for key in keys)).limit(1)


def _count(connection: Connection, table: Table) -> int:
    return connection.scalars(select(func.count()).select_from(table)).one()


def _fingerprint(connection: Connection) -> str:
    """Says that a journal is as it was when the move began."""
    digest = hashlib.sha256()
    for table in _CHANGING:
        for row in reading.stream(connection, _ordered(table)):
            digest.update(_said(row))
    for key in reading.stream(connection, select(SECRETS.c.key_id).order_by(SECRETS.c.key_id)):
        digest.update(b"%d," % key[0])
    for row in reading.stream(connection, select(PARTS.c.key_id, PARTS.c.idx).order_by(PARTS.c.key_id)):
        digest.update(_said(row))
    return digest.hexdigest()


def _said(row: Row) -> bytes:
    """The values of a row, each in its type (`repr` alone would take its time over long bytes)."""
    return repr([(value.hex(),) if isinstance(value, bytes) else value for value in row]).encode()


def _recomputed(connection: Connection) -> Frontier:
    """The tree over the leaves that are stored."""
    tree = Frontier()
    for batch in _batches(reading.stream(connection, _ordered(LOG_ENTRIES))):
        tree = tree.append([leaf_hash(leaf) for _, leaf, _ in batch]).new
    return tree


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row if isinstance(value, (bytes, str)))
        if len(batch) == _ROWS or size > _BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
