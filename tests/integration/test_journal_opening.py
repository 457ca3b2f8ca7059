"""A journal is made once, opened as it is, and refused when its schema is another or its file is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from hub.codes import jnl
from hub.codes import key as key_codes
from hub.edges.journal import create_journal, open_journal, upgrade_journal
from hub.edges.journal.opening import FILE, REVISION
from hub.edges.journal.tables import metadata
from hub.edges.keystore import KeyStore, create_keystore, open_keystore
from hub.edges.postgres import PostgresDatabase, Server
from hub.errors import IntegrityError, Misconfigured
from hub.ports import RebucketRow
from tests.journaldata import NOW, Letter, Writer
from tests.postgres import Postgres

MASTER = bytes(range(32))
NEWER = f"{int(REVISION) + 1:04}"


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[KeyStore]:
    with create_keystore(tmp_path / "keystore", MASTER) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, keystore: KeyStore) -> Path:
    """A journal of five entries, closed."""
    writer = Writer()
    with create_journal(tmp_path / "journal", keystore) as journal:
        journal.commit(writer.stored(writer.commit([Letter()] * 3)))
        journal.commit(writer.stored(writer.commit([Letter()] * 2)))
    return tmp_path


def raw(home: Path, statement: str, *values: object) -> None:
    """Changes the file past the journal."""
    with closing(sqlite3.connect(home / "journal" / FILE, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(statement, values)


class TestCreate:
    def test_refuses_an_existing_one(self, home: Path, keystore: KeyStore) -> None:
        """A journal is never made over another."""
        with pytest.raises(Misconfigured) as caught:
            create_journal(home / "journal", keystore)

        assert caught.value.code == jnl.EXISTS
        with open_journal(home / "journal", keystore) as journal:
            assert journal.head().size == 5

    def test_schema_is_what_the_program_thinks_it_is(self, home: Path) -> None:
        """The migrations make exactly the tables and indexes of tables.py."""
        engine = create_engine(f"sqlite:///{home / 'journal' / FILE}")
        with engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), metadata)
            strict = connection.exec_driver_sql("SELECT name, strict, wr FROM pragma_table_list WHERE schema = 'main'")
            kinds = {name: (bool(is_strict), bool(no_rowid)) for name, is_strict, no_rowid in strict}
        engine.dispose()

        assert differences == []
        assert {name: kinds[name] for name in metadata.tables} == {
            name: (True, name in {"log_nodes", "pseudonyms", "tally"}) for name in metadata.tables
        }

    def test_partial_indexes_say_what_the_queries_say(self, home: Path) -> None:
        """The conditions of the migration are those of tables.py, word for word."""
        wanted = {
            index.name: str(index.dialect_options["sqlite"]["where"])
            for table in metadata.tables.values()
            for index in table.indexes
            if index.dialect_options["sqlite"]["where"] is not None
        }
        with closing(sqlite3.connect(home / "journal" / FILE)) as connection:
            found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%WHERE%'"))

        assert {name: sql.partition(" WHERE ")[2] for name, sql in found.items()} == wanted

    def test_schema_on_a_server_is_the_same(
        self, keystore: KeyStore, postgres: Postgres, shared_database: Server
    ) -> None:
        """Tables, indexes with their conditions, and texts in order of bytes; a second journal is not made over it."""
        create_journal(shared_database, keystore).close()
        with pytest.raises(Misconfigured) as caught:
            create_journal(shared_database, keystore)
        store = PostgresDatabase(shared_database, "journal")
        with store.reading() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), metadata)
            collations = connection.exec_driver_sql(
                "SELECT DISTINCT collation_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND data_type = 'text'"
            ).scalars()
            found = set(collations)
        store.close()
        indexes = postgres.sql(
            "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'outgoing_%'", shared_database.database
        )
        postgres.empty(shared_database)

        assert caught.value.code == jnl.EXISTS
        assert differences == []
        assert found == {"C"}
        assert indexes.count(" WHERE ") == 4

    @pytest.mark.parametrize(("revision", "code"), [("0001", jnl.OUTDATED), (NEWER, jnl.NEWER)])
    def test_other_revision_on_a_server_is_refused(
        self, keystore: KeyStore, postgres: Postgres, shared_database: Server, revision: str, code: object
    ) -> None:
        """As in a file; and a database without any table of ours has no journal."""
        with pytest.raises(Misconfigured) as missing:
            open_journal(shared_database, keystore)
        create_journal(shared_database, keystore).close()
        postgres.sql(f"UPDATE alembic_version SET version_num = '{revision}'", shared_database.database)  # noqa: S608 - words of this test
        with pytest.raises(Misconfigured) as caught:
            open_journal(shared_database, keystore)
        postgres.empty(shared_database)

        assert (missing.value.code, caught.value.code) == (jnl.MISSING, code)

    def test_revision_is_the_newest_migration(self) -> None:
        """Opening compares with the constant, so the constant must follow the migrations."""
        assert ScriptDirectory("hub/edges/journal/migrations").get_current_head() == REVISION


class TestOpen:
    def test_missing_journal_is_not_made(self, tmp_path: Path, keystore: KeyStore) -> None:
        """Opening makes nothing."""
        with pytest.raises(Misconfigured) as caught:
            open_journal(tmp_path / "journal", keystore)

        assert caught.value.code == jnl.MISSING
        assert not (tmp_path / "journal").exists()

    @pytest.mark.parametrize(
        ("revision", "code"), [("0000", jnl.OUTDATED), (NEWER, jnl.NEWER), ("9999", jnl.NEWER), ("x", jnl.NEWER)]
    )
    def test_other_revision_is_refused(self, home: Path, keystore: KeyStore, revision: str, code: object) -> None:
        """An older schema names the command that upgrades it; a newer or unknown one is not touched."""
        raw(home, "UPDATE alembic_version SET version_num = ?", revision)
        with pytest.raises(Misconfigured) as caught:
            open_journal(home / "journal", keystore)

        assert caught.value.code == code
        assert ("hub journal upgrade" in caught.value.code.remedy_en) is (code is jnl.OUTDATED)

    def test_reading_changes_nothing(self, home: Path, keystore: KeyStore) -> None:
        """Opening and looking leaves the database byte for byte as it was."""
        before = (home / "journal" / FILE).read_bytes()
        with open_journal(home / "journal", keystore) as journal, journal.snapshot() as log:
            assert len(list(log.entries())) == 5

        assert (home / "journal" / FILE).read_bytes() == before

    @pytest.mark.parametrize(
        "damage",
        [
            "DROP TABLE alembic_version",
            "DELETE FROM alembic_version",
        ],
    )
    def test_no_revision_is_damage(self, home: Path, keystore: KeyStore, damage: str) -> None:
        """A database that does not say what it is, is not guessed at."""
        raw(home, damage)
        with pytest.raises(IntegrityError) as caught:
            open_journal(home / "journal", keystore)

        assert caught.value.code == jnl.DAMAGED

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda content: b"\0" * 100 + content[100:],
            lambda content: b"something else entirely\n" * 4000,
            lambda content: content[:5000],
            lambda content: content[:4096] + b"\xff" * (len(content) - 4096),
        ],
    )
    def test_spoilt_file_is_an_integrity_error(
        self, home: Path, keystore: KeyStore, spoil: Callable[[bytes], bytes]
    ) -> None:
        """A header, a page or a tail that is not SQLite's stops the hub, at the latest when it is read."""
        file = home / "journal" / FILE
        file.write_bytes(spoil(file.read_bytes()))
        with pytest.raises(IntegrityError) as caught:
            _read_all(home, keystore)

        assert caught.value.code == jnl.DAMAGED

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM log_head",
            "UPDATE log_head SET edge = x'00'",
            "UPDATE log_head SET size = 7",
        ],
    )
    def test_head_that_contradicts_itself_is_damage(self, home: Path, keystore: KeyStore, statement: str) -> None:
        """The right edge must have the hashes that its size demands."""
        raw(home, statement)
        with pytest.raises(IntegrityError) as caught, open_journal(home / "journal", keystore) as journal:
            journal.head()

        assert caught.value.code == jnl.DAMAGED


class TestUpgrade:
    def test_current_journal_stays_as_it_is(self, home: Path, keystore: KeyStore) -> None:
        """Upgrading the newest revision does nothing."""
        assert upgrade_journal(home / "journal") == (REVISION, REVISION)
        with open_journal(home / "journal", keystore) as journal:
            assert journal.head().size == 5

    def test_newer_journal_is_refused(self, home: Path) -> None:
        """There is no way back."""
        raw(home, f"UPDATE alembic_version SET version_num = '{NEWER}'")  # noqa: S608 - a revision of this program
        with pytest.raises(Misconfigured) as caught:
            upgrade_journal(home / "journal")

        assert caught.value.code == jnl.NEWER


class TestKeystoreBesideIt:
    """Journal and key store are two files that backups may tear apart."""

    def test_keys_of_a_crash_are_swept_with_the_next_commit(self, home: Path, keystore: KeyStore) -> None:
        """The key store committed, the journal did not: those keys go, every other stays."""
        writer = _continued(home, keystore)
        orphans = keystore.change(writer.commit([Letter()] * 2).secrets)
        with open_journal(home / "journal", keystore) as journal:
            assert keystore.open(orphans) != (None,) * 4
            journal.commit(writer.stored(writer.commit()))
            bodies = [journal.secret(index, "body") for index in range(6)]

        assert keystore.open(orphans) == (None,) * 4
        assert bodies == [Letter().body] * 6

    def test_marked_key_whose_record_stayed_is_spared(self, home: Path, keystore: KeyStore) -> None:
        """The key store marked a key to be destroyed, the journal did not commit: the record stays readable."""
        (doomed,) = _keys(home, keystore, 0)
        keystore.change([], (), [doomed])
        writer = _continued(home, keystore)
        with open_journal(home / "journal", keystore) as journal:
            journal.commit(writer.stored(writer.commit()))
            assert journal.secret(0, "body") == Letter().body

        assert keystore.unfinished(10**6) == ((), ())

    def test_marked_key_whose_record_went_is_destroyed(self, home: Path, keystore: KeyStore) -> None:
        """The journal committed the erasure, the key was not yet destroyed: it goes with the next commit."""
        (doomed,) = _keys(home, keystore, 0)
        keystore.change([], (), [doomed])
        raw(home, "DELETE FROM secrets WHERE key_id = ?", doomed)
        writer = _continued(home, keystore)
        with open_journal(home / "journal", keystore) as journal:
            journal.commit(writer.stored(writer.commit()))

        assert keystore.bucket_of(doomed) is None

    def test_reading_sweeps_nothing(self, home: Path, keystore: KeyStore) -> None:
        """An old journal that somebody restored and only looks at costs no key: the sweep needs the signer's consent."""
        orphans = keystore.change(_continued(home, keystore).commit().secrets)
        with open_journal(home / "journal", keystore) as journal:
            assert len(journal.ready(["atena"], (), NOW, 9)) == 1

        assert None not in keystore.open(orphans)

    def test_older_keystore_is_an_integrity_error(self, home: Path, tmp_path: Path) -> None:
        """A key store that knows fewer keys than the journal used was rolled back: nothing is committed."""
        with create_keystore(tmp_path / "old", MASTER) as old, open_journal(home / "journal", old) as journal:
            writer = _continued(home, old)
            with pytest.raises(IntegrityError) as caught:
                journal.commit(writer.commit())
            with pytest.raises(IntegrityError) as unreadable:
                journal.ready(["atena"], (), NOW, 9)

        assert caught.value.code == key_codes.STORE_BEHIND
        assert unreadable.value.code == key_codes.KEY_GONE

    def test_erased_at_confirmation_is_in_no_file(self, home: Path, keystore: KeyStore) -> None:
        """送付先情報: neither the body's ciphertext nor its key is in any file once the commit returns and the journal closed."""
        body = Letter().body
        with closing(sqlite3.connect(home / "journal" / FILE)) as connection:
            (ciphertext,) = connection.execute(
                "SELECT ciphertext FROM secrets WHERE idx = 0 AND slot = 'body'"
            ).fetchone()
        with closing(sqlite3.connect(home / "keystore" / "keys.sqlite")) as connection:
            (wrapped,) = connection.execute("SELECT wrapped FROM data_keys WHERE key_id = 1").fetchone()
        writer = _continued(home, keystore)
        with open_journal(home / "journal", keystore) as journal:
            journal.commit(writer.commit([Letter(permit=False)], rebucketed=[RebucketRow(0, "body", "file3", None)]))
            assert journal.secret(0, "body") is None
        files = [file.read_bytes() for file in home.rglob("*") if file.is_file()]

        assert not any(needle in content for needle in (ciphertext, wrapped, body) for content in files)

    def test_keystore_of_another_home_opens_nothing(self, home: Path, tmp_path: Path) -> None:
        """Keys are bound to their records: a store with the same ids and the same master key does not fit."""
        with create_keystore(tmp_path / "other", MASTER) as other:
            other.change(Writer().commit([Letter()] * 5).secrets)
            with open_journal(home / "journal", other) as journal, pytest.raises(IntegrityError) as caught:
                journal.ready(["atena"], (), NOW, 9)

        assert caught.value.code == key_codes.SECRET_UNREADABLE


def _read_all(home: Path, keystore: KeyStore) -> None:
    with open_journal(home / "journal", keystore) as journal:
        journal.head()
        journal.known([("juki", "x")])
        with journal.snapshot() as log:
            assert len([*log.entries(), *log.nodes()]) == 0, "read what was spoilt"


def _continued(home: Path, keystore: KeyStore) -> Writer:
    """A writer that goes on where the journal ends."""
    writer = Writer()
    with open_journal(home / "journal", keystore) as journal:
        head = journal.head()
    writer.tree = type(writer.tree)(head.size, head.edge)
    return writer


def _keys(home: Path, keystore: KeyStore, index: int) -> list[int]:
    with closing(sqlite3.connect(home / "journal" / FILE)) as connection:
        rows = connection.execute("SELECT key_id FROM secrets WHERE idx = ? AND slot = 'body'", (index,))
        return [key_id for (key_id,) in rows]


def test_reopened_keystore_serves_the_journal(home: Path, keystore: KeyStore) -> None:
    """Both files opened anew, as the next process does, give the bodies back."""
    keystore.close()
    with open_keystore(home / "keystore", MASTER) as again, open_journal(home / "journal", again) as journal:
        assert journal.ready(["atena"], (), NOW, 1)[0].delivery.raw == Letter().body
