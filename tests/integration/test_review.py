"""`hub review`: who looked at what and why; what a fault or a leak touched, by recipient, row of law and items."""

from __future__ import annotations

import getpass
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from hub.app import usereview
from hub.app.opening import open_home, read_config
from hub.app.paths import HomePaths
from hub.app.register import personal_key
from hub.edges.clock import SystemClock
from hub.errors import Refused
from hub.observe import silent
from tests.integration.test_person_search import AUDITOR, NUMBER, OTHER, ask, send, token
from tests.integration.test_witness import hub


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four messages about two persons, and an auditor who searched twice."""
    home = tmp_path_factory.mktemp("review") / "home"
    hub("init", "--development", "--home", str(home))
    hub("person", "add", AUDITOR, "--role", "auditor", "--home", str(home))
    for number in (NUMBER, OTHER, NUMBER, NUMBER):
        send(home, token(home, number))
    for reason in ("開示請求 R8-17", "苦情 R8-3"):
        ask(home, token(home, NUMBER), reason=reason)
    return home


def rows(said: dict[str, object], name: str) -> list[dict[str, object]]:
    found = said[name]
    assert isinstance(found, list)
    return found


class TestReveals:
    def test_who_what_and_why(self, home: Path) -> None:
        """The newest first, with the name of the register and the reason that was signed."""
        found = rows(hub("review", "reveals", "--home", str(home)), "looks")

        assert [(one["action"], one["persons"], one["about"], one["reason"]) for one in found] == [
            ("search.person", [AUDITOR], "persons:1", "苦情 R8-3"),
            ("search.person", [AUDITOR], "persons:1", "開示請求 R8-17"),
        ]

    def test_in_a_time(self, home: Path) -> None:
        assert rows(hub("review", "reveals", "--to", "2020-01-01", "--home", str(home)), "looks") == []

    def test_a_key_that_the_register_has_lost(self, home: Path, tmp_path: Path) -> None:
        """The entry names the key, whoever took the name away."""
        copy = Path(shutil.copytree(home, tmp_path / "home"))
        (copy / "persons" / "register.json").write_text('{"persons": []}', "utf-8")
        found = rows(hub("review", "reveals", "--home", str(copy)), "looks")

        assert all(len(str(name)) == 16 for one in found for name in one["persons"])  # type: ignore[attr-defined]


class TestAffected:
    def test_by_recipient_and_row(self, home: Path) -> None:
        """How many messages, where they stand, and at most about how many persons: never who."""
        said = hub("review", "affected", "--endpoint", "atena", "--home", str(home))
        (row,) = rows(said, "exchanges")

        assert (row["sender"], row["recipient"], row["type"], row["count"]) == ("juki", "atena", "AT-REG", 4)
        assert row["provision"] == "statutes/bangou-9-1"
        assert (said["count"], said["persons_at_most"]) == (4, 2)

    def test_nothing_in_another_time_or_place(self, home: Path) -> None:
        for words in (("--endpoint", "zei"), ("--to", "2020-01-01")):
            said = hub("review", "affected", *words, "--home", str(home))

            assert (said["exchanges"], said["persons_at_most"]) == ([], 0)


class TestUse:
    def use(self, home: Path, *words: str, code: int = 0) -> dict[str, object]:
        asker = ("--person", AUDITOR, "--reason", "定期の点検")
        return hub("review", "use", *asker, "--hours", "00:00-23:59", *words, "--home", str(home), code=code)

    def lists(self, place: Path, home: Path, number: str) -> tuple[str, ...]:
        """The same person suppressed, and of the household of whoever runs this."""
        line = f"{token(home, number)}  atena"
        (place / "suppressed").write_text(f"# 支援措置\n{line}\n", "utf-8")
        (place / "households").write_text(f"{getpass.getuser()} {line}\nS0001 {'x' * 22}\n", "utf-8")
        return ("--suppressed", str(place / "suppressed"), "--households", str(place / "households"))

    def test_whom_and_who(self, home: Path, tmp_path: Path) -> None:
        """Two findings about one of two persons, each with its entries; the page shows them; and the log says who asked."""
        page = tmp_path / "page.html"
        said = self.use(home, *self.lists(tmp_path, home, OTHER), "-o", str(page))
        found = [one for one in rows(said, "findings") if one["kind"] != "hours"]
        text = page.read_text("utf-8")
        (look, *_) = rows(hub("review", "reveals", "--home", str(home)), "looks")

        assert [(one["kind"], one["staff"], one["entries"]) for one in found] == [
            ("household", getpass.getuser(), [3]),
            ("suppressed", getpass.getuser(), [3]),
        ]
        assert (said["uses"], said["erased"]) == (4, 0)
        assert "<svg" in text
        assert "自分の世帯" in text
        assert token(home, OTHER) not in text
        assert (look["action"], look["reason"]) == ("review.use", "定期の点検")

    def test_in_a_time(self, home: Path) -> None:
        """Nothing is asked where there is nothing."""
        before = rows(hub("review", "reveals", "--home", str(home)), "looks")
        said = self.use(home, "--to", "2020-01-01")
        assert (said["uses"], said["findings"]) == (0, [])
        assert rows(hub("review", "reveals", "--home", str(home)), "looks") == before

    def test_many(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """More than one reply holds: the pieces are one statement, and one entry."""
        monkeypatch.setattr(usereview, "PIECE", 2)
        before = len(rows(hub("review", "reveals", "--home", str(home)), "looks"))
        assert self.use(home)["uses"] == 4
        assert len(rows(hub("review", "reveals", "--home", str(home)), "looks")) == before + 1

    @pytest.mark.parametrize("line", ["12345", "", "0000000042 x"])
    def test_what_is_no_list(self, home: Path, tmp_path: Path, line: str) -> None:
        """A number in it is not sent on, nor quoted."""
        (tmp_path / "list").write_text(f"{'x' * 22}\n{line or '-'}\n", "utf-8")
        error = self.use(home, "--suppressed", str(tmp_path / "list"), code=2)["error"]
        assert isinstance(error, dict)
        assert error["code"] == "HUB-CLI-073"
        assert "0000000042" not in str(error)

    def test_who_may_not(self, home: Path) -> None:
        """Neither without a role, nor with another one's statement, nor for a run that was not signed."""
        hub("person", "add", "見本 窓口", "--role", "operator", "--home", str(home))
        words = ("--person", "見本 窓口", "--reason", "x", "--home", str(home))
        assert hub("review", "use", *words, code=3)["error"]
        paths = HomePaths(home)
        asked = usereview.Asked(0, 2, b"\1" * 32)
        said = usereview.statement(read_config(paths), SystemClock(), asked, "点検")
        given = said.signed(personal_key(paths, AUDITOR))
        with open_home(home, SystemClock(), silent) as opened:
            ask_for = partial(usereview.answer, opened)
            for other in (
                replace(asked, stop=3),
                replace(asked, suppressed=("y" * 22,)),
                replace(asked, salt=b"\2" * 32),
            ):
                with pytest.raises(Refused, match="HUB-HLD-004"):
                    list(usereview.pieces(other, said, given, ask_for))
            assert list(usereview.pieces(asked, said, given, ask_for))
            with pytest.raises(Refused, match="HUB-HLD-012"):  # a copied one
                list(usereview.pieces(asked, said, given, ask_for))
