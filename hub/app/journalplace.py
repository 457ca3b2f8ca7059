"""Where a home's journal lies: in its own directory, or on the server that hub.yaml names."""

from __future__ import annotations

import stat
from pathlib import Path

from hub.app.paths import HomePaths
from hub.codes import jnl
from hub.config import Config, JournalServer, JournalTls
from hub.edges.journal import Place
from hub.edges.postgres import Server, Tls
from hub.errors import Misconfigured

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def journal_place(paths: HomePaths, config: Config) -> Place:
    """Raises `Misconfigured` HUB-JNL-019 when others can read the passwords."""
    if config.engine is None or config.engine.journal is None:
        return paths.journal
    return server_of(paths, config.engine.journal)


def server_of(paths: HomePaths, said: JournalServer) -> Server:
    """The server with the home's own files. Raises as `journal_place`."""
    tls = None if said.tls is None else _tls(paths.root, said.tls)
    return Server(said.host, said.port, said.database, said.user, tls, _passwords(paths.journal_passwords))


def _tls(root: Path, said: JournalTls) -> Tls:
    return Tls(root / said.ca, _below(root, said.certificate), _below(root, said.key))


def _below(root: Path, file: str | None) -> Path | None:
    return None if file is None else root / file


def _passwords(file: Path) -> Path | None:
    if not file.exists():
        return None
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) or mode & _OTHERS:  # libpq would pass it over in silence
        raise Misconfigured(jnl.PASSWORDS_OPEN, path=file.name)
    return file
