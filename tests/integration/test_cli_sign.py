"""`hub sign`: every kind of message that the hub accepts can be made by hand, and what is said about one in a wrong form is not signed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from hub.calendar import jst_day
from hub.cli.app import root
from hub.edges.clock import SystemClock
from hub.envelope import parse_header
from hub.messages import Header
from tests import samples

ALICE, BOB, CAROL = (name + "_" * 22 for name in "abc")
OTHER = "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa"
# What each wrong form ends under.
WRONG = (
    (("--expires", "2026-05-01"), "HUB-CLI-052"),
    (("--expires", "2026-05-01T00:00:00"), "HUB-CLI-052"),
    (("--expires", "0001-01-01T00:00:00+09:00"), "HUB-CLI-052"),
    (("--expires", "明日"), "HUB-CLI-052"),
    (("--corrects", "x"), "HUB-CLI-053"),
    (("--conversation", OTHER.upper()), "HUB-CLI-053"),
    (("--conversation", OTHER, "--in-reply-to", OTHER.replace("-7c", "-4c")), "HUB-CLI-053"),
    (("--in-reply-to", OTHER), "HUB-CLI-043"),
    (("--subject", "見本太郎"), "HUB-CLI-054"),
    (("--subject", ALICE, "--subject", ALICE), "HUB-CLI-054"),
    (("--subject", ALICE, "--subject", BOB), "HUB-CLI-055"),
)


def told(*words: str) -> tuple[int, dict[str, object]]:
    """Exit code and JSON."""
    done = CliRunner().invoke(root, [*words, "--json"])
    return done.exit_code, json.loads(done.stdout)


def code_of(said: dict[str, object]) -> object:
    error = said["error"]
    return error["code"] if isinstance(error, dict) else None


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A development home of each zone."""
    made = {zone: tmp_path_factory.mktemp(zone) / "home" for zone in ("juki-net", "kikan")}
    for zone, home in made.items():
        assert told("init", "--development", "--zone", zone, "--home", str(home))[0] == 0
    return made


class Hand:
    """Signs in one home, from `sender` to `recipient`."""

    def __init__(self, home: Path, place: Path, way: Sequence[str]) -> None:
        self.home, self.body, self.output = home, place / "body.xml", place / "m.xml"
        self.way = ("--as", way[0], "--to", way[1], "--type", way[2])

    def sign(self, payload: etree._Element, *more: str) -> tuple[int, dict[str, object]]:
        self.body.write_bytes(etree.tostring(payload, encoding="UTF-8"))
        return told("sign", str(self.body), *self.way, *more, "-o", str(self.output), "--home", str(self.home))

    def sent(self, payload: etree._Element, *more: str) -> tuple[dict[str, object], Header]:
        """The receipt of what was signed, and its header."""
        assert self.sign(payload, *more)[0] == 0
        receipt = told("submit", str(self.output), "--home", str(self.home))[1]
        return receipt, parse_header(etree.fromstring(self.output.read_bytes()))


class TestWhatTheHubAccepts:
    def test_what_must_expire(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """A 転出証明書情報 with the end of its thirty days is accepted; without it, it is refused."""
        today = jst_day(SystemClock().now())
        hand = Hand(homes["juki-net"], tmp_path, ("cs", "juki", "TS-CERT"))
        leaving = samples.tree("TS-CERT", {"転出予定年月日": today.isoformat()})
        end = f"{(today + timedelta(days=31)).isoformat()}T00:00:00+09:00"
        accepted, header = hand.sent(leaving, "--expires", end)
        refused, _ = hand.sent(leaving)

        assert (accepted["permit"], refused["code"]) == (True, "HUB-CHK-022")
        assert header.expires_at is not None
        assert header.expires_at.isoformat() == f"{today + timedelta(days=30)}T15:00:00+00:00"

    def test_a_correction(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """It names what it corrects, goes on with that conversation, and says what it follows from."""
        hand = Hand(homes["kikan"], tmp_path, ("juki", "atena", "AT-REG"))
        first, _ = hand.sent(samples.tree("AT-REG"), "--subject", ALICE)
        name = str(first["message"])
        again = ("--corrects", name, "--conversation", name, "--in-reply-to", name, "--subject", ALICE)
        second, header = hand.sent(samples.tree("AT-REG"), *again)

        assert (first["permit"], second["permit"]) == (True, True)
        assert (header.corrects, header.conversation_id, header.in_reply_to) == (name, name, name)

    def test_a_letter_about_several_persons(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """In the order given."""
        hand = Hand(homes["juki-net"], tmp_path, ("juki", "cs", "SF-SEND"))
        household = samples.tree("SF-SEND", variant=1)
        receipt, header = hand.sent(household, *("--subject", BOB, "--subject", ALICE, "--subject", CAROL))

        assert receipt["permit"] is True
        assert header.subjects == (BOB, ALICE, CAROL)


class TestForms:
    @pytest.mark.parametrize(("words", "code"), WRONG)
    def test_a_wrong_form_is_not_signed(
        self, homes: dict[str, Path], tmp_path: Path, words: Sequence[str], code: str
    ) -> None:
        """Exit code 2 under a code of its own, and no file."""
        hand = Hand(homes["kikan"], tmp_path, ("juki", "atena", "AT-REG"))
        exit_code, said = hand.sign(samples.tree("AT-REG"), *words)

        assert (exit_code, code_of(said), hand.output.exists()) == (2, code, False)


class TestTheRow:
    def test_the_only_one_is_claimed(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """Nobody need look up what routes and tables leave no choice about; it is named in what the command says."""
        hand = Hand(homes["kikan"], tmp_path, ("juki", "atena", "AT-REG"))

        assert hand.sign(samples.tree("AT-REG"))[1]["basis"] == "statutes/bangou-9-1"

    def test_several_are_listed(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """介護保険課 has two affairs: the person chooses."""
        hand = Hand(homes["kikan"], tmp_path, ("juki", "介護保険課", "JK-CHG"))
        exit_code, said = hand.sign(samples.tree("JK-CHG"))

        assert (exit_code, code_of(said)) == (2, "HUB-CLI-057")
        assert "beppyo/100, ku-jorei/15" in str(said)

    def test_a_table_narrows(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """Rows of other tables are no candidates."""
        hand = Hand(homes["kikan"], tmp_path, ("juki", "介護保険課", "JK-CHG"))

        assert hand.sign(samples.tree("JK-CHG"), "--table", "ku-jorei")[1]["basis"] == "ku-jorei/15"

    def test_none_is_said_with_what_was_approved(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """A row that two persons have not confirmed yet cannot be claimed."""
        hand = Hand(homes["kikan"], tmp_path, ("juki", "gakumu", "KK-CHG"))
        exit_code, said = hand.sign(samples.tree("KK-CHG"))

        assert (exit_code, code_of(said)) == (2, "HUB-CLI-056")

    def test_without_a_route_the_rule_is_named(self, homes: dict[str, Path], tmp_path: Path) -> None:
        """X9 as the hub would say it, but as usage: nothing was sent."""
        hand = Hand(homes["kikan"], tmp_path, ("atena", "juki", "AT-REG"))
        exit_code, said = hand.sign(samples.tree("AT-REG"))

        assert (exit_code, code_of(said)) == (2, "HUB-RTE-021")
