"""`hub disclosure`: a draft about a person, redacted, signed by two persons, and only then written for the resident (開示請求)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hub.disclosure import Draft
from hub.errors import Misconfigured
from tests.integration.test_person_search import AUDITOR, NUMBER, OTHER, error, send, token
from tests.integration.test_witness import hub

FIRST, SECOND = "見本 一郎", "見本 二郎"
LAW = "法78条1項2号"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three messages about a person and one about another, and the people who take part."""
    place = tmp_path_factory.mktemp("disclosure")
    home = ("--home", str(place / "home"))
    hub("init", "--development", *home)
    for name, role in ((AUDITOR, "auditor"), (FIRST, "approver"), (SECOND, "approver")):
        hub("person", "add", name, "--role", role, *home)
    for number in (NUMBER, OTHER, NUMBER, NUMBER):
        send(place / "home", token(place / "home", number))
    asker = ("--person", AUDITOR, "--reason", "開示請求 R8-17")
    hub("disclosure", "draft", "--subject", token(place / "home", NUMBER), *asker, "-o", str(place / "draft"), *home)
    return place


class Desk:
    """A copy of the home with its draft."""

    def __init__(self, place: Path) -> None:
        self.draft, self.home, self.page = place / "draft", place / "home", place / "page.html"

    def hide(self, *lines: int, because: str = LAW, code: int = 0) -> dict[str, object]:
        return hub("disclosure", "hide", str(self.draft), *map(str, lines), "--because", because, code=code)

    def sign(self, name: str, reason: str = "確かめた", code: int = 0) -> dict[str, object]:
        words = ("--person", name, "--reason", reason, "--home", str(self.home))
        return hub("disclosure", "sign", str(self.draft), *words, code=code)

    def write(self, code: int = 0) -> dict[str, object]:
        return hub("disclosure", "write", str(self.draft), "-o", str(self.page), "--home", str(self.home), code=code)


@pytest.fixture
def desk(begun: Path, tmp_path: Path) -> Desk:
    shutil.copytree(begun, tmp_path / "place")
    return Desk(tmp_path / "place")


class TestDraft:
    def test_is_about_that_person(self, desk: Desk) -> None:
        """Each exchange with its law and items; no token and no number in it."""
        said = hub("disclosure", "show", str(desk.draft))
        lines = said["lines"]
        assert isinstance(lines, list)
        text = desk.draft.read_text("utf-8")

        assert [(one["sender"], one["recipient"], one["type"]) for one in lines] == [("juki", "atena", "AT-REG")] * 3
        assert all("statutes/bangou-9-1" in one["law"] for one in lines)
        assert token(desk.home, NUMBER) not in text
        assert NUMBER not in text

    @pytest.mark.parametrize("change", [(b'"hidden": ""', b'"hidden": "x" '), (b"{", b"[")])
    def test_is_changed_by_no_other_means(self, desk: Desk, change: tuple[bytes, bytes]) -> None:
        desk.draft.write_bytes(desk.draft.read_bytes().replace(*change))
        assert error(hub("disclosure", "show", str(desk.draft), code=2)) == "HUB-CLI-075"

    def test_says_what_the_log_says(self, desk: Desk) -> None:
        """Whoever wrote something else into it gets no signature, and no page."""
        desk.draft.write_bytes(desk.draft.read_bytes().replace(b"atena", b"zeimu"))
        assert error(desk.sign(FIRST, code=2)) == "HUB-CLI-075"
        assert error(desk.write(code=2)) == "HUB-CLI-075"

    def test_of_nobody(self, desk: Desk) -> None:
        """An empty list is an answer too."""
        words = ("--subject", "x" * 22, "--person", AUDITOR, "--reason", "開示請求", "--home", str(desk.home))
        assert hub("disclosure", "draft", *words, "-o", str(desk.draft))["lines"] == 0
        for name in (FIRST, SECOND):
            desk.sign(name)
        assert desk.write()["lines"] == 0
        assert "該当するものはありません" in desk.page.read_text("utf-8")


class TestRelease:
    def test_by_two_persons(self, desk: Desk) -> None:
        """Of a line that is left out the page has the reason alone; the log says who released it."""
        desk.hide(2)
        assert desk.sign(FIRST)["approvals"] == 1
        assert error(desk.write(code=2)) == "HUB-HLD-016"
        signed = desk.sign(SECOND)
        said, text = desk.write(), desk.page.read_text("utf-8")
        made = Draft.decoded(desk.draft.read_bytes())
        looks = hub("review", "reveals", "--home", str(desk.home))["looks"]
        assert isinstance(looks, list)

        assert (said["lines"], said["hidden"], said["index"]) == (3, 1, signed["index"])
        assert text.count(LAW) == 1
        assert text.count("住民記録システム → 共通機能(団体内統合宛名機能)") == 2
        assert made.lines[1].hidden == LAW
        assert (looks[0]["action"], set(looks[0]["persons"])) == ("disclosure.release", {FIRST, SECOND})

    def test_not_by_one_twice_nor_without_the_role(self, desk: Desk) -> None:
        desk.sign(FIRST)
        assert desk.sign(FIRST)["approvals"] == 1
        assert error(desk.sign(AUDITOR, code=3)) == "HUB-PER-002"
        assert error(desk.write(code=2)) == "HUB-HLD-016"
        assert not desk.page.exists()

    def test_a_change_begins_anew(self, desk: Desk) -> None:
        """Also one that takes a line back in."""
        for name in (FIRST, SECOND):
            desk.sign(name)
        desk.hide(1, 3)
        assert error(desk.write(code=2)) == "HUB-HLD-016"
        desk.hide(1, because="")
        assert error(desk.write(code=2)) == "HUB-HLD-016"
        desk.hide(3, because="")
        assert desk.write()["hidden"] == 0  # the very draft that they signed

    def test_why(self, desk: Desk) -> None:
        assert error(desk.sign(FIRST, reason=" ", code=2)) == "HUB-HLD-005"

    def test_no_such_line(self, desk: Desk) -> None:
        assert error(desk.hide(4, code=2)) == "HUB-CLI-074"
        assert error(desk.hide(0, code=2)) == "HUB-CLI-074"
        assert error(desk.hide(1, because="x" * 201, code=2)) == "HUB-CLI-074"

    def test_signatures_of_another_home(self, desk: Desk, tmp_path: Path) -> None:
        """The log of this home must have the release."""
        for name in (FIRST, SECOND):
            desk.sign(name)
        for file in (desk.home / "confirmations").glob("*.json"):
            file.write_text(file.read_text("utf-8").replace('"index": 9', '"index": 4'), "utf-8")
        assert desk.write(code=3)["error"]


def test_a_page_quotes_nothing_unescaped(desk: Desk) -> None:
    """A reason is free text."""
    desk.hide(1, because="<script>alert(1)</script>")
    for name in (FIRST, SECOND):
        desk.sign(name)
    desk.write()
    assert "<script>" not in desk.page.read_text("utf-8")


def test_hide_needs_a_line() -> None:
    with pytest.raises(Misconfigured, match="HUB-CLI-074"):
        Draft("o", 1, 0, "", ()).hide([], "x")
