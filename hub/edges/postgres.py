"""A PostgreSQL database as a durable store (the home of psycopg): no foreign exception leaves this file.

Writes are READ COMMITTED and take turns; a view is REPEATABLE READ. COMMIT returns after the write-ahead log is on disk
(`synchronous_commit`), which is asked for at the opening, together with what else durability rests on. Every wait is bounded.
An error quotes SQLSTATE alone: the server's own text could quote a value (postgresql.org, appendix A).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import URL, Connection, Engine, RootTransaction, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from hub.codes import jnl
from hub.errors import HubError, IntegrityError, Misconfigured, Unavailable

READERS: Final = 8
OLDEST: Final = 150000  # server_version_num
_CONNECT_SECONDS: Final = 5
_POOL_SECONDS: Final = 10

# Every wait ends: of a statement, for a lock, of a session whose client fell silent, and of a line that was cut.
_OPTIONS: Final = "-c statement_timeout=60s -c lock_timeout=15s -c idle_in_transaction_session_timeout=120s"
_LINE: Final = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 15000}

# What durability rests on, and the values that keep it.
_PROMISES: Final = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "remote_write", "remote_apply"}),
    "server_encoding": frozenset({"UTF8"}),
}

# Classes and codes of SQLSTATE that pass by themselves: connection, resources, operator, system, lock, rollback.
_TRANSIENT: Final = ("08", "53", "57", "58", "55P03", "40", "25006", "28", "3D000")
_CONSTRAINT: Final = "23"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is. `host` is a name, an address, or the directory of a Unix socket; `passfile` as libpq has it.

    `authority` pins the CA of the server's certificate: then nothing goes over an unproven line.
    """

    host: str
    port: int
    database: str
    user: str
    passfile: Path | None = None
    authority: Path | None = None

    def url(self) -> URL:
        """For SQLAlchemy; no password stands in it."""
        query = {"options": _OPTIONS, "connect_timeout": str(_CONNECT_SECONDS), "application_name": "juki-hub"}
        query |= {name: str(value) for name, value in _LINE.items()}
        if self.passfile is not None:
            query["passfile"] = str(self.passfile)
        if self.authority is not None:
            query |= {"sslmode": "verify-full", "sslrootcert": str(self.authority)}
        names = {"host": self.host, "port": self.port, "database": self.database, "username": self.user}
        return URL.create("postgresql+psycopg", query=query, **names)  # type: ignore[arg-type]  # as the names say


class Server:
    """An open database. Threads may share it; writers of this process take turns, and processes by `hub.edges.turn`."""

    def __init__(self, address: Address, place: str) -> None:
        self._place = place
        self._writer = threading.Lock()
        self._engine = _engine(address)
        self._views = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises `Unavailable` or `IntegrityError`."""
        with self._translated(), self._views.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is durable when the block has ended, or an error says otherwise.

        An error before COMMIT leaves nothing. One at COMMIT raises `Unavailable` with code IN_DOUBT, and every
        connection is dropped, so that the next reader asks the server that there is then.
        """
        with self._writer, self._translated(), self._engine.connect() as connection:
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
                raise Unavailable(jnl.IN_DOUBT, place=self._place, reason=_reason(error)) from error

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _commit(self, transaction: RootTransaction) -> None:
        """COMMIT itself, apart so that a test can let it fail before or after."""
        transaction.commit()

    def require_promises(self) -> None:
        """What durability rests on. Raises `Misconfigured` HUB-JNL-018 for a server that is too old or set otherwise."""
        with self.reading() as connection:
            version = int(str(connection.exec_driver_sql("SHOW server_version_num").scalar_one()))
            if version < OLDEST:
                raise Misconfigured(jnl.SERVER_SETTING, setting="server_version_num", found=str(version))
            for setting, allowed in _PROMISES.items():
                found = str(connection.exec_driver_sql(f"SHOW {setting}").scalar_one())
                if found not in allowed:
                    raise Misconfigured(jnl.SERVER_SETTING, setting=setting, found=found)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout, psycopg.Error) as error:
            raise self._translate(error) from error

    def _translate(self, error: Exception) -> HubError:
        state = _sqlstate(error)
        if isinstance(error, PoolTimeout) or state is None or state.startswith(_TRANSIENT):
            return Unavailable(jnl.UNAVAILABLE, place=self._place, reason=_reason(error))
        if state.startswith(_CONSTRAINT):
            return IntegrityError(jnl.CONFLICT, place=self._place)
        return IntegrityError(jnl.DAMAGED, place=self._place, reason=_reason(error))


def _engine(address: Address) -> Engine:
    return create_engine(
        address.url(),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        hide_parameters=True,  # a traceback may be printed where it should not
    )


def _origin(error: Exception) -> Any:
    return error.orig if isinstance(error, DBAPIError) else error


def _sqlstate(error: Exception) -> str | None:
    """None where the server said nothing: it is not there, or the line was cut."""
    state = getattr(_origin(error), "sqlstate", None)
    if state is None and isinstance(_origin(error), psycopg.ProgrammingError | psycopg.DataError):
        return "XX000"  # said by psycopg itself of what we gave it: no outage
    return state


def _reason(error: Exception) -> str:
    return _sqlstate(error) or type(_origin(error)).__name__
