"""A SQLite file as a durable store: one writer at a time, and no foreign exception leaves this file.

WAL with `synchronous=FULL`: COMMIT returns after the write-ahead file is synced (sqlite.org/wal.html, pragma.html).
`secure_delete` overwrites what is deleted; what the write-ahead file still holds goes with `empty_wal`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from hub.codes import jnl
from hub.edges.tidying import Tidier
from hub.errors import HubError, IntegrityError, Misconfigured, Unavailable

LOCK_WAIT = 2.0  # seconds a statement waits for another process before it gives up
READERS = 8  # connections that may read while one writes
_WRITES = "hub_writes"

_SETTINGS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cell_size_check=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cache_size=-65536",  # KiB
    "PRAGMA wal_autocheckpoint=25000",  # pages, 100 MB: only if the thread of hub.edges.tidying cannot keep up
)

# Of a file that is only read, and may come from anywhere: also a copy in another journal mode than ours.
_READING = (
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cell_size_check=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cache_size=-65536",
)

# Primary result codes (sqlite.org/rescode.html). What is in none of these lists is damage: fail closed.
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_PROTOCOL,
    }
)


class Database:
    """An open file. Threads may share it; writers take turns, readers see the last commit."""

    def __init__(self, path: Path, place: str, engine: Engine | None = None) -> None:
        self._place = place
        self._writer = threading.Lock()
        self._engine = engine or _engine(path)
        self._checkpointing = threading.Lock()  # two at once: the second is refused, not made to wait
        self._tidier = Tidier(self._checkpoint)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises `Unavailable` or `IntegrityError`."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    def settled(self) -> AbstractContextManager[Connection]:
        """As `reading`: a writer that is gone left its transaction to the file, which has decided it by the next look."""
        return self.reading()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is durable when the block has ended, or an error says otherwise.

        An error before COMMIT leaves nothing. An error at COMMIT raises `Unavailable` with code IN_DOUBT; every
        connection is then dropped, so that the next reader sees what the file holds.
        """
        with self._writer, self._translated(), self._engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            transaction = connection.begin()
            try:
                yield connection
            except BaseException:
                with suppress(
                    SQLAlchemyError
                ):  # the first error tells why; a rollback that fails leaves nothing either
                    transaction.rollback()
                raise
            try:
                self._commit(transaction)
            except DBAPIError as error:
                connection.invalidate(error)
                self._engine.dispose()
                raise Unavailable(jnl.IN_DOUBT, place=self._place, reason=_reason(error)) from error
        self._tidier.count()

    def shed(self, connection: Connection) -> None:
        """Gives its page cache back (sqlite.org/pragma.html#pragma_shrink_memory): the next reader asks the system's."""
        connection.exec_driver_sql("PRAGMA shrink_memory")

    def empty_wal(self) -> bool:
        """Moves the write-ahead file into the database and truncates it; False when a reader was in the way."""
        with self._writer:
            busy, _, _ = self._run_checkpoint("TRUNCATE")
            return busy == 0

    def close(self) -> None:
        """Closes every connection; the last one empties the write-ahead file."""
        self._tidier.stop()
        self._engine.dispose()

    def _checkpoint(self) -> None:
        """Moves the bulk of the write-ahead file while others write, and the rest while nobody does.

        Then the file starts again from its beginning, unless a reader still looks at an older state.
        """
        with suppress(
            HubError
        ):  # what is not moved stays where it is safe; whoever reads or writes next meets the fault
            self._run_checkpoint("PASSIVE")
            with self._writer:
                self._run_checkpoint("PASSIVE")

    def _run_checkpoint(self, mode: str) -> tuple[int, int, int]:
        with self._checkpointing, self._translated(), self._engine.connect() as connection:
            with closing(connection.connection.cursor()) as raw:
                busy, pages, moved = raw.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            return int(busy), int(pages), int(moved)

    def _commit(self, transaction: RootTransaction) -> None:
        """COMMIT itself, apart so that a test can let it fail before or after."""
        transaction.commit()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
            raise self._translate(error) from error

    def _translate(self, error: Exception) -> HubError:
        code = _result_code(error)
        if code in _LOCKED:
            return Unavailable(jnl.LOCKED, place=self._place)
        if isinstance(error, PoolTimeout) or (code in _TRANSIENT and not _short_read(error)):
            return Unavailable(jnl.UNAVAILABLE, place=self._place, reason=_reason(error))
        if code == sqlite3.SQLITE_CONSTRAINT:
            return IntegrityError(jnl.CONFLICT, place=self._place)
        return IntegrityError(jnl.DAMAGED, place=self._place, reason=_reason(error))


class _Still(Database):
    """A copy that lies where nothing can be written and that nobody has open: read without locks."""

    def __init__(self, path: Path, place: str, engine: Engine) -> None:
        super().__init__(path, place, engine)
        self._path = path
        self._beside = _beside(path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """As `Database.reading`. Raises `Unavailable` when somebody opened the file meanwhile: that was no consistent view."""
        with super().reading() as connection:
            yield connection
        if _beside(self._path) != self._beside:
            raise Unavailable(jnl.LOCKED, place=self._place)


def open_database(path: Path, place: str) -> Database:
    """An existing file. Raises `Misconfigured` (MISSING), `IntegrityError` when it is no such file, `Unavailable`."""
    return Database(_existing(path, place), place)


def open_unwritten(path: Path, place: str) -> Database:
    """An existing file, never written: beside its owner, as a copy, or where nothing can be written. Raises as above."""
    path = _existing(path, place)
    wal, shm = _beside(path)
    if os.access(path.parent, os.W_OK) or (wal is not None and shm is not None):
        return Database(path, place, _engine(path, "mode=ro", _READING))
    # SQLite reads a file in WAL mode by an index beside it (-shm), which here it can neither find nor make. Whoever has
    # such a file open keeps one there; so nobody has, and only therefore it is safe to take no locks. `immutable=1` passes
    # over a write-ahead file (sqlite.org/uri.html): where one was copied along, it is read with an index in memory, as
    # exclusive locking does (sqlite.org/wal.html section 8), through the VFS that needs no lock on the file for that.
    if wal:
        engine = _engine(path, "mode=ro&vfs=unix-none", ("PRAGMA locking_mode=EXCLUSIVE", *_READING))
    else:
        engine = _engine(path, "mode=ro&immutable=1", _READING)
    return _Still(path, place, engine)


def create_database(path: Path, place: str) -> Database:
    """A new, empty file with mode 0600. Raises `Misconfigured` (EXISTS) rather than touch an existing one."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    except FileExistsError as error:
        raise Misconfigured(jnl.EXISTS, place=place) from error
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(jnl.UNAVAILABLE, place=place, reason=_reason(error)) from error
    return Database(path, place)


def _existing(path: Path, place: str) -> Path:
    if not path.is_file():
        raise Misconfigured(jnl.MISSING, place=place)
    return path.resolve()


def _beside(path: Path) -> tuple[int | None, int | None]:
    """The sizes of the write-ahead file and of its index; None where there is none."""
    files = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    wal, shm = (file.stat().st_size if file.exists() else None for file in files)
    return wal, shm


def _engine(path: Path, how: str = "mode=rw", settings: Sequence[str] = ()) -> Engine:
    # mode=rw: a file that vanished is an error, never an empty database in its place.
    address = f"file:{quote(str(path.resolve()))}?{how}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=LOCK_WAIT
        )
        for setting in settings or _SETTINGS:
            connection.execute(setting)
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal" and not settings:
            raise sqlite3.DatabaseError("journal_mode")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=READERS, max_overflow=0)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # BEGIN IMMEDIATE: a writer waits at the door, not half-way through (sqlite.org/lang_transaction.html).
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _origin(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _result_code(error: Exception) -> int | None:
    extended = getattr(_origin(error), "sqlite_errorcode", None)
    return extended & 0xFF if isinstance(extended, int) else None


def _short_read(error: Exception) -> bool:
    return getattr(_origin(error), "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHORT_READ


def _reason(error: Exception) -> str:
    """The result code's name, never the message: that could quote a value."""
    origin = _origin(error)
    name = getattr(origin, "sqlite_errorname", None)
    return name if isinstance(name, str) else type(origin).__name__
