"""A PostgreSQL 15 of the tests' own (scripts/servers), and databases in it as the hub's edge opens them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hub.edges.postgres import Server
from scripts import servers
from scripts.servers import Root


class Postgres(servers.Postgres):
    """One server: a Unix socket without password, loopback with one."""

    def database(self, *, password: bool = False) -> Server:
        """A new database with its own user: reached at the socket, or at loopback with the password in a file."""
        made = self.create_database(f"t{secrets.token_hex(6)}")
        if not password:
            return Server(str(made.socket), made.port, made.name, made.user)
        file = self.folder / f"{made.name}.pgpass"
        file.write_text(f"{made.host}:{made.port}:{made.name}:{made.user}:{made.password}\n", "utf-8")
        file.chmod(0o600)
        return Server(made.host, made.port, made.name, made.user, passwords=file)

    def empty(self, server: Server) -> None:
        """The database is as new, which is quicker than a new one."""
        self.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner", server.database)


@contextmanager
def server(settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """A server while the block runs."""
    with Root() as root, Postgres(root, settings=settings) as started:
        yield started
