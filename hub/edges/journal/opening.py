"""Making, opening and upgrading a journal. Opening changes nothing: an older schema is refused, and so is a newer one.

Revisions are four digits that grow, so that older and newer can be told apart without the migrations at hand.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, insert, inspect, text

from hub.codes import jnl
from hub.edges.database import Store
from hub.edges.journal.journal import Journal
from hub.edges.journal.rows import damaged
from hub.edges.journal.tables import KEYS_USED, LOG_HEAD
from hub.edges.keystore import KeyStore
from hub.edges.postgres import Address, Server
from hub.edges.sqlite import create_database, open_database
from hub.errors import HubError, Misconfigured

FILE = "journal.sqlite"
PLACE = "journal"
REVISION = "0002"  # the newest of migrations/versions (tests/integration/test_journal_schema.py)


# Where a journal is: the directory of a SQLite file, or a PostgreSQL database.
Where = Path | Address


def create_journal(where: Where, keystore: KeyStore) -> Journal:
    """A new, empty journal. Raises `Misconfigured` when one is there."""
    database = create_store(where)
    with database.writing() as connection:
        connection.execute(insert(LOG_HEAD).values(id=1, size=0, edge=b"", note=""))
        connection.execute(insert(KEYS_USED).values(id=1, mark=0))
    return Journal(database, keystore)


def create_store(where: Where) -> Store:
    """The tables of a journal, without a row. Raises `Misconfigured` when they are there, or the server is set wrongly."""
    database = _created(where)
    try:
        with database.writing() as connection:
            if inspect(connection).has_table("alembic_version"):
                raise Misconfigured(jnl.EXISTS, place=PLACE)
            _migrate(connection)
    except BaseException:
        database.close()
        raise
    return database


def open_journal(where: Where, keystore: KeyStore) -> Journal:
    """An existing journal of exactly this program's revision.

    Raises `Misconfigured` (missing, older, newer, server set wrongly), `IntegrityError` when it is damaged, `Unavailable`.
    """
    database = open_store(where)
    try:
        with database.reading() as connection:
            found = revision_of(connection)
        if found != REVISION:
            raise _wrong_revision(found)
    except BaseException:
        database.close()
        raise
    return Journal(database, keystore)


def upgrade_journal(where: Where) -> tuple[str, str]:
    """Brings an older journal to this program's revision, in one transaction; returns both revisions.

    Raises `Misconfigured` when it is newer or unknown. The caller holds the home's lock and has asked for a backup.
    """
    database = open_store(where)
    try:
        with database.writing() as connection:
            found = revision_of(connection)
            if found > REVISION:
                raise _wrong_revision(found)
            try:
                _migrate(connection)
            except CommandError as error:  # older by its number, but no release that we know of made it
                raise Misconfigured(jnl.NEWER, found=found, wanted=REVISION) from error
    finally:
        database.close()
    return found, REVISION


def open_store(where: Where) -> Store:
    """An existing database. Raises `Misconfigured` when there is none, or the server is set wrongly."""
    if isinstance(where, Path):
        return open_database(where / FILE, PLACE)
    return _proven(Server(where, PLACE))


def _created(where: Where) -> Store:
    return create_database(where / FILE, PLACE) if isinstance(where, Path) else _proven(Server(where, PLACE))


def _proven(server: Server) -> Server:
    try:
        server.require_promises()
    except BaseException:
        server.close()
        raise
    return server


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "hub.edges.journal:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision_of(connection: Connection) -> str:
    """The revision that a journal says it has. Raises `IntegrityError` when it says none."""
    if not inspect(connection).has_table("alembic_version"):
        raise damaged("alembic_version")
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).one_or_none()
    if not isinstance(found, str):
        raise damaged("alembic_version")
    return found


def _wrong_revision(found: str) -> HubError:
    older = found.isdecimal() and len(found) == len(REVISION) and found < REVISION
    return Misconfigured(jnl.OUTDATED if older else jnl.NEWER, found=found, wanted=REVISION)
