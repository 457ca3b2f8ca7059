"""Damage in closed history holds what still waits from that range, and nothing else; persons let it go."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from hub.app.freezing import Freezing, ranges
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.exchangelog.entry import Hold
from hub.messages import Delivery, Returned
from hub.observe import silent
from tests.integration.test_selfcheck import Moved
from tests.integration.test_witness import hub, submit


def said(size: int, *findings: tuple[int, int | None], found: int | None = None, first: int = 0) -> dict[str, object]:
    listed = [{"code": "x", "index": index} | ({} if until is None else {"until": until}) for index, until in findings]
    count = len(listed) if found is None else found
    return {"size": size, "stored": size, "found": count, "findings": listed, "first_bad_index": first}


class TestRanges:
    def test_of_findings(self) -> None:
        """One entry, or to where the finding says; touching ones are one; what is behind the log's end is none."""
        assert ranges(said(9, (5, None), (1, 3), (2, None), (3, 4))) == [(1, 4), (5, 6)]
        assert ranges(said(9, (9, None), (8, 20))) == [(8, 9)]
        assert ranges(said(9)) == []

    def test_of_more_than_are_named(self) -> None:
        """A verification names a hundred: from the first bad one on nothing is known to be sound."""
        assert ranges(said(50, (5, None), (45, None), found=300, first=4)) == [(4, 50)]

    def test_of_what_was_not_read(self) -> None:
        """A row is missing: what follows it was never verified. And a root that differs, though something else explains it."""
        assert ranges({**said(5, (5, None)), "stored": 9, "whole": False}) == [(5, 9)]
        assert ranges({**said(9, (1, None)), "whole": True, "suspect": [4, 7]}) == [(1, 2), (4, 7)]

    @pytest.mark.parametrize(
        "value", [{}, {"size": 1, "found": 1, "stored": 1, "findings": [1]}, {"error": {"code": "x"}}]
    )
    def test_what_is_no_verifications_word(self, value: Mapping[str, object]) -> None:
        """A command that failed says something else, and one of an export too; then what was known holds."""
        with pytest.raises(ValueError, match=r".+"):
            ranges(value)
        with pytest.raises(ValueError, match=r".+"):
            ranges({**said(1), "stored": None})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which four messages wait for one recipient."""
    hub("init", "--development", "--home", str(tmp_path / "home"))
    for _ in range(4):
        submit(tmp_path / "home", tmp_path)
    return tmp_path / "home"


def verified(home: Path) -> None:
    """As a zone's daily verification leaves its word."""
    word = hub("log", "verify", "--home", str(home), code=4)
    HomePaths(home).selfcheck_said.write_text(json.dumps(word), "utf-8")


def held(home: OpenHome) -> dict[int, str]:
    return {one.index: one.code for one in home.journal.stopped()}


def damaged(home: Path, index: int) -> None:
    with closing(sqlite3.connect(HomePaths(home).journal / "journal.sqlite")) as database, database:
        database.execute("UPDATE log_entries SET leaf_hash = zeroblob(32) WHERE idx = ?", (index,))


class Desk:
    """A recipient that takes what it is offered, and keeps it."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def capacity(self) -> int:
        return 50

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        self.given += [one.index for one in deliveries]

    def returned(self) -> Sequence[Returned]:
        return ()


def rounds(home: OpenHome, desk: Desk, freezing: Freezing, count: int = 3) -> None:
    """As a zone's thread does it: look, then hand over."""
    for _ in range(count):
        freezing.look()
        home.dispatcher.round({"atena": desk})


class TestFreezing:
    def test_only_the_range(self, home: Path) -> None:
        """One damaged entry: its delivery is held by an entry and handed to nobody, the others go."""
        damaged(home, 2)
        verified(home)
        desk = Desk()
        with open_home(home, Moved(), silent) as opened:
            before = opened.journal.head().size
            rounds(opened, desk, Freezing(opened))
            frozen, entry, after = held(opened), opened.entry(before), opened.journal.head().size

        assert (frozen, sorted(desk.given)) == ({2: "HUB-LOG-075"}, [1, 3, 4])
        assert isinstance(entry, Hold)
        assert (entry.entry, entry.code, after) == (2, "HUB-LOG-075", before + 1)

    def test_persons_let_it_go(self, home: Path) -> None:
        """Two of them, as of any hold; it is not frozen again, not by the next run either, though the damage is still there."""
        damaged(home, 2)
        verified(home)
        names = ("見本 一郎", "見本 二郎")
        with open_home(home, Moved(), silent) as opened:
            rounds(opened, Desk(), Freezing(opened))
            message = opened.journal.stopped()[0].message_id
        for name in names:
            hub("person", "add", name, "--role", "approver", "--home", str(home))
        for name in names:
            hub("hold", "release", message, "--person", name, "--reason", "証印と照合した", "--home", str(home))
        desk = Desk()
        with open_home(home, Moved(), silent) as opened:
            rounds(opened, desk, Freezing(opened))
            assert held(opened) == {}
        assert 2 in desk.given

    def test_a_missing_row(self, home: Path) -> None:
        """All that comes behind it, too: nobody has verified that. What is recorded afterwards goes."""
        with closing(sqlite3.connect(HomePaths(home).journal / "journal.sqlite")) as database, database:
            database.execute("PRAGMA foreign_keys=OFF")
            database.execute("DELETE FROM log_entries WHERE idx = 2")
        verified(home)
        submit(home, home.parent)
        desk = Desk()
        with open_home(home, Moved(), silent) as opened:
            rounds(opened, desk, Freezing(opened))
            assert held(opened) == dict.fromkeys((2, 3, 4), "HUB-LOG-075")
        assert sorted(desk.given) == [1, 5]

    def test_while_another_verification_runs(self, home: Path) -> None:
        """After a restart what was found before holds, until it is known otherwise."""
        damaged(home, 2)
        verified(home)
        with open_home(home, Moved(), silent) as opened:
            Freezing(opened).look()
        HomePaths(home).selfcheck_said.write_bytes(b"")  # as when one begins
        with open_home(home, Moved(), silent) as opened:
            rounds(opened, Desk(), Freezing(opened))
            assert held(opened) == {2: "HUB-LOG-075"}

    def test_what_could_not_be_recorded_is_tried_again(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """And goes to nobody meanwhile."""
        damaged(home, 2)
        verified(home)
        desk = Desk()
        with open_home(home, Moved(), silent) as opened:
            freezing = Freezing(opened)
            freezing.look()
            opened.dispatcher.round({"atena": desk})
            with monkeypatch.context() as patch:
                patch.setattr(opened.intake, "turn", lambda _: 1 // 0)
                with pytest.raises(ZeroDivisionError):
                    freezing.look()
                opened.dispatcher.round({"atena": desk})
            rounds(opened, desk, freezing)
            assert held(opened) == {2: "HUB-LOG-075"}
        assert 2 not in desk.given

    def test_by_hand_it_is_handed_out_neither(self, home: Path) -> None:
        """Where no zone runs: `hub inbox` shows what may go."""
        damaged(home, 2)
        verified(home)
        shown = hub("inbox", "atena", "--home", str(home))["messages"]
        assert isinstance(shown, list)
        assert [one["index"] for one in shown] == [1, 3, 4]

    def test_mended_and_damaged_again(self, home: Path) -> None:
        """What is damaged after the log was whole is frozen like the first time."""
        desk, word = Desk(), HomePaths(home).selfcheck_said
        with open_home(home, Moved(), silent) as opened:
            freezing = Freezing(opened)
            for number, told in enumerate((said(9, (2, None)), said(9), said(9, (2, None)))):
                word.write_text(json.dumps(told), "utf-8")
                os.utime(word, (number + 1, number + 1))
                freezing.look()
                opened.dispatcher.round({"atena": desk})
                if number == 1:
                    assert 2 not in freezing._frozen
                freezing.look()
            assert held(opened) == {2: "HUB-LOG-075"}

    def test_nothing_was_found(self, home: Path) -> None:
        """Nothing is said, or something that is no verification's word: nothing is held."""
        with open_home(home, Moved(), silent) as opened:
            rounds(opened, Desk(), Freezing(opened))
            HomePaths(home).selfcheck_said.write_text("{", "utf-8")
            rounds(opened, Desk(), Freezing(opened))
            assert held(opened) == {}
