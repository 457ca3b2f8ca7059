"""A table of messages in PostgreSQL, as somebody would write it first: a row, a commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import psycopg

from hub.config import JournalServer
from scripts.servers import Postgres

_TABLE = "CREATE TABLE IF NOT EXISTS {} (message_id text PRIMARY KEY, body bytea NOT NULL)"


def create(postgres: Postgres, name: str) -> JournalServer:
    """A new database of this name, reached by its socket."""
    made = postgres.create_database(name)
    return JournalServer(host=str(made.socket), port=made.port, database=made.name, user=made.user)


class Rows:
    """Fulfils `bench.naive.Journal`; `table` is made if it is not there."""

    def __init__(self, server: JournalServer, table: str) -> None:
        self._connection = psycopg.connect(host=server.host, port=server.port, dbname=server.database, user=server.user)
        self._connection.execute(_TABLE.format(table).encode())
        self._connection.commit()
        self._insert = f"INSERT INTO {table} VALUES (%s, %s)".encode()  # noqa: S608 - a name of ours

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep(self, message_id: str, body: bytes) -> None:
        self._connection.execute(self._insert, (message_id, body))
        self._connection.commit()

    def keep_all(self, rows: Sequence[tuple[str, bytes]]) -> None:
        """All in one transaction."""
        with self._connection.cursor() as cursor:
            cursor.executemany(self._insert, rows)
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()
