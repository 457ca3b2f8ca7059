"""connectors.kit.ledger and desk: an effect is on disk before anybody hears of it, and is done once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.kit.desk import Desk, Performed, Plain, Reply
from connectors.kit.ledger import Ledger, Line, Tokens, peek
from connectors.kit.partner import Effect
from hub.codes import kit
from hub.errors import HomeInUse, IntegrityError, Misconfigured

LINE = Line("m1", "0" * 64, "confirmed", facts={"type": "CV-UPD", "person": "ab" * 16})


class Counting(Plain):
    """Confirms everything but empty documents, and counts from its ledger."""

    def __init__(self) -> None:
        self.remembered: list[str] = []

    def perform(self, effect: Effect) -> Performed:
        if effect.content == b"unreadable":
            raise ValueError("no XML")
        return Performed() if effect.content else Performed(confirmed=False, code="HUB-DOM-001")

    def remember(self, line: Line) -> None:
        self.remembered.append(line.message)

    def reply(self, effect: Effect) -> Mapping[str, str]:
        return {"length": str(len(effect.content))}


def effect(message: str, content: bytes = b"<x/>") -> Effect:
    return Effect(message, "CV-UPD", hashlib.sha256(content).hexdigest(), content)


class TestLedger:
    def test_is_rebuilt_from_disk(self, tmp_path: Path) -> None:
        """What was appended is there at the next start, in order."""
        with Ledger(tmp_path / "x.jsonl") as ledger:
            ledger.append([LINE, Line("m2", "1" * 64, "rejected", "HUB-DOM-001")])

        with Ledger(tmp_path / "x.jsonl") as again:
            assert again.lines == (LINE, Line("m2", "1" * 64, "rejected", "HUB-DOM-001"))

    def test_lines_are_what_the_join_of_the_demo_reads(self, tmp_path: Path) -> None:
        """A line is JSON with MessageId, sha256, result, and code where it was rejected."""
        with Ledger(tmp_path / "x.jsonl") as ledger:
            ledger.append([Line("m2", "1" * 64, "rejected", "HUB-DOM-001")])

        (line,) = (tmp_path / "x.jsonl").read_text().splitlines()
        assert json.loads(line) == {
            "MessageId": "m2",
            "sha256": "1" * 64,
            "result": "rejected",
            "code": "HUB-DOM-001",
        }

    def test_cuts_off_a_torn_last_line(self, tmp_path: Path) -> None:
        """A line without its end was never answered for, so it did not happen."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(LINE.encode() + LINE.encode()[:-1])

        with Ledger(path) as ledger:
            assert ledger.lines == (LINE,)

        assert path.read_bytes() == LINE.encode()

    @pytest.mark.parametrize(
        "damage", [b"{}\n", b'{"MessageId":1,"sha256":"","result":""}\n', b"\xff\n", b"[]\n", b"\n"]
    )
    def test_stops_at_a_damaged_line(self, tmp_path: Path, damage: bytes) -> None:
        """A whole line that is no line is not guessed around."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(LINE.encode() + damage + LINE.encode())

        with pytest.raises(IntegrityError) as caught:
            Ledger(path)

        assert (caught.value.code, caught.value.facts["line"]) == (kit.LEDGER_DAMAGED, 2)

    def test_has_one_owner(self, tmp_path: Path) -> None:
        """A second simulator waits and then gives up."""
        with Ledger(tmp_path / "x.jsonl"), pytest.raises(HomeInUse):
            Ledger(tmp_path / "x.jsonl", wait=0.1)

    def test_may_be_looked_at_by_others(self, tmp_path: Path) -> None:
        """Beside its owner, without the line that is being written, and without a change; where there is none, nothing is made."""
        path = tmp_path / "x.jsonl"
        torn = LINE.encode() + LINE.encode()[:-1]
        with Ledger(path):
            path.write_bytes(torn)
            found = peek(path)

        assert found == (LINE,)
        assert path.read_bytes() == torn
        assert peek(tmp_path / "y.jsonl") == ()
        assert not (tmp_path / "y.jsonl").exists()

    def test_a_look_stops_at_a_damaged_line_too(self, tmp_path: Path) -> None:
        """As its owner would."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"{}\n")

        with pytest.raises(IntegrityError):
            peek(path)


class TestTokens:
    def test_are_stable_and_keyed(self, tmp_path: Path) -> None:
        """The same key file gives the same token, another key another."""
        first = Tokens.at(tmp_path / "a.key", begun=False)
        again = Tokens.at(tmp_path / "a.key", begun=True)
        other = Tokens.at(tmp_path / "b.key", begun=False)

        assert first.of("a", "b") == again.of("a", "b") != other.of("a", "b")

    def test_know_where_each_part_ends(self, tmp_path: Path) -> None:
        """Parts are not glued together."""
        tokens = Tokens(bytes(32))

        assert tokens.of("ab", "c") != tokens.of("a", "bc")

    def test_a_begun_ledger_keeps_its_key(self, tmp_path: Path) -> None:
        """A new key for old lines would forget every person."""
        with pytest.raises(Misconfigured) as caught:
            Tokens.at(tmp_path / "a.key", begun=True)

        assert caught.value.code is kit.LEDGER_KEY


class TestDesk:
    def test_performs_an_effect_once(self, tmp_path: Path) -> None:
        """The same message again, in the same batch or later, gets the first result and no second line."""
        play = Counting()
        with Ledger(tmp_path / "x.jsonl") as ledger:
            desk = Desk(play, ledger)
            first = desk.perform([effect("m1"), effect("m1")])
            again = desk.perform([effect("m1")])

        assert first == again * 2 == [Reply("confirmed", reply={"length": "4"})] * 2
        assert len((tmp_path / "x.jsonl").read_text().splitlines()) == 1

    def test_remembers_over_a_restart(self, tmp_path: Path) -> None:
        """State and results come back from the ledger alone."""
        with Ledger(tmp_path / "x.jsonl") as ledger:
            first = Desk(Counting(), ledger).perform([effect("m1"), effect("m2", b"")])
        play = Counting()
        with Ledger(tmp_path / "x.jsonl") as ledger:
            again = Desk(play, ledger).perform([effect("m1"), effect("m2", b"")])

        assert first == again
        assert first[1] == Reply("rejected", "HUB-DOM-001")
        assert play.remembered == ["m1", "m2"]

    def test_tells_other_content_under_a_known_message(self, tmp_path: Path) -> None:
        """It is a conflict, and nothing is done."""
        with Ledger(tmp_path / "x.jsonl") as ledger:
            desk = Desk(Counting(), ledger)
            desk.perform([effect("m1")])
            conflict = desk.perform([effect("m1", b"<y/>")])

        assert conflict == [Reply("conflict", sha256=effect("m1").sha256)]
        assert len((tmp_path / "x.jsonl").read_text().splitlines()) == 1

    def test_writes_what_it_did_before_it_failed(self, tmp_path: Path) -> None:
        """Where the second of three cannot be read, the first stands in the ledger and in the state."""
        play = Counting()
        with Ledger(tmp_path / "x.jsonl") as ledger:
            desk = Desk(play, ledger)
            with pytest.raises(ValueError, match="no XML"):
                desk.perform([effect("m1"), effect("m2", b"unreadable"), effect("m3")])

        with Ledger(tmp_path / "x.jsonl") as again:
            assert [line.message for line in again.lines] == play.remembered == ["m1"]
