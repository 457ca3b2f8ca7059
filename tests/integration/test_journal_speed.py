"""A backlog costs nobody else anything: finding what is ready takes the same time whatever waits."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest

from hub.edges.journal import Journal, create_journal, open_journal, rows, waiting, writing
from hub.edges.journal.opening import FILE
from hub.edges.keystore import KeyStore, create_keystore
from hub.edges.postgres import Server
from hub.edges.prepared import Prepared
from hub.ports import SettleRow
from tests.journaldata import NOW, Letter, Writer
from tests.postgres import Postgres

BACKLOG = 200_000
MASTER = bytes(range(32))
ROWS = "WITH RECURSIVE s(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM s WHERE i < 10 + {count} - 1) "
DELIVERY = "i, 'm' || i, 'c', 'JK-CHG', 1, 'juki', 'atena', {lane}, 'standard', '2026-04-01', '0', NULL, 'pending', '', 0, 0, NULL"


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[KeyStore]:
    with create_keystore(tmp_path / "keystore", MASTER) as made:
        yield made


@pytest.fixture(params=["one lane", "a hundred lanes", "a lane each"])
def backlog(request: pytest.FixtureRequest, tmp_path: Path, keystore: KeyStore) -> Iterator[Journal]:
    """One delivery for zei, then 200,000 that wait for atena."""
    lane, leads = {
        "one lane": ("x'61'", "i = 10"),
        "a hundred lanes": ("CAST(i % 100 AS BLOB)", "i < 110"),
        "a lane each": ("CAST(i AS BLOB)", "1"),
    }[request.param]
    with create_journal(tmp_path, keystore) as made:
        made.commit(Writer().commit([Letter(recipient="zei", body=bytes(4800))]))
    series, delivery = ROWS.format(count=BACKLOG), DELIVERY.format(lane=lane)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(series + "INSERT INTO log_entries SELECT i, x'00', x'00' FROM s")  # noqa: S608 - words of this test
        connection.execute(series + "INSERT INTO outgoing SELECT " + delivery + ", " + leads + ", NULL FROM s")  # noqa: S608 - words of this test
        connection.execute("INSERT INTO tally VALUES ('atena', 'pending', ?)", (BACKLOG,))
        connection.commit()
    with open_journal(tmp_path, keystore) as journal:
        yield journal


@pytest.fixture(params=["one lane", "a hundred lanes", "a lane each"])
def server_backlog(
    request: pytest.FixtureRequest, postgres: Postgres, shared_database: Server, keystore: KeyStore
) -> Iterator[Journal]:
    """The same on PostgreSQL, as autovacuum leaves it."""
    lane, leads = {
        "one lane": ("'\\x61'::bytea", "(i = 10)::int"),
        "a hundred lanes": ("int8send(i % 100)", "(i < 110)::int"),
        "a lane each": ("int8send(i)", "1"),
    }[request.param]
    with create_journal(shared_database, keystore) as made:
        made.commit(Writer().commit([Letter(recipient="zei", body=bytes(4800))]))
    series, delivery = f"FROM generate_series(10, {BACKLOG} + 9) i", DELIVERY.format(lane=lane)
    postgres.sql(
        f"INSERT INTO log_entries SELECT i, '\\x00', '\\x00' {series};"  # noqa: S608 - words of this test
        f"INSERT INTO outgoing SELECT {delivery}, {leads}, NULL {series};"
        f"INSERT INTO tally VALUES ('atena', 'pending', {BACKLOG}); VACUUM ANALYZE outgoing",
        shared_database.database,
    )
    with open_journal(shared_database, keystore) as journal:
        yield journal
    postgres.empty(shared_database)


def milliseconds(work: Callable[[], object]) -> float:
    """The median of many runs."""
    times = []
    for _ in range(25):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return median(times)


def plan(database: Path, statement: Prepared) -> str:
    """How SQLite goes about a statement."""
    with closing(sqlite3.connect(database)) as connection:
        sql = statement._compiled["sqlite"][0]
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?")).fetchall()
    return "\n".join(str(row[3]) for row in rows)


@pytest.mark.slow
class TestBacklog:
    def test_finding_what_is_ready_stays_quick(self, backlog: Journal) -> None:
        """For the recipient with the backlog and for others, with many busy and without: below 5 ms (measured 0.1 to 0.5)."""

        def choose(recipients: list[str], busy: range) -> tuple[int, ...]:
            with backlog._database.reading() as connection:
                return waiting.choose(connection, recipients, busy, NOW, 200)

        assert milliseconds(lambda: choose(["atena", "zei"], range(0))) < 5
        assert milliseconds(lambda: choose(["atena", "zei"], range(10, 210))) < 5
        assert milliseconds(lambda: backlog.ready(["zei"], (), NOW, 50)) < 5
        assert [one.delivery.index for one in backlog.ready(["zei"], (), NOW, 50)] == [0]

    def test_settling_stays_quick(self, backlog: Journal) -> None:
        """The next of a long lane leads without a walk through it."""
        settled = iter(range(10, 1000))

        def settle() -> None:
            with backlog._database.writing() as connection:
                writing.settle(connection, [SettleRow(next(settled), "acknowledged")])

        assert milliseconds(settle) < 15

    def test_counting_stays_quick(self, backlog: Journal) -> None:
        """The tally is kept, not counted."""
        assert backlog.tally()["atena"] == {"pending": BACKLOG}
        assert milliseconds(backlog.tally) < 5

    def test_all_of_it_stays_quick_on_a_server(self, server_backlog: Journal) -> None:
        """The same bounds on PostgreSQL, with a million as well as with 200,000 (measured at a million: 0.9 and 3 to 4 ms)."""
        settled = iter(range(10, 100_000))

        def choose(busy: range) -> tuple[int, ...]:
            with server_backlog._database.reading() as connection:
                return waiting.choose(connection, ["atena", "zei"], busy, NOW, 200)

        def settle() -> None:
            with server_backlog._database.writing() as connection:
                writing.settle(connection, [SettleRow(next(settled), "acknowledged")])

        assert milliseconds(lambda: choose(range(0))) < 8
        assert milliseconds(lambda: choose(range(10, 210))) < 8
        assert milliseconds(lambda: server_backlog.ready(["zei"], (), NOW, 50)) < 8
        assert milliseconds(settle) < 25
        assert milliseconds(server_backlog.tally) < 8

    def test_a_server_reads_the_index_alone(self, server_backlog: Journal) -> None:
        """No table, no sort, and no more of the index than was asked for."""
        values = {"to": "atena", "now": rows.milliseconds(NOW), "most": 200}
        with server_backlog._database.reading() as connection:
            sql, bind = waiting._INDEXES._for(connection.dialect)
            lines = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", bind(values)).scalars().all()
        plan_ = "\n".join(lines)

        assert "Index Only Scan using outgoing_ready" in plan_
        assert "Heap Fetches: 0" in plan_
        assert not any(word in plan_ for word in ("Sort", "Seq Scan", "Rows Removed"))


class TestPlans:
    """What SQLite does for the hot statements; another choice walks through the backlog."""

    def test_every_hot_statement_uses_its_own_index(self, tmp_path: Path, keystore: KeyStore) -> None:
        """The partial indexes serve the statements that they were made for."""
        writer = Writer()
        with create_journal(tmp_path, keystore) as journal:
            journal.commit(writer.stored(writer.commit()))
            journal.commit(writer.commit([Letter()], [SettleRow(0, "acknowledged")]))
            journal.ready(["atena"], (), NOW, 1)
            wanted = [
                (waiting._INDEXES, "SEARCH outgoing USING INDEX outgoing_ready (recipient=?)"),
                (waiting._RECIPIENTS, "SEARCH outgoing USING INDEX outgoing_ready (recipient>?)"),
                (writing._PROMOTE, "SEARCH next_one USING INDEX outgoing_lane (recipient=? AND lane=?)"),
                (writing._INSERT_OUTGOING, "SEARCH outgoing USING INDEX outgoing_lane (recipient=? AND lane=?)"),
            ]
            found = [(plan(tmp_path / FILE, statement), index) for statement, index in wanted]

        assert [index for text, index in found if index not in text] == []
        assert not any("SCAN outgoing" in text for text, _ in found)
