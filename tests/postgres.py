"""A PostgreSQL 15 of the tests' own, in a directory of its own: without systemd, killed whatever happens."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.edges.postgres import Server

BIN = "/usr/lib/postgresql/15/bin"
PATIENCE = 60.0
SETTINGS = {"shared_buffers": "64MB", "max_wal_size": "256MB", "password_encryption": "scram-sha-256"}
HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


class Postgres:
    """One server: a Unix socket without password, loopback with one."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        if not Path(BIN, "postgres").is_file():
            raise RuntimeError("apt-get install postgresql-15")
        self.folder = Path(tempfile.mkdtemp(prefix="juki-hub-pg-"))
        self.data = self.folder / "data"
        self.port = _free_port()
        self._user = "postgres" if os.geteuid() == 0 else None  # initdb refuses root
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise({**SETTINGS, **(settings or {})})
        self.restart()

    def close(self) -> None:
        """Nothing runs any more, nothing is left."""
        if self._process is not None:
            self.kill()  # also what is paused
        shutil.rmtree(self.folder)

    def kill(self) -> None:
        """SIGKILL to the server and its sessions; returns when all are gone."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        for session in self._sessions():
            _signal(session, signal.SIGKILL)
        self._process.wait(PATIENCE)
        while self._sessions():
            time.sleep(0.01)
        self._process = None

    def stop(self) -> None:
        """SIGINT, PostgreSQL's fast shutdown."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE)
        self._process = None

    def pause(self) -> None:
        """SIGSTOP to the server and its sessions: connections stay open and nothing answers."""
        self._all(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._all(signal.SIGCONT)

    def restart(self) -> None:
        """Starts the server, which does not run, on the data it has; returns when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [f"{BIN}/postgres", "-D", str(self.data)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
                group=self._user,
            )
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text("utf-8")[-2000:]
            assert time.monotonic() < until
            time.sleep(0.05)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints of it as superuser: rows as lines, columns divided by `|`."""
        command = [f"{BIN}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        to = ["-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-d", database]
        done = subprocess.run([*command, *to], input=statement, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def database(self, *, password: bool = False) -> Server:
        """A new database with its own user: reached at the socket, or at loopback with the password in a file."""
        name, word = f"t{secrets.token_hex(6)}", secrets.token_urlsafe(12)
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{word}'")
        self.sql(f"CREATE DATABASE {name} OWNER {name}")
        if not password:
            return Server(str(self.folder), self.port, name, name)
        file = self.folder / f"{name}.pgpass"
        file.write_text(f"127.0.0.1:{self.port}:{name}:{name}:{word}\n", "utf-8")
        file.chmod(0o600)
        return Server("127.0.0.1", self.port, name, name, passwords=file)

    def empty(self, server: Server) -> None:
        """The database is as new, which is quicker than a new one."""
        self.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner", server.database)

    def _initialise(self, settings: Mapping[str, str]) -> None:
        self.folder.chmod(0o755)
        if self._user:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        command = [
            f"{BIN}/initdb",
            "-D",
            str(self.data),
            "--encoding=UTF8",
            "--locale=C",
            "-U",
            "postgres",
            "--no-sync",
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, user=self._user, group=self._user)
        own = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            **settings,
        }
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in own.items())
        (self.data / "pg_hba.conf").write_text(HBA, "utf-8")

    def _answers(self) -> bool:
        try:
            return self.sql("SELECT 1") == "1"
        except subprocess.CalledProcessError:
            return False

    def _sessions(self) -> list[int]:
        """PostgreSQL's children lead process groups of their own, and outlive a server that was killed for a moment."""
        return [pid for pid in _pids() if f"{self.data}" in _directory(pid)]

    def _all(self, number: signal.Signals) -> None:
        assert self._process is not None
        for pid in {self._process.pid, *self._sessions()}:
            _signal(pid, number)


@contextmanager
def server(settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """A server while the block runs."""
    started = Postgres(settings)
    try:
        yield started
    finally:
        started.close()


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _directory(pid: int) -> str:
    """The working directory of a process, which for PostgreSQL is its data."""
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
