"""Statements compiled once: Core writes the SQL for whichever database, and the hot path only binds values.

SQLAlchemy's own execution costs about 80 us a statement and 3 us a row here, half of a commit; this costs a tenth.
Values must be of the driver's own types (int, str, bytes, None), as every column of our tables is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Row = Mapping[str, object]
Bound = tuple[object, ...] | Row


class Prepared:
    """A statement whose every value is a named bind parameter, a literal, or a constant of the dialect. Threads may share it."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, Callable[[Row], Bound]]] = {}

    def one(self, connection: Connection, row: Row) -> CursorResult[*tuple[Any, ...]]:
        """Executes once."""
        sql, bind = self._for(connection.dialect)
        return connection.exec_driver_sql(sql, bind(row))

    def many(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Executes for each row, of which there is at least one; returns how many rows of the table that changed."""
        sql, bind = self._for(connection.dialect)
        return connection.exec_driver_sql(sql, [bind(row) for row in rows]).rowcount

    def _for(self, dialect: Dialect) -> tuple[str, Callable[[Row], Bound]]:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return found


def _compile(statement: ClauseElement, dialect: Dialect) -> tuple[str, Callable[[Row], Bound]]:
    """The SQL and how to bind a row to it; constants that the dialect adds by itself (OFFSET 0) are bound as they are."""
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise ValueError("not a statement")  # a fault of the programmer, found by the first test
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    if not compiled.positional:
        return compiled.string, lambda row: {**constants, **row}
    names = compiled.positiontup or []
    if not constants and len(names) > 1:
        return compiled.string, itemgetter(*names)
    return compiled.string, lambda row: tuple(row[name] if name in row else constants[name] for name in names)
