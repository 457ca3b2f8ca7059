"""The language `sql`: what tests/conformance/test_languages.py asks of every language, and what only a database can suffer."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import RootTransaction
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable

from connectors.kit.languages.database import Database, sqlite
from connectors.kit.languages.sql import SqlPartner
from connectors.kit.languages.tables import CONTRACT, STAGING, View
from connectors.kit.partner import Result
from hub.codes import kit
from hub.errors import Held, IntegrityError, Unavailable
from tests.languages import ENDPOINTS, FEED, VIEW, PartnerSystem, effect

DEPARTMENT = ENDPOINTS[1]
DONE = Result(confirmed=True, reply={"length": "4"})
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[PartnerSystem]:
    made = PartnerSystem(tmp_path, "sql")
    yield made
    if made.process.poll() is None:
        made.kill()


@pytest.fixture
def partner(system: PartnerSystem) -> Iterator[SqlPartner]:
    made = SqlPartner(Database(sqlite(system.place), DEPARTMENT), DEPARTMENT, patience=20.0)
    yield made
    made.close()


def run(system: PartnerSystem, statement: str, *values: object) -> list[tuple[object, ...]]:
    """A statement of the partner's own operator."""
    connection = sqlite3.connect(system.place, timeout=20)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


class Doubtful(Database):
    """A connection that breaks at COMMIT, once: after it was done, or before."""

    def __init__(self, place: Path, *, done: bool) -> None:
        super().__init__(sqlite(place), DEPARTMENT)
        self.done = done
        self.left = 1

    def _commit(self, transaction: RootTransaction) -> None:
        if self.left:
            self.left -= 1
            if self.done:
                super()._commit(transaction)
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("gone"))
        super()._commit(transaction)


class TestTransaction:
    def test_effect_and_dedup_are_one_transaction(self, system: PartnerSystem, partner: SqlPartner) -> None:
        """Where the effect cannot be written, nothing is remembered; where both are, both say the same."""
        run(system, "CREATE TRIGGER no BEFORE INSERT ON hub_staging BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(Unavailable):
            partner.perform([effect("m1")])
        before = run(system, "SELECT * FROM hub_dedup")
        run(system, "DROP TRIGGER no")
        partner.perform([effect("m1")])

        assert before == []
        assert run(system, "SELECT endpoint, message_id, sha256 FROM hub_dedup") == [
            (DEPARTMENT, "m1", effect("m1").sha256)
        ]

    @pytest.mark.parametrize("done", [True, False])
    def test_a_commit_in_doubt_is_settled_by_asking(self, system: PartnerSystem, done: bool) -> None:
        """The connection broke at COMMIT: what hub_dedup knows is not staged again, what it does not know is."""
        database = Doubtful(system.place, done=done)
        partner = SqlPartner(database, DEPARTMENT, patience=20.0)
        results = partner.perform([effect("m1"), effect("m2")])
        partner.close()

        assert (results, database.left) == ([DONE, DONE], 0)
        assert system.performed(DEPARTMENT) == ["m1", "m2"]
        assert run(system, "SELECT count(*) FROM hub_staging") == [(2,)]

    def test_staged_while_the_department_is_down(self, system: PartnerSystem) -> None:
        """The effect stands in the partner's database before anybody there works; its outcome comes when they do."""
        system.kill()
        impatient = SqlPartner(Database(sqlite(system.place), DEPARTMENT), DEPARTMENT, patience=0.0)
        with pytest.raises(Unavailable):
            impatient.perform([effect("m1")])
        staged = run(system, "SELECT message_id, status, content FROM hub_staging")
        system.start()
        patient = SqlPartner(Database(sqlite(system.place), DEPARTMENT), DEPARTMENT, patience=20.0)
        results = patient.perform([effect("m1")])
        patient.close()

        assert staged == [("m1", 0, b"<x/>")]
        assert results == [DONE]
        assert run(system, "SELECT message_id, status, content FROM hub_staging") == [("m1", 1, None)]

    def test_a_ledger_that_knows_other_content_is_a_conflict(self, system: PartnerSystem, partner: SqlPartner) -> None:
        """The database was restored to yesterday, the department's own records were not."""
        partner.perform([effect("m1")])
        run(system, "DELETE FROM hub_staging")
        run(system, "DELETE FROM hub_dedup")
        with pytest.raises(Held) as caught:
            partner.perform([effect("m1", b"<y/>")])

        assert caught.value.code is kit.PARTNER_CONFLICT

    def test_what_could_not_be_read_is_offered_again(self, system: PartnerSystem, partner: SqlPartner) -> None:
        """Status 9 is no result: once the department can read it, it is performed."""
        with pytest.raises(IntegrityError):
            partner.perform([effect("m1", b"unreadable")])
        run(system, "UPDATE hub_staging SET content = ?", b"<x/>")

        assert partner.perform([effect("m1", b"unreadable")]) == [DONE]


class TestGarbage:
    @pytest.mark.parametrize(
        "lie",
        [
            "UPDATE hub_staging SET status = 7",
            "UPDATE hub_staging SET status = 2",
            "UPDATE hub_staging SET code = 'HUB-DOM-001'",
            "UPDATE hub_staging SET reply = 'not JSON'",
            "UPDATE hub_staging SET reply = '[]'",
            "UPDATE hub_staging SET reply = '{\"a\": 1}'",
            "DELETE FROM hub_staging",
        ],
    )
    def test_an_answer_against_the_contract_stops_the_endpoint(
        self, system: PartnerSystem, partner: SqlPartner, lie: str
    ) -> None:
        """Unknown status, a rejection without a code, a reply that is none, a row that is gone."""
        partner.perform([effect("m1")])
        run(system, lie)
        with pytest.raises(IntegrityError) as caught:
            partner.perform([effect("m1")])

        assert caught.value.code is kit.PARTNER_SPEECH

    def test_a_database_without_the_tables_stops_the_endpoint(self, system: PartnerSystem, partner: SqlPartner) -> None:
        """Waiting would not mend it."""
        system.kill()
        run(system, "DROP TABLE hub_staging")
        with pytest.raises(IntegrityError) as caught:
            partner.perform([effect("m1")])

        assert (caught.value.code, caught.value.facts["kind"]) == (kit.DATABASE_BROKEN, "SQLITE_ERROR")

    def test_what_is_no_database_stops_the_endpoint(self, tmp_path: Path) -> None:
        """Damage is not waited for; the error quotes nothing of the file."""
        place = tmp_path / "place"
        place.write_text("見本 太郎" * 1000)
        partner = SqlPartner(Database(sqlite(place), DEPARTMENT), DEPARTMENT, patience=0.0)
        with pytest.raises(IntegrityError) as caught:
            partner.perform([effect("m1")])
        partner.close()

        assert (caught.value.code, caught.value.facts["kind"]) == (kit.DATABASE_BROKEN, "SQLITE_NOTADB")
        assert "見本" not in str(caught.value)

    def test_a_view_that_is_not_as_agreed_stops_the_endpoint(self, system: PartnerSystem) -> None:
        """A missing column, another type, a feed or a cursor that was not agreed; what is NULL there is nothing here."""
        run(system, "CREATE VIEW numbers AS SELECT 1 AS 通番, 17 AS number")
        run(system, "CREATE VIEW blanks AS SELECT 1 AS 通番, NULL AS number")
        views = {"lacks": View(VIEW.name, ("氏名",)), "types": View("numbers", ("number",)), FEED: VIEW}
        views |= {"blanks": View("blanks", ("number",))}
        partner = SqlPartner(Database(sqlite(system.place), DEPARTMENT), DEPARTMENT, views)
        found = []
        for name, after in (("lacks", ""), ("types", ""), (FEED, "x"), ("other", "")):
            with pytest.raises(IntegrityError) as caught:
                partner.feed(name, after, 5)
            found.append(caught.value.code)
        blank = partner.feed("blanks", "", 5)
        partner.close()

        assert found == [kit.DATABASE_BROKEN, kit.PARTNER_SPEECH, kit.PARTNER_SPEECH, kit.PARTNER_SPEECH]
        assert (blank.events, blank.cursor, blank.end) == ([{"number": ""}], "1", False)


class TestPlace:
    def test_is_its_owners_alone(self, system: PartnerSystem, partner: SqlPartner) -> None:
        """Mode 0600, the files beside it too."""
        partner.perform([effect("m1")])
        found = {stat.S_IMODE(path.stat().st_mode) for path in system.place.parent.glob("place*")}

        assert found == {0o600}

    def test_a_file_that_was_replaced_is_found(self, system: PartnerSystem, tmp_path: Path) -> None:
        """The partner came back with another file: a connection to the old one does not answer for ever."""
        partner = SqlPartner(Database(sqlite(system.place), DEPARTMENT), DEPARTMENT, patience=2.0)
        partner.perform([effect("m1")])
        system.kill()
        for name in ("place", "place-wal", "place-shm"):
            path = system.place.with_name(name)
            if path.exists():
                path.rename(tmp_path / name)
        system.start()
        with pytest.raises(Unavailable):
            partner.perform([effect("m2")])
        again = partner.perform([effect("m1"), effect("m2")])
        partner.close()

        assert again == [DONE, DONE]
        assert system.performed(DEPARTMENT) == ["m1", "m2"]


class TestPostgres:
    def test_the_documented_statements_make_our_tables(self) -> None:
        """docs/partners.md gives the partner's operator what SQLAlchemy makes of the tables for PostgreSQL."""
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
        made = [str(CreateTable(table).compile(dialect=dialect)) for table in CONTRACT.sorted_tables]
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in STAGING.indexes]
        text = " ".join((ROOT / "docs" / "partners.md").read_text(encoding="utf-8").split())

        assert [statement for statement in made if " ".join(statement.split()) not in text] == []
