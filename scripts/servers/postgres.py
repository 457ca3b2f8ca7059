"""PostgreSQL 15 in a directory of its own: a Unix socket for its owner, scram and TLS on loopback for everybody else."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.servers.account import account_for, require
from scripts.servers.errors import ServerError
from scripts.servers.pki import Authority
from scripts.servers.ports import LOOPBACK, Ports
from scripts.servers.process import Process
from scripts.servers.root import Root

BIN = Path("/usr/lib/postgresql/15/bin")
PACKAGE = "postgresql-15"
SUPERUSER = "postgres"
PATIENCE = 60.0
#: Durable as in production (fsync, full_page_writes and synchronous_commit are PostgreSQL's own defaults), small in memory.
SETTINGS = {
    "listen_addresses": f"'{LOOPBACK}'",
    "unix_socket_permissions": "0700",
    "password_encryption": "'scram-sha-256'",
    "ssl": "on",
    "shared_buffers": "'64MB'",
    "max_connections": "100",
    "max_wal_size": "'256MB'",
    "timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
}
#: Who reaches the socket's directory (0700) is the server's account or root; everybody else shows a password.
HBA = """\
local all all trust
host  all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Database:
    """One database with the one user who owns it. The password is needed at `host`, not at the socket."""

    name: str
    user: str
    password: str
    host: str
    port: int
    #: The directory of the Unix socket, which libpq takes as a host.
    socket: Path


class Postgres:
    """One server. Use as a context manager, or `start` and `close`. `settings` are further lines of postgresql.conf."""

    def __init__(self, root: Root, *, settings: Mapping[str, str] | None = None) -> None:
        require(BIN / "postgres", PACKAGE)
        self._root = root
        self._account = account_for("postgres", PACKAGE)
        self._ports = Ports(1)
        self._settings = {**SETTINGS, **(settings or {})}
        self._process: Process | None = None
        self.host = LOOPBACK
        (self.port,) = self._ports.numbers
        self.folder = root.path / "postgres"
        self.data = self.folder / "data"
        self.socket = self.folder / "socket"
        self.folder.mkdir(mode=0o711)
        (self.folder / "tls").mkdir(mode=0o711)
        self.authority = Authority(self.folder / "tls")

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """A new, empty server; returns when it answers."""
        self._account.directory(self.data)
        self._account.directory(self.socket)
        self._initialise()
        self.restart()
        return self

    def close(self) -> None:
        """Nothing runs any more. The files stay until the root is closed."""
        if self._process is not None:
            self.kill()
        self._ports.close()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- faults -----------------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """SIGKILL to the server; returns when it and all its processes are gone. Its next start recovers from the WAL."""
        self._started().kill()
        self._process = None

    def stop(self) -> None:
        """SIGINT, PostgreSQL's fast shutdown: open transactions are rolled back, a checkpoint is written."""
        process = self._started()
        process.send(signal.SIGINT)
        process.wait(PATIENCE)
        self._process = None

    def restart(self, *, wait: bool = True) -> None:
        """Starts the server, which does not run, on the data it has."""
        if self._process is not None:
            raise ServerError("PostgreSQL runs already")
        self._process = Process(
            [str(BIN / "postgres"), "-D", str(self.data)],
            root=self._root,
            account=self._account,
            environment=self._environment(),
            folder=self.data,
        )
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until the server answers."""
        self._started().until(self._answers, PATIENCE, "PostgreSQL")

    def pause(self) -> None:
        """SIGSTOP to the server and its sessions: connections stay open and nothing answers."""
        self._started().send_all(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._started().send_all(signal.SIGCONT)

    def heal(self) -> None:
        """Wakes it when it is paused, starts it when it does not run; returns when it answers."""
        if self.runs():
            self.resume()
            self.wait()
        else:
            self._process = None
            self.restart()

    def runs(self) -> bool:
        """The server's process is alive (paused or not)."""
        return self._process is not None and self._process.alive

    # --- what clients need --------------------------------------------------------------------------------------------

    @property
    def ca(self) -> Path:
        return self.authority.ca

    @property
    def log(self) -> Path:
        return self.data.with_name("data.log")

    def pids(self) -> list[int]:
        """Every process of the server, its sessions too."""
        return self._process.tree() if self._process else []

    def create_database(self, name: str, user: str | None = None) -> Database:
        """A new database in UTF-8 with order of bytes, and a new user (of the same name if none is given) who owns it."""
        owner = user or name
        password = secrets.token_urlsafe(24)
        self.sql(f"CREATE ROLE {_quoted(owner)} LOGIN PASSWORD '{password}'")
        self.sql(f"CREATE DATABASE {_quoted(name)} OWNER {_quoted(owner)}")
        self.sql(f"REVOKE ALL ON DATABASE {_quoted(name)} FROM PUBLIC")
        return Database(name, owner, password, self.host, self.port, self.socket)

    def sql(self, statement: str, database: str = "postgres", *, seconds: float = 60) -> str:
        """What `psql` prints of it as superuser: rows as lines, columns divided by `|`."""
        command = [str(BIN / "psql"), "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
        to = ["--host", str(self.socket), "--port", str(self.port), "--username", SUPERUSER, "--dbname", database]
        stop = ["--set", "ON_ERROR_STOP=1"]
        printed = self._account.run(
            [*command, *to, *stop], self._environment(), self.folder, seconds=seconds, stdin=statement
        )
        return printed.strip()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _initialise(self) -> None:
        options = ["--data-checksums", "--encoding=UTF8", "--locale=C", f"--username={SUPERUSER}", "--no-sync"]
        # --no-sync: until the first commit there is nothing to lose.
        command = [str(BIN / "initdb"), "--pgdata", str(self.data), *options, "--auth=reject"]
        self._account.run(command, self._environment(), self.folder, seconds=PATIENCE)
        server = self.authority.server("postgres", self._account)
        places = {
            "port": str(self.port),
            "unix_socket_directories": f"'{self.socket}'",
            "ssl_ca_file": f"'{server.ca}'",
            "ssl_cert_file": f"'{server.certificate}'",
            "ssl_key_file": f"'{server.key}'",
        }
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.writelines(f"{key} = {value}\n" for key, value in {**places, **self._settings}.items())
        (self.data / "pg_hba.conf").write_text(HBA, encoding="utf-8")

    def _environment(self) -> Mapping[str, str]:
        return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.folder), "PGTZ": "UTC"}

    def _answers(self) -> bool:
        try:
            return self.sql("SELECT 1", seconds=10) == "1"
        except ServerError:
            return False

    def _started(self) -> Process:
        if self._process is None:
            raise ServerError("PostgreSQL does not run")
        return self._process


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
