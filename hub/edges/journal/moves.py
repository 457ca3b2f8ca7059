"""What a journal says of the move that is filling it: one row, in a table that only such a journal has."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from hub.codes import jnl
from hub.edges.journal.rows import damaged
from hub.errors import Misconfigured

_COPYING, _COMPLETE = "copying", "complete"

_MOVED = Table(
    "moved",
    MetaData(),
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),
)


def begin(connection: Connection, origin: str, fingerprint: str) -> None:
    """This journal is to be what the fingerprint says, and is not yet."""
    _MOVED.create(connection)
    connection.execute(insert(_MOVED).values(id=1, origin=origin, fingerprint=fingerprint, state=_COPYING))


def begun(connection: Connection) -> bool:
    """A move goes or went into this database."""
    return inspect(connection).has_table(_MOVED.name)


def is_complete(connection: Connection, origin: str, fingerprint: str) -> bool:
    """Whether all is here. Raises `Misconfigured` when it is the move of another log, or the source changed meanwhile."""
    row = connection.execute(select(_MOVED)).one_or_none()
    if row is None:
        raise damaged(_MOVED.name)
    if row.origin != origin or row.fingerprint != fingerprint:
        raise Misconfigured(jnl.MOVE_OF_OTHER)
    return bool(row.state == _COMPLETE)


def complete(connection: Connection) -> None:
    """Everything is here, and was compared."""
    connection.execute(update(_MOVED).values(state=_COMPLETE))


def require_whole(connection: Connection) -> None:
    """Raises `Misconfigured` for a journal that a move has not finished; that of a file never was the target of one."""
    if connection.dialect.name != "postgresql" or not begun(connection):
        return
    if connection.scalars(select(_MOVED.c.state)).one_or_none() != _COMPLETE:
        raise Misconfigured(jnl.MOVE_UNFINISHED)
