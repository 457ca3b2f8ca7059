"""The log of a journal for those who only verify it: no key store, no lock, nothing written; public keys are enough.

The schema's revision is not asked for: what is read here is what docs/spec/exchange-log.md promises of every revision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from hub.edges.database import Store
from hub.edges.journal import backlog, reading
from hub.edges.journal.opening import FILE, PLACE, Place, revision_of
from hub.edges.postgres import PostgresDatabase, Server
from hub.edges.sqlite import open_unwritten
from hub.ports import Backlog, Head


class JournalReader:
    """An open journal that cannot be written. Threads may share it."""

    def __init__(self, database: Store) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file, or the connections."""
        self._database.close()

    def head(self) -> Head:
        """The durable end of the log as stored: nothing of it is believed yet."""
        with self.snapshot() as log:
            return log.head()

    def nodes(self, nodes: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
        """Subtree hashes (level, index) in the order asked. Raises `IntegrityError` when one is missing."""
        with self._database.reading() as connection:
            return reading.nodes(connection, nodes)

    @contextmanager
    def snapshot(self) -> Iterator[reading.Snapshot]:
        """The whole log as of now."""
        with self._database.reading() as connection:
            yield reading.Snapshot(connection)

    def keys(self) -> tuple[frozenset[int], int]:
        """The ids of the keys of all records that are here, and the largest that was ever used."""
        with self._database.reading() as connection:
            return frozenset(reading.all_keys(connection)), reading.key_mark(connection)

    def held_keys(self) -> frozenset[int]:
        """The ids of the keys of deliveries on legal hold."""
        with self._database.reading() as connection:
            return frozenset(reading.held_keys(connection))

    def revision(self) -> str:
        """The revision of its schema, which may be another than this program's."""
        with self._database.reading() as connection:
            return revision_of(connection)

    def tally(self) -> dict[str, dict[str, int]]:
        """Counts of deliveries by recipient and state."""
        with self._database.reading() as connection:
            return reading.tally(connection)

    def backlogs(self) -> tuple[Backlog, ...]:
        """What waits for each recipient."""
        with self._database.reading() as connection:
            return backlog.backlogs(connection)

    def carriages(self, indexes: Sequence[int]) -> tuple[reading.Carriage, ...]:
        """How the deliveries among these entries stand."""
        with self._database.reading() as connection:
            return reading.carriages(connection, indexes)

    def covering(self, indexes: Sequence[int]) -> dict[int, int]:
        """The size of the first checkpoint that covers each of these entries; without those that none covers."""
        with self._database.reading() as connection:
            return reading.covering(connection, indexes)

    def bodies(self, indexes: Sequence[int]) -> frozenset[int]:
        """Those of these entries whose body has not been erased."""
        with self._database.reading() as connection:
            return reading.bodies(connection, indexes)

    def persons(self, indexes: Sequence[int]) -> tuple[int, int]:
        """How many pseudonyms these entries have, one person another in every bucket; and how many entries have none (any more)."""
        with self._database.reading() as connection:
            return reading.persons(connection, indexes)

    def size_on_server(self) -> int:
        """The bytes that tables and indexes take on a server; 0 for a file, which can be looked at itself."""
        with self._database.reading() as connection:
            return reading.size_on_server(connection)


def open_reader(place: Place) -> JournalReader:
    """An existing journal, also one that a process owns or that is a copy nobody may write.

    Raises `Misconfigured` when there is none, `IntegrityError` when it is no journal, `Unavailable`.
    """
    if not isinstance(place, Server):
        return JournalReader(open_unwritten(place / FILE, PLACE))
    reader = JournalReader(PostgresDatabase(place, PLACE, read_only=True))
    try:
        reader.revision()  # a file shows at once that there is none
    except BaseException:
        reader.close()
        raise
    return reader
