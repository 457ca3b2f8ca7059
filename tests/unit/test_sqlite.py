"""The database edge: durable settings, errors of one tree, statements compiled once, and a tidy write-ahead file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql

from hub.codes import jnl
from hub.edges import keystore, tidying
from hub.edges.journal import reading, waiting, writing
from hub.edges.prepared import Prepared
from hub.edges.sqlite import Database, create_database, open_database
from hub.edges.tidying import Tidier
from hub.errors import IntegrityError, Misconfigured, Unavailable

THINGS = Table("things", MetaData(), Column("id", BigInteger), Column("name", Text), Column("blob", LargeBinary))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one" / "data.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = create_database(path, "test")
    with made.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, blob BLOB) STRICT")
    yield made
    made.close()


def count(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM things").scalar_one())


class TestSettings:
    @pytest.mark.parametrize(
        ("pragma", "value"),
        [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("temp_store", 2)],
    )
    def test_every_connection_is_durable_and_strict(self, database: Database, pragma: str, value: object) -> None:
        """Write-ahead, synced at every commit, foreign keys held, deleted bytes overwritten, nothing in temporary files."""
        with database.reading() as one, database.reading() as other:
            found = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for connection in (one, other)]

        assert found == [value, value]


class TestWriting:
    def test_error_inside_leaves_nothing(self, database: Database) -> None:
        """An exception in the block undoes all of it and passes on unchanged."""

        def write() -> None:
            with database.writing() as connection:
                connection.exec_driver_sql("INSERT INTO things VALUES (1, 'a', NULL)")
                raise KeyError

        with pytest.raises(KeyError):
            write()

        assert count(database) == 0

    def test_writers_take_turns(self, database: Database) -> None:
        """Threads that write at the same time all succeed."""

        def write(start: int) -> None:
            for at in range(start, start + 20):
                with database.writing() as connection:
                    connection.exec_driver_sql("INSERT INTO things VALUES (?, 'a', NULL)", (at,))

        threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert count(database) == 60

    def test_reader_sees_one_state(self, database: Database) -> None:
        """What is committed meanwhile does not appear in a view that is open."""
        with database.reading() as connection:
            before = connection.exec_driver_sql("SELECT count(*) FROM things").scalar_one()
            with database.writing() as other:
                other.exec_driver_sql("INSERT INTO things VALUES (1, 'a', NULL)")
            after = connection.exec_driver_sql("SELECT count(*) FROM things").scalar_one()

        assert (before, after, count(database)) == (0, 0, 1)


class TestErrors:
    def test_contradicting_row_is_an_integrity_error(self, database: Database) -> None:
        """A broken constraint names no value."""
        with pytest.raises(IntegrityError) as caught, database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO things VALUES (1, 'a', NULL), (1, 'secret', NULL)")

        assert (caught.value.code, caught.value.facts) == (jnl.CONFLICT, {"place": "test"})
        assert "secret" not in str(caught.value)

    def test_missing_table_is_damage(self, database: Database) -> None:
        """A schema that is not as it was made is damage."""
        with pytest.raises(IntegrityError) as caught, database.reading() as connection:
            connection.exec_driver_sql("SELECT * FROM nothing")

        assert caught.value.code == jnl.DAMAGED

    def test_lock_of_another_process_is_unavailable(
        self, database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A database that somebody else writes to is refused after a bounded wait."""
        monkeypatch.setattr("hub.edges.sqlite.LOCK_WAIT", 0.05)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            second = open_database(path, "test")
            with pytest.raises(Unavailable) as caught, second.writing():
                pytest.fail("written by two")
            second.close()

        assert caught.value.code == jnl.LOCKED
        assert count(database) == 0

    def test_vanished_file_is_never_made_anew(self, database: Database, path: Path) -> None:
        """Opening needs a file; an open database whose file is gone makes no empty one."""
        database.close()
        path.unlink()
        with pytest.raises(Misconfigured):
            open_database(path, "test")
        with pytest.raises(Unavailable), database.reading():
            pytest.fail("read nothing")

        assert not path.exists()

    def test_no_database_is_damage(self, path: Path) -> None:
        """Any other file is refused as damaged."""
        path.parent.mkdir()
        path.write_bytes(b"not a database, but long enough to look" * 100)
        other = open_database(path, "test")
        with pytest.raises(IntegrityError) as caught, other.reading():
            pytest.fail("read nonsense")

        assert caught.value.code == jnl.DAMAGED


class TestEmptyWal:
    def test_moves_everything_into_the_database(self, database: Database, path: Path) -> None:
        """The write-ahead file is empty afterwards, and nothing is lost."""
        with database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO things VALUES (1, 'a', NULL)")
        wal = path.with_name(path.name + "-wal")
        assert wal.stat().st_size > 0

        assert database.empty_wal()
        assert (wal.stat().st_size, count(database)) == (0, 1)

    def test_says_when_a_reader_is_in_the_way(
        self, database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An old view that is open keeps the file from being truncated; that is told, not hidden."""
        monkeypatch.setattr("hub.edges.sqlite.LOCK_WAIT", 0.05)
        second = open_database(path, "test")
        with second.reading() as reader:
            reader.exec_driver_sql("SELECT count(*) FROM things").scalar_one()
            with second.writing() as connection:
                connection.exec_driver_sql("INSERT INTO things VALUES (1, 'a', NULL)")
            assert not second.empty_wal()
        assert second.empty_wal()
        second.close()

    def test_the_tidier_keeps_the_file_small(self, database: Database, path: Path) -> None:
        """While commits follow each other the write-ahead file starts again from its beginning, once the tidier gets its turn."""
        wal = path.with_name(path.name + "-wal")
        for at in range(tidying.COMMITS * 100):
            with database.writing() as connection:
                connection.exec_driver_sql("INSERT INTO things VALUES (?, 'a', ?)", (at, bytes(40_000)))
            if at >= tidying.COMMITS and wal.stat().st_size < at * 40_000 // 2:
                return
        pytest.fail(f"{wal.stat().st_size} bytes")


class TestTidier:
    def test_works_once_after_enough_commits(self) -> None:
        """Nothing happens before, and stopping ends the thread."""
        worked = threading.Event()
        tidier = Tidier(worked.set)
        for _ in range(tidying.COMMITS - 1):
            tidier.count()
        assert not worked.wait(0.05)
        tidier.count()

        assert worked.wait(5)
        tidier.stop()
        tidier.stop()

    def test_starts_nothing_after_the_end(self) -> None:
        """A commit that is counted late starts no thread."""
        tidier = Tidier(lambda: pytest.fail("worked"))
        tidier.stop()
        before = set(threading.enumerate())
        for _ in range(tidying.COMMITS):
            tidier.count()

        assert all(one.name != "journal-tidier" for one in set(threading.enumerate()) - before)


class TestPrepared:
    def test_writes_and_reads_as_core_does(self, database: Database) -> None:
        """Inserts many rows, tells how many changed, and reads one."""
        rows = [{"id": at, "name": f"n{at}", "blob": bytes([at])} for at in range(3)]
        with database.writing() as connection:
            assert Prepared(insert(THINGS)).many(connection, rows) == 3
            rename = update(THINGS).where(THINGS.c.id == bindparam("which")).values(name=bindparam("to"))
            assert Prepared(rename).many(connection, [{"which": 1, "to": "x"}, {"which": 9, "to": "x"}]) == 1
            query = Prepared(select(THINGS).where(THINGS.c.id == bindparam("which")))
            assert tuple(query.one(connection, {"which": 1}).one()) == (1, "x", b"\x01")

    @pytest.mark.parametrize("module", [writing, reading, waiting, keystore])
    def test_every_statement_compiles_for_both_databases(self, module: object, database: Database) -> None:
        """One schema, one set of statements: SQLite's dialect and PostgreSQL's both take each of them."""
        prepared = [value for value in vars(module).values() if isinstance(value, Prepared)]
        with database.reading() as connection:
            for dialect in (connection.dialect, postgresql.dialect()):  # type: ignore[no-untyped-call]
                compiled = [one._for(dialect)[0] for one in prepared]
                assert all(compiled)
                assert len(compiled) >= 2
