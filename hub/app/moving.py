"""hub journal move: a home's journal from its file to a server, in an order in which every crash leaves one journal that counts.

copy and compare (hub/edges/journal/moving.py), then hub.yaml names the server, then the file gets another name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub import config as configuration
from hub.app.journalplace import server_of
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.codes import jnl
from hub.config import JournalServer
from hub.edges.home import atomic_write, lock_home, sync_directory
from hub.edges.journal.moving import Moved, Told, move_journal, set_aside
from hub.errors import Misconfigured

ASIDE = "journal.moved-to-postgresql.sqlite"


@dataclass(frozen=True, slots=True)
class Move:
    """What was done: nothing but a last renaming when `moved` is None, for the home named the server already."""

    moved: Moved | None
    kept: Path


def move(home: Path, server: JournalServer, told: Told) -> Move:
    """Moves the journal, or goes on with that; the zone must stand still. Nothing is destroyed.

    Raises `HomeInUse`, `Misconfigured`, `Unavailable`, and `IntegrityError` when the copy is not the journal.
    """
    paths = HomePaths(home)
    read_config(paths)
    with lock_home(home):
        config = read_config(paths)
        kept = paths.journal / ASIDE
        moved = None
        if config.engine is None or config.engine.journal is None:
            moved = move_journal(paths.journal, server_of(paths, server), config.origin, told)
            text = configuration.with_journal(paths.config.read_text("utf-8"), config, server)
            atomic_write(paths.config, text.encode())
        elif config.engine.journal != server:
            raise Misconfigured(jnl.ALREADY_MOVED)
        if set_aside(paths.journal, ASIDE):
            sync_directory(paths.journal)
        return Move(moved, kept)
