"""Errands between partner systems: in order, once in effect, by couriers that do not wait for one another; and the safe."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.kit.desk import Desk, Performed, Plain
from connectors.kit.domain import NO_MATCH
from connectors.kit.errands import Asking, Courier, Errand, done, refused, taken
from connectors.kit.ledger import Ledger, Line
from connectors.kit.partner import CONFIRMED, REJECTED, Effect, Events, Result
from connectors.kit.safe import Safe
from hub.codes import kit
from hub.errors import IntegrityError, Unavailable

KEY = bytes(range(32))


class Teller(Plain):
    """Who tells: its lines are what is done."""

    def __init__(self) -> None:
        self.lines: set[str] = set()

    def perform(self, effect: Effect) -> Performed:
        return done(effect)

    def remember(self, line: Line) -> None:
        self.lines.add(line.message)


class Hearer(Plain):
    """Who is told: rejects what begins with `no`, and replies with what it is to say."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def reply(self, effect: Effect) -> Mapping[str, str]:
        return self.said

    def perform(self, effect: Effect) -> Performed:
        return refused(effect, NO_MATCH) if effect.content.startswith(b"no") else taken(effect, seen="1")


class Reached:
    """The hearer's desk as a partner, that can be down and can lose its word."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.down = 0
        self.mute = 0
        self.calls = 0

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        self.calls += 1
        if self.down:
            self.down -= 1
            raise Unavailable(kit.PARTNER_DOWN, endpoint="x", kind="down")
        replies = self.desk.perform(effects)
        if self.mute:
            self.mute -= 1
            raise Unavailable(kit.PARTNER_DOWN, endpoint="x", kind="mute")
        return [Result(one.result == CONFIRMED, one.code, one.reply) for one in replies]

    def feed(self, name: str, after: str, limit: int) -> Events:
        raise AssertionError


def errand(number: int, content: bytes = b"content") -> Errand:
    return Errand(f"m{number:03d}", "A1-4", "x", hashlib.sha256(content).hexdigest(), content, f"c{number // 2}")


class Pair:
    """A teller and a hearer with their ledgers, and a courier between them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settled: list[str] = []
        self.ledgers = [Ledger(home / f"{name}.jsonl") for name in ("teller", "hearer")]
        self.teller, self.hearer = Teller(), Hearer()
        self.desk = Desk(self.teller, self.ledgers[0])
        self.partner = Reached(Desk(self.hearer, self.ledgers[1]))
        self.courier = Courier("x", self.partner, self.desk, self.teller.lines, lambda one: self.settled.append(one.id))

    def lines(self, name: str) -> list[Line]:
        return [Line.decode(line) for line in (self.home / f"{name}.jsonl").read_bytes().splitlines()]

    def close(self) -> None:
        for ledger in self.ledgers:
            ledger.close()


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


class TestCourier:
    def test_tells_in_order_and_both_ends_know(self, pair: Pair) -> None:
        """One line an errand at both ends, in the order given, under the flow."""
        pair.courier.give([errand(number) for number in range(120)])
        pair.courier.start()

        assert pair.courier.finish(60)
        pair.close()
        names = [f"m{number:03d}" for number in range(120)]
        assert [line.message for line in pair.lines("teller")] == names
        assert [line.message for line in pair.lines("hearer")] == names
        assert {line.facts["flow"] for name in ("teller", "hearer") for line in pair.lines(name)} == {"A1-4"}
        assert pair.settled == names

    def test_a_rejection_is_told_at_both_ends(self, pair: Pair) -> None:
        """The other's verdict stands in the teller's own ledger too."""
        pair.courier.give([errand(1, b"no"), errand(2)])
        pair.courier.start()
        assert pair.courier.finish(60)
        pair.close()

        for name in ("teller", "hearer"):
            assert [(line.result, line.code) for line in pair.lines(name)] == [(REJECTED, NO_MATCH), (CONFIRMED, "")]

    def test_findings_stand_in_the_tellers_line(self, pair: Pair) -> None:
        """What the errand names of the other's reply, and no more of it."""
        pair.hearer.said = {"不一致の人数": "1", "人数": "2"}
        pair.courier.give(
            [replace(errand(1), findings=("不一致の人数",)), replace(errand(2, b"no"), findings=("人数",))]
        )
        pair.courier.start()
        assert pair.courier.finish(60)
        pair.close()

        found = [line.facts for line in pair.lines("teller")]
        same = {"type": "A1-4", "flow": "A1-4", "to": "x"}
        assert found == [{**same, "cause": "c0", "不一致の人数": "1"}, {**same, "cause": "c1"}]

    def test_asks_again_and_has_one_effect(self, pair: Pair) -> None:
        """A system that is down, and one whose word was lost: the same again, and nothing twice."""
        pair.partner.down, pair.partner.mute = 2, 2
        pair.courier.give([errand(number) for number in range(3)])
        pair.courier.start()
        assert pair.courier.finish(60)
        pair.close()

        assert pair.partner.calls == 5
        assert [line.message for line in pair.lines("hearer")] == ["m000", "m001", "m002"]
        assert [line.message for line in pair.lines("teller")] == ["m000", "m001", "m002"]

    def test_what_has_a_line_is_not_told_again(self, pair: Pair) -> None:
        """After a restart the errands of the outbox come again; those that were done are only let go."""
        pair.desk.perform([Effect("m000", "A1-4", errand(0).sha256, b"")])
        pair.courier.give([errand(0), errand(1)])
        pair.courier.start()
        assert pair.courier.finish(60)
        pair.close()

        assert [line.message for line in pair.lines("hearer")] == ["m001"]
        assert pair.settled == ["m000", "m001"]

    def test_ends_though_the_other_is_down(self, pair: Pair) -> None:
        """Patience has an end, and says that something is left."""
        pair.partner.down = 10**9
        pair.courier.give([errand(0)])
        pair.courier.start()

        assert not pair.courier.finish(0.01)
        pair.close()

    def test_one_that_is_down_holds_up_no_other(self, pair: Pair, tmp_path: Path) -> None:
        """⑤a and ⑤b: released by one event, neither waits for the other."""
        (tmp_path / "other").mkdir()
        other = Pair(tmp_path / "other")
        pair.partner.down = 10**9
        for one in (pair, other):
            one.courier.give([errand(0)])
            one.courier.start()

        assert other.courier.finish(60)
        assert not pair.courier.finish(0.01)
        pair.close()
        other.close()


class TestAsking:
    def test_a_system_that_is_down_breaks_the_connection_of_who_waits(self, pair: Pair) -> None:
        """So that the question is put again, and no verdict is invented."""
        asking = Asking(pair.partner)
        pair.partner.down = 1

        with pytest.raises(ConnectionError):
            asking.ask(errand(0).effect)
        assert asking.ask(errand(0).effect).confirmed
        pair.close()

    def test_threads_may_share_it(self, pair: Pair) -> None:
        """One question at a time."""
        asking = Asking(pair.partner)
        threads = [threading.Thread(target=asking.ask, args=(errand(number).effect,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pair.close()

        assert sorted(line.message for line in pair.lines("hearer")) == [f"m{number:03d}" for number in range(20)]


class TestSafe:
    def test_keeps_what_it_was_given_sealed(self, tmp_path: Path) -> None:
        """Another process with the key reads it; nobody reads it off the disk."""
        Safe(tmp_path / "safe", KEY, "test").keep([("m1", "見本 太郎".encode()), ("m2", b"two")])
        again = Safe(tmp_path / "safe", KEY, "test")

        assert again.names() == ["m1", "m2"]
        assert again.read("m1") == "見本 太郎".encode()
        assert not any("見本".encode() in path.read_bytes() for path in (tmp_path / "safe").iterdir())
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / "safe").iterdir())

    def test_what_is_erased_is_gone(self, tmp_path: Path) -> None:
        """And erasing twice is no fault."""
        safe = Safe(tmp_path / "safe", KEY, "test")
        safe.keep([("m1", b"one")])
        safe.erase("m1")
        safe.erase("m1")

        assert safe.names() == []
        with pytest.raises(KeyError):
            safe.read("m1")

    def test_a_torn_file_counts_for_nothing(self, tmp_path: Path) -> None:
        """What was half written when its process died was never promised."""
        safe = Safe(tmp_path / "safe", KEY, "test")
        safe.keep([("m1", b"one")])
        (tmp_path / "safe" / "m2.part").write_bytes(b"half")

        assert Safe(tmp_path / "safe", KEY, "test").names() == ["m1"]
        assert not (tmp_path / "safe" / "m2.part").exists()

    def test_another_key_or_a_swapped_file_opens_nothing(self, tmp_path: Path) -> None:
        """A content belongs to its id and its key."""
        safe = Safe(tmp_path / "safe", KEY, "test")
        safe.keep([("m1", b"one"), ("m2", b"two")])
        with pytest.raises(IntegrityError):
            Safe(tmp_path / "safe", bytes(32), "test").read("m1")
        (tmp_path / "safe" / "m1.sealed").replace(tmp_path / "safe" / "m2.sealed")
        with pytest.raises(IntegrityError):
            safe.read("m2")
