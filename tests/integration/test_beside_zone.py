"""What persons do in a home while a zone runs in it: registered, confirming and erasing, by the process that owns the home."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.app import confirming, endpoints, law
from hub.app.confirmations import about
from hub.app.endpoints import Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import open_home, read_config
from hub.app.paths import HomePaths
from hub.app.register import add_person, personal_key
from hub.cli.app import root
from hub.codes import jnl, per, zon
from hub.config import BrokerNodes, Config, Engine
from hub.edges import resources
from hub.edges.clock import SimulatedClock, SystemClock
from hub.edges.socket import Client
from hub.errors import HomeInUse, Refused
from hub.exchangelog.entry import Admin
from hub.exchangelog.entry import Statement as StatementEntry
from hub.messages import Operator
from hub.observe import silent
from hub.statements import Act, Role
from tests.owning import owner

CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)

OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
EXAMPLE = (Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml").read_bytes()


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A new development home with two approvers and an auditor."""
    now = SystemClock().now()
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), now - timedelta(hours=1)))
    for name, role in (("甲", Role.APPROVER), ("乙", Role.APPROVER), ("丁", Role.AUDITOR)):
        add_person(made, name, role)
    return made


def run(paths: HomePaths, *words: str) -> tuple[int, Any]:
    done = CliRunner().invoke(root, [*words, "--json", "--home", str(paths.root)])
    return done.exit_code, json.loads(done.stdout)


def doubt() -> str:
    return about(law.load_provisions().doubts[0])


class TestPersons:
    def test_are_registered(self, paths: HomePaths) -> None:
        """With an entry, once; the key lies in the home."""
        with owner(paths.root) as serving:
            code, done = run(paths, "person", "add", "見本", "--role", "operator", "--staff", "S-7")
            again = run(paths, "person", "add", "見本", "--role", "operator")
            entry = serving.core.do(lambda: serving.home.entry(done["index"]))

        assert (code, set(done), again[1]["error"]["code"]) == (0, {"key", "role", "index"}, per.NAME_TAKEN.id)
        assert isinstance(entry, Admin)
        assert (entry.action, entry.keys) == ("person.add", (done["key"],))
        assert personal_key(paths, "見本") is not None


class TestConfirming:
    def test_two_persons_confirm(self, paths: HomePaths) -> None:
        """Who may not is refused, the same person counts once, and the second's signature is an entry; the log verifies."""
        name = doubt()
        with owner(paths.root) as serving:
            told = [
                run(paths, "confirm", "sign", name, "--person", one, "--reason", "原典に当たった") for one in "丁甲甲乙"
            ]
            entry = serving.core.do(lambda: serving.home.entry(told[-1][1]["index"]))
        with open_home(paths.root, SystemClock(), silent) as opened:
            left = [about(one) for one in opened.house.law.provisions.doubts]
        with open_archive(paths.root) as archive:
            report = archive.verify(())

        assert (told[0][0], told[0][1]["error"]["code"]) == (3, per.WRONG_ROLE.id)
        assert [one["approvals"] for _, one in told[1:]] == [1, 1, 2]
        assert [one["index"] is None for _, one in told[1:]] == [True, True, False]
        assert isinstance(entry, StatementEntry)
        assert (entry.statement, name in left, report.ok) == (told[-1][1]["statement"], False, True)

    def test_only_a_statement_about_the_doubt_as_it_stands(self, paths: HomePaths) -> None:
        """Another act, digest or log, and a second statement beside one that was begun, are refused."""
        key = personal_key(paths, "甲")
        with open_home(paths.root, SystemClock(), silent) as opened:
            said = confirming.statement(paths, CONFIG, opened.clock, doubt(), "原典に当たった")
            changes = ({"act": Act.HOLD}, {"digest": "0" * 64}, {"origin": "juki-hub/131211/other"})
            others = [replace(said, **one) for one in changes]
            for one in others:
                with pytest.raises(Refused) as refused:
                    confirming.accept(opened, one, one.signed(key))
                assert refused.value.code is per.OTHER_STATEMENT
            confirming.accept(opened, said, said.signed(key))
            with pytest.raises(Refused) as refused:
                confirming.accept(opened, (second := replace(said, reason="別の理由")), second.signed(key))

        assert refused.value.code is per.OTHER_STATEMENT

    def test_not_while_several_processes_work_by_the_configuration(self, paths: HomePaths) -> None:
        """On an engine a confirmation waits for the zone to stop: exit 6, as for a home in use."""
        broker = BrokerNodes(nodes=["localhost:5671"], ca="ca.pem")
        engine = Engine(broker=broker)
        with owner(paths.root) as serving:
            home = replace(serving.home, config=read_config(paths).model_copy(update={"engine": engine}))
            reply = replace(serving, home=home).answer({"op": "confirm", "statement": {}, "approval": {}})

        assert reply == {"error": jnl.HOME_IN_USE.id, "exit": HomeInUse.exit_code, "facts": {}}


class TestErasing:
    def test_what_is_due_by_the_owners_day(self, paths: HomePaths) -> None:
        """Nothing that is due later than today goes, whatever day is asked for; what is due has an entry."""
        now = SystemClock().now()
        letter = Letter("juki", "atena", "AT-REG", 1, "statutes", "bangou-9-1", endpoints.fresh_subject(), OPERATOR)
        with owner(paths.root) as serving:
            sent = endpoints.sign(paths, letter, EXAMPLE, law.load_provisions(), now)[1]
            assert serving.core.submit([sent])[0].permit
            early = run(paths, "erase", "--on", "2999-12-31")
        with owner(paths.root, SimulatedClock(now + timedelta(days=1200))) as serving:
            code, done = run(paths, "erase", "--on", "2999-12-31")
            tally = serving.core.do(serving.home.journal.tally)

        assert early == (0, {"erased": []})
        assert (code, sum(one["count"] for one in done["erased"])) == (0, 1)
        assert tally == {"atena": {"expired": 1}}

    def test_a_malformed_request_is_refused(self, paths: HomePaths) -> None:
        """The owner's socket does not guess."""
        asked = (
            {"op": "erase", "day": "tomorrow"},
            {"op": "erase"},
            {"op": "person", "name": "見本", "role": "chief", "staff": ""},
            {"op": "confirm", "statement": {}, "approval": {}},
        )
        with owner(paths.root):
            client = Client(paths.socket)
            replies = [client.call(one) for one in asked]
            client.close()

        assert [one["error"] for one in replies] == [zon.REQUEST.id] * 4
