"""A partner's database: transactions, and what its errors mean. SQLAlchemy's exceptions stop here.

A connection that cannot be had, a lock, a full disk and a lost race are `Unavailable`: ask again. Everything else, from a
missing table to a damaged file, is `IntegrityError`: fail closed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, MetaData, RootTransaction, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from connectors.kit.languages import folders
from hub.codes import kit
from hub.errors import HubError, IntegrityError, Unavailable

LOCK_WAIT: Final = 5.0
_WRITES: Final = "hub_writes"
_SETTINGS: Final = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cell_size_check=ON",
    "PRAGMA trusted_schema=OFF",
)
# Primary result codes (sqlite.org/rescode.html); CONSTRAINT: somebody else wrote the same row first.
_SQLITE_LATER: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_CONSTRAINT,
    }
)
# Classes of SQLSTATE (PostgreSQL appendix A): connection, constraint, rollback, resources, locks, operator.
_SQLSTATE_LATER: Final = frozenset({"08", "23", "40", "53", "55", "57"})


class InDoubt(Unavailable):
    """COMMIT was sent and its end is not known."""


class Database:
    """A partner's database as one endpoint sees it."""

    def __init__(self, engine: Engine, endpoint: str, schema: str | None = None) -> None:
        """`schema`: where the partner keeps its tables; None for the one that the connection begins in."""
        self._engine = engine.execution_options(schema_translate_map={None: schema}) if schema else engine
        self._endpoint = endpoint

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction. Raises `Unavailable` or `IntegrityError`."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it lasts when the block has ended. Raises as `reading`, and `InDoubt`."""
        with self._translated(), self._engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            transaction = connection.begin()
            try:
                yield connection
            except BaseException:
                with suppress(SQLAlchemyError):  # the first error tells why
                    transaction.rollback()
                raise
            try:
                self._commit(transaction)
            except DBAPIError as error:
                connection.invalidate(error)
                self._engine.dispose()
                raise InDoubt(kit.PARTNER_DOWN, endpoint=self._endpoint, kind=_kind(error)) from None

    def close(self) -> None:
        """Drops every connection; the next use makes new ones, to whatever is there then."""
        self._engine.dispose()

    def _commit(self, transaction: RootTransaction) -> None:
        """COMMIT itself, apart so that a test can let it fail before or after."""
        transaction.commit()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout:
            raise Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind="pool") from None
        except (DBAPIError, sqlite3.Error) as error:
            # Without its cause: what a database says about a row quotes the row.
            raise self._translate(error) from None

    def _translate(self, error: DBAPIError | sqlite3.Error) -> HubError:
        if _passes(error):
            return Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind=_kind(error))
        return IntegrityError(kit.DATABASE_BROKEN, endpoint=self._endpoint, kind=_kind(error))


def sqlite(path: Path) -> Engine:
    """An engine for an existing SQLite file, opened when it is needed; a missing file is an error then, never a new one."""
    address = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=LOCK_WAIT
        )
        for setting in _SETTINGS:
            connection.execute(setting)
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=2, max_overflow=0, hide_parameters=True
    )
    event.listen(engine, "begin", _begin)
    return engine


def found_sqlite(path: Path, tables: MetaData, also: Callable[[Connection], object]) -> None:
    """A new SQLite file of mode 0600 with these tables and what `also` makes; nobody sees it before it is whole."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(draft, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    engine = sqlite(draft)
    with engine.begin() as made:
        tables.create_all(made)
        also(made)
    engine.dispose()  # the last connection moves the write-ahead file into the database
    folders.publish(draft, path)


def _begin(connection: Connection) -> None:
    # BEGIN IMMEDIATE: a writer waits at the door, not half-way through (sqlite.org/lang_transaction.html).
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _passes(error: DBAPIError | sqlite3.Error) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    origin = _origin(error)
    code = getattr(origin, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF in _SQLITE_LATER and code != sqlite3.SQLITE_IOERR_SHORT_READ
    if isinstance(origin, sqlite3.Error):
        return False
    state = getattr(origin, "sqlstate", None)
    # A driver that never reached its server has no SQLSTATE to tell.
    return state[:2] in _SQLSTATE_LATER if isinstance(state, str) else True


def _origin(error: DBAPIError | sqlite3.Error) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _kind(error: DBAPIError | sqlite3.Error) -> str:
    """The code's name, never the message: that could quote a value."""
    origin = _origin(error)
    for name in ("sqlite_errorname", "sqlstate"):
        told = getattr(origin, name, None)
        if isinstance(told, str):
            return told
    return type(origin).__name__
