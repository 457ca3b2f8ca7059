"""`hub log person`: the entries about one person, by tokens, with a reason and as an entry; pseudonyms die with their bucket."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.app import personsearch, revealing
from hub.app.daily import Daily
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.app.register import personal_key
from hub.cli.app import root
from hub.edges.clock import SystemClock
from hub.edges.keystore import create_keystore
from hub.errors import Refused
from hub.exchangelog.entry import Admin, Permit
from hub.observe import silent
from hub.ports import SecretRow
from tests.integration.test_timestamps import Moved
from tests.integration.test_witness import EXAMPLE, hub

AUDITOR, OPERATOR = "見本 監査", "見本 運用"
NUMBER, OTHER = "0000000042", "0000000099"  # 宛名番号, invented


def subject(home: Path, number: str, *words: str, code: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(
        root, ["subject", "--as", "juki", *words, "--home", str(home), "--json"], input=f"{number}\n"
    )
    assert done.exit_code == code, done.output
    assert not number or number not in done.output
    return dict(json.loads(done.stdout))


def token(home: Path, number: str) -> str:
    found = subject(home, number, "--to", "atena")["tokens"]
    assert isinstance(found, dict)
    return str(found["atena"])


def send(home: Path, *tokens: str, permitted: bool = True) -> None:
    file = home.parent / "m.xml"
    given = [word for one in tokens for word in ("--subject", one)]
    letter = ["--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1", "-o", str(file)]
    hub("sign", str(EXAMPLE), *letter, *given, "--home", str(home))
    hub("submit", str(file), "--home", str(home), code=0 if permitted else 3)


def ask(home: Path, *tokens: str, person: str = AUDITOR, reason: str = "開示請求", code: int = 0) -> dict[str, object]:
    given = [word for one in tokens for word in ("--subject", one)]
    return hub("log", "person", *given, "--person", person, "--reason", reason, "--home", str(home), code=code)


def indexes(said: dict[str, object]) -> list[int]:
    found = said["found"]
    assert isinstance(found, list)
    return [one["index"] for one in found]


def error(said: dict[str, object]) -> str:
    found = said["error"]
    assert isinstance(found, dict)
    return str(found["code"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three messages about one person, one about another."""
    home = tmp_path_factory.mktemp("made") / "home"
    hub("init", "--development", "--home", str(home))
    for name, role in ((AUDITOR, "auditor"), (OPERATOR, "operator")):
        hub("person", "add", name, "--role", role, "--home", str(home))
    for number in (NUMBER, OTHER, NUMBER, NUMBER):
        send(home, token(home, number))
    return home


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "home"))


class TestFound:
    def test_the_person_and_nobody_else(self, home: Path) -> None:
        """The newest first; both together; a stranger is not there."""
        mine, other = token(home, NUMBER), token(home, OTHER)

        assert indexes(ask(home, mine)) == [6, 5, 3]  # behind the configuration and two registrations
        assert indexes(ask(home, other)) == [4]
        assert indexes(ask(home, mine, other)) == [6, 5, 4, 3]
        assert indexes(ask(home, "x" * 22)) == []

    def test_asking_is_an_entry_before_anything_is_told(self, home: Path) -> None:
        """Who: a key. Why: in the private part. For whom: nowhere in clear."""
        mine = token(home, NUMBER)
        asked = ask(home, mine)["asked"]
        assert isinstance(asked, int)
        with open_home(home, SystemClock(), silent) as opened:
            entry, private = opened.entry(asked), opened.journal.secret(asked, "private")
        with closing(sqlite3.connect(HomePaths(home).journal / "journal.sqlite")) as database:
            leaves = b"".join(leaf for (leaf,) in database.execute("SELECT leaf FROM log_entries"))

        assert isinstance(entry, Admin)
        assert (entry.action, len(entry.keys)) == ("search.person", 1)
        assert "開示請求".encode() in (private or b"")
        assert mine.encode() not in leaves

    def test_a_refused_message_is_found_too(self, home: Path) -> None:
        """What was asked about a person and refused belongs to the answer."""
        mine = token(home, NUMBER)
        file = home.parent / "m.xml"
        send(home, mine)
        letter = ["--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1", "-o", str(file)]
        hub("sign", str(EXAMPLE), *letter, "--subject", mine, "--expires", "2020-01-01T00:00:00Z", "--home", str(home))
        hub("submit", str(file), "--home", str(home), code=3)
        with open_home(home, SystemClock(), silent) as opened:
            kinds = [opened.entry(one) for one in opened.journal.concerning([mine])]

        assert [isinstance(one, Permit) for one in kinds] == [True, True, True, True, False]

    def test_dies_with_its_bucket(self, home: Path) -> None:
        """When the private parts have gone nobody finds the person, and no row is left."""
        mine, clock = token(home, NUMBER), Moved()
        clock.ahead = timedelta(days=8 * 366)
        with open_home(home, clock, silent) as opened:
            before = opened.journal.concerning([mine])
            daily = Daily(opened)
            daily.look()
            daily.stop()
            after = opened.journal.concerning([mine])
        with closing(sqlite3.connect(HomePaths(home).journal / "journal.sqlite")) as database:
            rows = database.execute("SELECT count(*) FROM pseudonyms").fetchone()[0]

        assert (len(before), after, rows) == (3, (), 0)


class TestPseudonyms:
    def test_another_in_every_bucket_and_none_without_its_key(self, tmp_path: Path) -> None:
        """The table alone links nothing: one person on two days has two names, and none once a bucket is void."""
        (tmp_path / "store").mkdir()
        days = (date(2028, 4, 1), date(2028, 4, 2))
        with create_keystore(tmp_path / "store", bytes(32)) as store:
            rows = [
                SecretRow(at, "private", b"x", "record-p2y", day, ("x" * 22, "y" * 22)) for at, day in enumerate(days)
            ]
            first, second = (one.pseudonyms for one in store.change(rows))
            both = store.pseudonyms(["x" * 22])
            store.shred_bucket("record-p2y", days[0])
            left = store.pseudonyms(["x" * 22])

        assert len({*first, *second}) == 4
        assert both == {one for one in (*first, *second) if one in both}
        assert (len(both), left) == (2, both - set(first))

    def test_a_subject_twice_has_one_name(self, tmp_path: Path) -> None:
        (tmp_path / "store").mkdir()
        with create_keystore(tmp_path / "store", bytes(32)) as store:
            row = SecretRow(0, "private", b"x", "record-p2y", date(2028, 4, 1), ("x" * 22, "x" * 22))

            assert len(store.change([row])[0].pseudonyms) == 1


class TestRefused:
    def test_who_may_not_and_what_is_no_token(self, home: Path) -> None:
        mine = token(home, NUMBER)

        assert error(ask(home, mine, person=OPERATOR, code=3)) == "HUB-PER-002"
        assert error(ask(home, mine, reason=" ", code=2)) == "HUB-HLD-005"
        assert error(ask(home, NUMBER, code=2)) == "HUB-CLI-070"
        with open_home(home, SystemClock(), silent) as opened:
            last = opened.entry(opened.intake.tree.size - 1)
        assert not isinstance(last, Admin)  # nothing was asked

    def test_the_owner_asks_for_role_and_reason_before_it_looks(self, home: Path) -> None:
        """Whatever program speaks to it: who may not gets no answer about the records, and nothing is an entry."""
        with open_home(home, SystemClock(), silent) as opened:
            size, records = opened.intake.tree.size, [(99, "body")]  # an entry that is none
            for person, reason, code in ((OPERATOR, "x", "HUB-PER-002"), (AUDITOR, " ", "HUB-HLD-005")):
                said = revealing.statement(opened.config, SystemClock(), records, reason)
                approval = said.signed(personal_key(opened.paths, person))
                with pytest.raises(Refused, match=code):
                    revealing.answer(opened, revealing.request(said, approval, records))
                salted = personsearch.statement(opened.config, SystemClock(), ["x" * 22], reason, b"s" * 32)
                approval = salted.signed(personal_key(opened.paths, person))
                with pytest.raises(Refused, match=code):
                    personsearch.answer(opened, personsearch.request(salted, approval, ["x" * 22], b"s" * 32))

            assert opened.intake.tree.size == size

    def test_asked_once(self, home: Path) -> None:
        """The same signed statement, or one over other tokens or another salt, tells nothing more."""
        with open_home(home, SystemClock(), silent) as opened:
            said = personsearch.statement(opened.config, SystemClock(), ["x" * 22], "x", b"s" * 32)
            approval = said.signed(personal_key(opened.paths, AUDITOR))
            for subjects, salt in ((["y" * 22], b"s" * 32), (["x" * 22], b"t" * 32)):
                with pytest.raises(Refused, match="HUB-HLD-004"):
                    personsearch.answer(opened, personsearch.request(said, approval, subjects, salt))
            asked = personsearch.request(said, approval, ["x" * 22], b"s" * 32)
            personsearch.answer(opened, asked)
            with pytest.raises(Refused, match="HUB-HLD-012"):
                personsearch.answer(opened, asked)

    def test_a_number_that_is_none_and_strangers(self, home: Path) -> None:
        assert error(subject(home, "", code=2)) == "HUB-CLI-071"
        assert error(subject(home, NUMBER, "--to", "mars", code=2)) == "HUB-CLI-005"
        tokens = subject(home, NUMBER)["tokens"]
        assert isinstance(tokens, dict)
        assert len(set(tokens.values())) == len(tokens) > 5
