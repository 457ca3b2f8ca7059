"""The database edge on a real server: durable settings, one writer at a time, and every trouble in its mood."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import RootTransaction
from sqlalchemy.exc import ProgrammingError

from hub.codes import jnl
from hub.edges.journal import create_journal, open_journal
from hub.edges.keystore import create_keystore
from hub.edges.postgres import CONNECTIONS, Bounds, PostgresDatabase, Server
from hub.errors import IntegrityError, Misconfigured, Unavailable
from tests.journaldata import Letter, Writer
from tests.postgres import Postgres, server

MASTER = bytes(range(32))
SHORT = Bounds(connect=2, lock=1, statement=2, answer=3)


@pytest.fixture(scope="module")
def mine() -> Iterator[Postgres]:
    """A server that these tests may ill-treat."""
    with server({"max_connections": "20", "superuser_reserved_connections": "3"}) as started:
        yield started


@pytest.fixture
def place(mine: Postgres) -> Server:
    return mine.database()


@pytest.fixture
def database(place: Server) -> Iterator[PostgresDatabase]:
    made = PostgresDatabase(place, "test", SHORT)
    with made.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT)")
    yield made
    made.close()


def put(database: PostgresDatabase, at: int) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO things VALUES (%s, 'a')", (at,))


def count(database: PostgresDatabase) -> int:
    with database.settled() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM things").scalar_one())


class TestSettings:
    def test_isolation_is_what_each_needs(self, database: PostgresDatabase) -> None:
        """Readers have one view and cannot write; a writer sees what is committed."""
        with database.reading() as one, database.writing() as other:
            found = [
                connection.exec_driver_sql("SHOW " + name).scalar_one()
                for connection in (one, other)
                for name in ("transaction_isolation", "transaction_read_only", "synchronous_commit")
            ]

        assert found == ["repeatable read", "on", "on", "read committed", "off", "on"]

    def test_reader_sees_one_state(self, database: PostgresDatabase) -> None:
        """What is committed meanwhile does not appear in a view that is open."""
        with database.reading() as connection:
            before = connection.exec_driver_sql("SELECT count(*) FROM things").scalar_one()
            put(database, 1)
            after = connection.exec_driver_sql("SELECT count(*) FROM things").scalar_one()

        assert (before, after, count(database)) == (0, 0, 1)

    @pytest.mark.parametrize(
        ("setting", "value"),
        [("synchronous_commit", "off"), ("synchronous_commit", "local"), ("standard_conforming_strings", "off")],
    )
    def test_a_weaker_server_is_refused(self, mine: Postgres, place: Server, setting: str, value: str) -> None:
        """Whatever would let a COMMIT return too early is found before the first one."""
        mine.sql(f"ALTER ROLE {place.user} SET {setting} = '{value}'")
        with pytest.raises(Misconfigured) as caught, closing(PostgresDatabase(place, "test")) as opened:
            count(opened)

        assert caught.value.code == jnl.SERVER_UNFIT
        assert (caught.value.facts["setting"], caught.value.facts["found"]) == (setting, value)

    @pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
    def test_a_server_that_does_not_sync_is_refused(self, mine: Postgres, place: Server, setting: str) -> None:
        """Also when it was switched off by a mere reload."""
        mine.sql(f"ALTER SYSTEM SET {setting} = off")
        mine.sql("SELECT pg_reload_conf()")
        time.sleep(0.3)
        try:
            with pytest.raises(Misconfigured) as caught, closing(PostgresDatabase(place, "test")) as opened:
                count(opened)
        finally:
            mine.sql(f"ALTER SYSTEM RESET {setting}")
            mine.sql("SELECT pg_reload_conf()")
            time.sleep(0.3)

        assert caught.value.facts["setting"] == setting

    def test_a_reload_weakens_no_open_connection(self, mine: Postgres, database: PostgresDatabase) -> None:
        """synchronous_commit stays as it was found."""
        with database.reading():
            pass
        mine.sql("ALTER SYSTEM SET synchronous_commit = off")
        mine.sql("SELECT pg_reload_conf()")
        time.sleep(0.3)
        try:
            with database.writing() as connection:
                assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        finally:
            mine.sql("ALTER SYSTEM RESET synchronous_commit")
            mine.sql("SELECT pg_reload_conf()")

    def test_the_environment_says_nothing(self, place: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        """libpq's variables move no journal and pass no password."""
        monkeypatch.setenv("PGHOST", "db.invalid")
        monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=off")
        monkeypatch.setenv("PGPASSWORD", "no")
        monkeypatch.setenv("PGSSLMODE", "require")
        with closing(PostgresDatabase(place, "test")) as opened, opened.reading() as connection:
            assert connection.exec_driver_sql("SELECT current_database()").scalar_one() == place.database


class TestErrors:
    def test_contradicting_row_is_an_integrity_error(self, database: PostgresDatabase) -> None:
        """A broken constraint names no value, neither does its cause in our words."""
        with pytest.raises(IntegrityError) as caught, database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO things VALUES (1, 'a'), (1, 'secret')")

        assert (caught.value.code, caught.value.facts) == (jnl.CONFLICT, {"place": "test"})
        assert count(database) == 0

    def test_missing_table_is_damage(self, database: PostgresDatabase) -> None:
        """A schema that is not as it was made is damage."""
        with pytest.raises(IntegrityError) as caught, database.reading() as connection:
            connection.exec_driver_sql("SELECT * FROM nothing")

        assert (caught.value.code, caught.value.facts["reason"]) == (jnl.DAMAGED, "42P01 UndefinedTable")

    def test_a_caught_error_is_no_silent_rollback(self, database: PostgresDatabase) -> None:
        """Whoever goes on after an error gets no COMMIT that does nothing."""

        def write() -> None:
            with database.writing() as connection:
                connection.exec_driver_sql("INSERT INTO things VALUES (1, 'a')")
                with suppress(ProgrammingError):
                    connection.exec_driver_sql("SELECT * FROM nothing")

        with pytest.raises(IntegrityError) as caught:
            write()

        assert (caught.value.facts["reason"], count(database)) == ("InFailedSqlTransaction", 0)

    def test_long_statement_is_unavailable(self, database: PostgresDatabase) -> None:
        """statement_timeout ends it."""
        with pytest.raises(Unavailable) as caught, database.reading() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(30)")

        assert caught.value.facts["reason"] == "57014 QueryCanceled"

    def test_another_writer_is_waited_for_and_not_for_ever(self, database: PostgresDatabase, place: Server) -> None:
        """A writer of another process holds the turn: LOCKED after a bounded wait, for writers and for `settled`."""
        with closing(PostgresDatabase(place, "test", SHORT)) as other, other.writing():
            for wait in (database.writing, database.settled):
                with pytest.raises(Unavailable) as caught, wait():
                    pytest.fail("did not wait")
                assert caught.value.code == jnl.LOCKED
            with database.reading() as connection:
                assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1

    def test_too_many_connections_are_unavailable(self, database: PostgresDatabase, place: Server) -> None:
        """A full server refuses; when others leave, it goes on."""
        database.close()
        with ExitStack() as others:
            with suppress(psycopg.OperationalError):
                while True:
                    others.enter_context(
                        psycopg.connect(host=place.host, port=place.port, dbname=place.database, user=place.user)
                    )
            with pytest.raises(Unavailable) as caught:
                put(database, 1)

        assert caught.value.code == jnl.NO_CONNECTION
        put(database, 1)
        assert count(database) == 1

    def test_threads_beyond_the_pool_wait_and_not_for_ever(self, database: PostgresDatabase) -> None:
        """One connection too many is refused after a bounded wait."""
        with ExitStack() as held:
            for _ in range(CONNECTIONS):
                held.enter_context(database.reading())
            with pytest.raises(Unavailable) as caught, database.reading():
                pytest.fail("one too many")

        assert caught.value.code == jnl.UNAVAILABLE

    def test_read_only_server_is_unavailable(self, mine: Postgres, place: Server, database: PostgresDatabase) -> None:
        """As a standby is, or a server that an operator set so."""
        database.close()
        mine.sql(f"ALTER ROLE {place.user} SET default_transaction_read_only = on")
        with closing(PostgresDatabase(place, "test", read_only=True)) as reader:
            with reader.reading() as connection:
                assert connection.exec_driver_sql("SELECT count(*) FROM things").scalar_one() == 0
            with pytest.raises(Unavailable) as caught:
                put(reader, 1)

        assert caught.value.facts["reason"] == "25006 ReadOnlySqlTransaction"

    def test_full_disk_is_unavailable(self, mine: Postgres, place: Server, database: PostgresDatabase) -> None:
        """Class 53: what could not be kept was not accepted (temp_file_limit stands in for a disk)."""
        database.close()
        mine.sql(f"ALTER ROLE {place.user} SET temp_file_limit = '64kB'; ALTER ROLE {place.user} SET work_mem = '64kB'")
        with pytest.raises(Unavailable) as caught, database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO things SELECT i, 'x' FROM generate_series(1, 100000) i ORDER BY -i")

        assert str(caught.value.facts["reason"]).startswith("53")
        assert count(database) == 0

    def test_wrong_password_is_unavailable(self, mine: Postgres) -> None:
        """Without the file no password is sent."""
        known = mine.database(password=True)
        assert known.passwords is not None
        with closing(PostgresDatabase(known, "test")) as opened, opened.reading() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
        known.passwords.write_text("*:*:*:*:wrong\n")
        with pytest.raises(Unavailable) as caught, closing(PostgresDatabase(known, "test")) as opened:
            count(opened)

        assert caught.value.code == jnl.NO_CONNECTION


class TestOutages:
    def test_a_restart_costs_one_error(self, mine: Postgres, database: PostgresDatabase) -> None:
        """Every pooled connection is dropped with the first that turns out to be dead."""
        put(database, 1)
        mine.stop()
        with pytest.raises(Unavailable):
            put(database, 2)
        with pytest.raises(Unavailable) as caught:
            put(database, 2)
        assert caught.value.code == jnl.NO_CONNECTION
        mine.restart()

        put(database, 2)
        assert count(database) == 2

    def test_a_paused_server_is_left_after_a_bounded_wait(self, mine: Postgres, database: PostgresDatabase) -> None:
        """It accepts everything and answers nothing; once it wakes the work goes on."""
        put(database, 1)
        mine.pause()
        start = time.monotonic()
        try:
            with pytest.raises(Unavailable):
                put(database, 2)
            with pytest.raises(Unavailable):  # a new connection gets no answer either
                count(database)
        finally:
            mine.resume()

        assert time.monotonic() - start < SHORT.answer + SHORT.connect + 5
        until = time.monotonic() + 20
        while True:
            try:
                put(database, 3)
                break
            except Unavailable:
                assert time.monotonic() < until
        assert count(database) == 2


class Interrupted(PostgresDatabase):
    """Something happens to the server while COMMIT is on its way."""

    def happen(self) -> None: ...

    def _commit(self, transaction: RootTransaction) -> None:
        self.happen()
        super()._commit(transaction)


class TestInDoubt:
    @pytest.mark.parametrize("delay", [None, 0.0, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.02])
    def test_server_killed_at_commit(self, mine: Postgres, tmp_path: Path, delay: float | None) -> None:
        """kill -9 around COMMIT: an error says IN_DOUBT, the head after recovery says which; what was acknowledged is there."""
        place, writer = mine.database(), Writer()
        with create_keystore(tmp_path / "keys", MASTER) as keys:
            journal = create_journal(place, keys)
            database = Interrupted(place, "journal", SHORT)
            journal.close()
            journal._database = database
            with journal:
                journal.commit(writer.stored(writer.commit([Letter()] * 3)))

                def kill() -> None:
                    time.sleep(delay or 0)
                    mine.kill()

                killer = threading.Thread(target=kill)
                database.happen = mine.kill if delay is None else killer.start  # type: ignore[method-assign]
                failing = writer.commit([Letter(body=bytes(200_000))] * 3)
                told = []
                try:
                    journal.commit(failing)
                except Unavailable as error:
                    told.append(error.code)
                acknowledged = not told
                assert told in ([], [jnl.IN_DOUBT])
                if delay is not None:
                    killer.join()
                with pytest.raises(Unavailable):
                    journal.head()
                mine.restart()
                database.happen = lambda: None  # type: ignore[method-assign]
                size = journal.head().size
                print(f"killed {delay}: acknowledged {acknowledged}, stored {size == 6}")
                assert size in ({6} if acknowledged else {3, 6})
                if size == 6:
                    writer.stored(failing)
                journal.commit(writer.stored(writer.commit([Letter()])))
                assert journal.head().size == writer.tree.size
                assert journal.head().edge == writer.tree.edge
                with journal.snapshot() as log:
                    assert len(list(log.entries())) == writer.tree.size

    def test_head_waits_for_a_commit_that_nobody_waits_for(self, mine: Postgres, tmp_path: Path) -> None:
        """The server is slow to commit, our connection gives up: the head is not read before that commit is decided.

        Read too early it would say "not stored", and the next commit would meet what then appears.
        """
        place, writer = mine.database(), Writer()
        with create_keystore(tmp_path / "keys", MASTER) as keys, create_journal(place, keys) as journal:
            journal.commit(writer.stored(writer.commit()))
            database = Interrupted(place, "journal", Bounds(connect=2, lock=1, statement=60, answer=2))
            with open_journal(place, keys) as other:
                other.close()
                other._database = database
                stopped: list[int] = []

                def stop() -> None:
                    """The session that is about to commit stands still, as on a stalled disk."""
                    (pid,) = [
                        int(line)
                        for line in mine.sql(
                            "SELECT pid FROM pg_stat_activity"
                            " WHERE state = 'idle in transaction' AND datname = current_database()",
                            place.database,
                        ).split()
                    ]
                    os.kill(pid, signal.SIGSTOP)
                    stopped.append(pid)

                database.happen = stop  # type: ignore[method-assign]
                failing = writer.commit([Letter()])
                with pytest.raises(Unavailable) as caught:
                    other.commit(failing)
                assert caught.value.code == jnl.IN_DOUBT
                with pytest.raises(Unavailable) as early:
                    other.head()
                assert early.value.code == jnl.LOCKED
                with journal._database.reading() as connection:  # as it would have looked
                    assert connection.exec_driver_sql("SELECT size FROM log_head").scalar_one() == 1
                os.kill(stopped[0], signal.SIGCONT)

                assert other.head().size == 2
                writer.stored(failing)
                database.happen = lambda: None  # type: ignore[method-assign]
                other.commit(writer.stored(writer.commit()))
                assert journal.head().size == 3
