"""A database of a PostgreSQL server as a durable store: one writer at a time, and no foreign exception leaves this file.

COMMIT returns after the write-ahead log is synced: fsync, full_page_writes and synchronous_commit are looked at before a
connection is used. Every wait is bounded, on the server's side and on ours, for a server that is paused bounds nothing.
Errors are told apart by SQLSTATE (postgresql.org/docs/15/errcodes-appendix.html); messages are dropped, they quote values.

BUG: fsync and full_page_writes may be switched off in a running server; that is noticed when the next connection is made.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper
from sqlalchemy import Connection, Engine, Integer, LargeBinary, RootTransaction, Table, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from hub.codes import jnl
from hub.errors import HubError, IntegrityError, Misconfigured, Unavailable

CONNECTIONS = 8  # of one process: one writes, the others read
OLDEST = 150000  # server_version_num

# The lock that a writer holds until the very end of its transaction, also when its process is long dead: what is not
# decided yet (a COMMIT on its way while the connection broke) cannot hide behind it.
_TURN = "SELECT pg_advisory_xact_lock(7723235911)"

# Read from a connection before it is used; `remote_apply` waits for standbys as well.
_SOUND = {
    "server_encoding": ("UTF8",),
    "client_encoding": ("UTF8",),
    "standard_conforming_strings": ("on",),
}
_DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
}

# A connection that broke or came not about has no SQLSTATE: libpq tells one of answers alone, so what a server says to a
# stranger (no such database, a wrong password, too many connections) is all one to us. These pass by themselves or by an
# operator's hand; what is in none of the lists, and is no broken constraint, is damage: fail closed.
_LOCKED = frozenset({"40001", "40P01", "55P03", "55006"})
_TRANSIENT_CLASSES = frozenset({"08", "53"})  # connection; disk, memory, connections
_TRANSIENT = frozenset(
    {
        "25006",  # the server only reads: a standby, or set so
        "25P03",  # idle in a transaction for too long
        "42501",  # a privilege was taken away
        "57014",  # statement_timeout
        "57P01",  # shutting down
        "57P02",  # another session crashed
        "57P03",  # starting up
        "57P05",  # idle for too long
        "58030",  # I/O error
    }
)
_CONSTRAINT_CLASS = "23"

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Tls:
    """How the server is known (its CA and its name), and by which certificate it knows us, if by one."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """Where a database lies and as whom it is opened; a `host` that begins with `/` is a Unix socket's directory.

    `passwords` is a file in libpq's form (host:port:database:user:password); without one no password is sent.
    """

    host: str
    port: int
    database: str
    user: str
    tls: Tls | None = None
    passwords: Path | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The longest waits, in seconds: for a connection, for another's lock, for one statement, for any answer at all."""

    connect: int = 5
    lock: int = 5
    statement: int = 30
    answer: int = 40
    idle: int = 600  # a view that nobody reads from keeps dead rows in everybody's way


NORMAL = Bounds()
LONG = Bounds(statement=3600, answer=3700)  # for one command that a person waits for: an upgrade, a move


class PostgresDatabase:
    """An open database. Threads may share it; writers take turns, also those of other processes."""

    def __init__(self, server: Server, place: str, bounds: Bounds = NORMAL, *, read_only: bool = False) -> None:
        self._place = place
        self._writer = threading.Lock()
        self._read_only = read_only
        self._engine = _engine(server, place, bounds, read_only=read_only)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises `Unavailable` or `IntegrityError`."""
        with self._translated(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def settled(self) -> Iterator[Connection]:
        """As `reading`, after the end of every writer's transaction that was under way, whoever began it."""
        if not self._read_only:
            with self._translated(), self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(_TURN)
        with self.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is durable when the block has ended, or an error says otherwise.

        An error before COMMIT leaves nothing. An error at COMMIT raises `Unavailable` with code IN_DOUBT; every
        connection is then dropped, and `settled` tells what became of it.
        """
        with self._writer, self._translated(), self._engine.connect() as connection:
            transaction = connection.begin()
            try:
                connection.exec_driver_sql(_TURN)
                yield connection
                _require_whole(connection, self._place)
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

    def shed(self, connection: Connection) -> None:
        """There is nothing to be forgotten here: pages are the server's."""

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _commit(self, transaction: RootTransaction) -> None:
        """COMMIT itself, apart so that a test can let it fail before or after."""
        transaction.commit()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout, psycopg.Error) as error:
            raise self._translate(error) from error

    def _translate(self, error: Exception) -> HubError:
        state = _state(error)
        if state in _LOCKED:
            return Unavailable(jnl.LOCKED, place=self._place)
        if state is None and isinstance(_origin(error), psycopg.OperationalError):
            return Unavailable(jnl.NO_CONNECTION, place=self._place)
        if isinstance(error, PoolTimeout) or _passes(state):
            return Unavailable(jnl.UNAVAILABLE, place=self._place, reason=_reason(error))
        if state is not None and state[:2] == _CONSTRAINT_CLASS:
            return IntegrityError(jnl.CONFLICT, place=self._place)
        return IntegrityError(jnl.DAMAGED, place=self._place, reason=_reason(error))


def copy_rows(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Adds many rows of a table, in the order of its columns, the way that is quickest (COPY); part of the transaction."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise ValueError("no connection of this kind")  # a fault of the programmer, found by the first test
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    words = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table.name), names)
    with driver.cursor() as cursor, cursor.copy(words) as copy:
        copy.set_types([_type_name(column.type) for column in table.columns])
        for row in rows:
            copy.write_row(row)


def _type_name(kind: object) -> str:
    return "int8" if isinstance(kind, Integer) else "bytea" if isinstance(kind, LargeBinary) else "text"


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """Waits for no answer longer than `patience`: libpq itself would wait for a paused server for ever."""

    patience = float(NORMAL.answer)

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        until = monotonic() + self.patience
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if monotonic() >= until:
                self.close()  # an answer may come yet, to a question that nobody remembers
            raise


def _engine(server: Server, place: str, bounds: Bounds, *, read_only: bool) -> Engine:
    address = make_conninfo("", **_parameters(server, bounds, read_only=read_only))

    def connect() -> psycopg.Connection[tuple[Any, ...]]:
        connection = _Connection.connect(address, autocommit=True)
        connection.patience = float(bounds.answer)
        # One width of number, so that a statement is prepared once and not once for each size of its values.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        try:
            _require_fit(connection, place, read_only=read_only)
        except BaseException:
            connection.close()
            raise
        connection.autocommit = False
        return connection

    engine = create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=bounds.lock,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
        use_native_hstore=False,
    )
    event.listen(engine, "checkin", _forget_read_only)
    return engine


def _forget_read_only(connection: psycopg.Connection[tuple[Any, ...]] | None, _: object) -> None:
    """SQLAlchemy leaves "read and write" behind a reader, which would overrule a server that is set to read only."""
    if connection is not None and not connection.closed:
        connection.read_only = None


def _parameters(server: Server, bounds: Bounds, *, read_only: bool) -> dict[str, str | int]:
    """What libpq is told. All that its environment variables could say otherwise stands here."""
    settings = {
        "statement_timeout": bounds.statement * 1000,
        "lock_timeout": bounds.lock * 1000,
        "idle_in_transaction_session_timeout": bounds.idle * 1000,
        "client_min_messages": "error",
        "jit": "off",
        "default_transaction_read_only": "on" if read_only else "off",
    }
    return {
        "host": server.host,
        "port": server.port,
        "dbname": server.database,
        "user": server.user,
        "password": "",
        "passfile": str(server.passwords)
        if server.passwords
        else "/dev/null/none",  # else libpq looks into the user's own
        "application_name": "juki-hub",
        "client_encoding": "UTF8",
        "connect_timeout": bounds.connect,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "gssencmode": "disable",
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": bounds.connect * 4000,
        **_tls(server),
    }


def _tls(server: Server) -> dict[str, str]:
    if server.tls is None:
        return {"sslmode": "disable"}
    own = {"sslcert": server.tls.certificate, "sslkey": server.tls.key}
    return {
        "sslmode": "verify-full",
        "sslrootcert": str(server.tls.ca),
        "ssl_min_protocol_version": "TLSv1.3",
        **{name: str(file) for name, file in own.items() if file is not None},
    }


def _require_fit(connection: psycopg.Connection[tuple[Any, ...]], place: str, *, read_only: bool) -> None:
    """Raises `Misconfigured` for a server that could not keep what it says; whoever only reads need not ask."""
    version = connection.info.server_version
    if version < OLDEST:
        raise Misconfigured(jnl.SERVER_UNFIT, place=place, setting="server_version_num", found=version, wanted=OLDEST)
    wanted = _SOUND if read_only else {**_SOUND, **_DURABLE}
    query = "SELECT " + ", ".join(f"current_setting('{name}')" for name in wanted)
    found = connection.execute(query.encode()).fetchone() or ()
    for (name, allowed), value in zip(wanted.items(), found, strict=True):
        if value not in allowed:
            said = str(value)[:20]
            raise Misconfigured(jnl.SERVER_UNFIT, place=place, setting=name, found=said, wanted=" / ".join(allowed))
    if not read_only:  # as found, and whatever the server's configuration is changed to while the connection lives
        connection.execute("SELECT set_config('synchronous_commit', current_setting('synchronous_commit'), false)")


def _require_whole(connection: Connection, place: str) -> None:
    """COMMIT after an error that somebody caught would be a silent rollback."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection) or driver.info.transaction_status is not TransactionStatus.INTRANS:
        raise IntegrityError(jnl.DAMAGED, place=place, reason="InFailedSqlTransaction")


def _origin(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _state(error: Exception) -> str | None:
    state = getattr(_origin(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def _passes(state: str | None) -> bool:
    return state is not None and (state in _TRANSIENT or state[:2] in _TRANSIENT_CLASSES)


def _reason(error: Exception) -> str:
    """The SQLSTATE with its name, never the message: that could quote a value."""
    state = _state(error)
    name = type(_origin(error)).__name__
    return name if state is None else f"{state} {name}"
