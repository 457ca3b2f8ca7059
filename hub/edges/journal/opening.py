"""Making, opening and upgrading a journal. Opening changes nothing: an older schema is refused, and so is a newer one.

A journal lies in a directory (SQLite) or in a database of a server (PostgreSQL); the tables are the same. Revisions are
four digits that grow, so that older and newer can be told apart without the migrations at hand.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, insert, inspect, text

from hub.codes import jnl
from hub.edges.database import Store
from hub.edges.journal import moves
from hub.edges.journal.journal import Journal
from hub.edges.journal.rows import damaged
from hub.edges.journal.tables import KEYS_USED, LOG_HEAD, metadata
from hub.edges.keystore import KeyStore
from hub.edges.postgres import LONG, PostgresDatabase, Server
from hub.edges.sqlite import create_database, open_database
from hub.errors import HubError, Misconfigured

FILE = "journal.sqlite"
PLACE = "journal"
REVISION = "0005"  # the newest of migrations/versions (tests/integration/test_journal_schema.py)

Place = Path | Server


def create_journal(place: Place, keystore: KeyStore) -> Journal:
    """A new, empty journal in a directory, or in a database that has no table of ours. Raises `Misconfigured` (EXISTS)."""
    if isinstance(place, Server):
        database: Store = PostgresDatabase(place, PLACE)
    else:
        database = create_database(place / FILE, PLACE)
    try:
        with database.writing() as connection:
            make_tables(connection)
            connection.execute(insert(LOG_HEAD).values(id=1, size=0, edge=b"", note=""))
            connection.execute(insert(KEYS_USED).values(id=1, mark=0))
    except BaseException:
        database.close()
        raise
    return Journal(database, keystore)


def open_journal(place: Place, keystore: KeyStore) -> Journal:
    """An existing journal of exactly this program's revision.

    Raises `Misconfigured` (missing, older, newer), `IntegrityError` when the file is damaged, `Unavailable`.
    """
    database = open_store(place)
    try:
        with database.reading() as connection:
            found = revision_of(connection)
            if found == REVISION:
                moves.require_whole(connection)
        if found != REVISION:
            raise wrong_revision(found)
    except BaseException:
        database.close()
        raise
    return Journal(database, keystore)


def upgrade_journal(place: Place) -> tuple[str, str]:
    """Brings an older journal to this program's revision, in one transaction; returns both revisions.

    Raises `Misconfigured` when it is newer or unknown. The caller holds the home's lock and has asked for a backup.
    """
    database = PostgresDatabase(place, PLACE, LONG) if isinstance(place, Server) else open_store(place)
    try:
        with database.writing() as connection:
            found = revision_of(connection)
            if found > REVISION:
                raise wrong_revision(found)
            try:
                _migrate(connection)
            except CommandError as error:  # older by its number, but no release that we know of made it
                raise Misconfigured(jnl.NEWER, found=found, wanted=REVISION) from error
    finally:
        database.close()
    return found, REVISION


def open_store(place: Place) -> Store:
    """The database of an existing journal."""
    return PostgresDatabase(place, PLACE) if isinstance(place, Server) else open_database(place / FILE, PLACE)


def make_tables(connection: Connection) -> None:
    """Every table, empty. Raises `Misconfigured` (EXISTS) rather than touch one that is there."""
    if frozenset(inspect(connection).get_table_names()) & {*metadata.tables, "alembic_version"}:
        raise Misconfigured(jnl.EXISTS, place=PLACE)
    _migrate(connection)


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "hub.edges.journal:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision_of(connection: Connection) -> str:
    """The revision that a journal says it has. Raises `IntegrityError` when it says none.

    Raises `Misconfigured` (MISSING) for a database of a server that has no table of ours: nobody made a journal there.
    """
    tables = inspect(connection)
    if not tables.has_table("alembic_version"):
        if connection.dialect.name == "postgresql" and not tables.has_table(LOG_HEAD.name):
            raise Misconfigured(jnl.MISSING, place=PLACE)
        raise damaged("alembic_version")
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).one_or_none()
    if not isinstance(found, str):
        raise damaged("alembic_version")
    return found


def wrong_revision(found: str) -> HubError:
    """The error that says whether a journal is older or newer than this program."""
    older = found.isdecimal() and len(found) == len(REVISION) and found < REVISION
    return Misconfigured(jnl.OUTDATED if older else jnl.NEWER, found=found, wanted=REVISION)
