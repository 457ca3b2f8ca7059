"""connectors.kit.conformance finds connectors that break their promises: a suite that cannot fail proves nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from connectors.kit.compose import Draft
from connectors.kit.conformance import RoomBench, RoomConformance
from connectors.kit.room import Feed, Opened, Outcome, Room, confirmed, rejected
from tests import fakehub

PAYLOAD = '<x xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名></x>'.encode()


class Careless:
    """A room that writes effects down itself, with faults to choose from."""

    def __init__(self, path: Path, *, asks: bool = True, takes: bool = True, deaf: bool = False) -> None:
        self.path, self.asks, self.takes, self.deaf = path, asks, takes, deaf

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        known = {json.loads(line) for line in self.path.read_text().splitlines()}
        with self.path.open("a") as ledger:
            for one in batch:
                if not self.deaf and (not self.asks or one.header.message_id not in known):
                    ledger.write(json.dumps(one.header.message_id) + "\n")
        return [confirmed() if self.takes else rejected("HUB-DOM-001") for _ in batch]

    def feeds(self) -> Sequence[Feed]:
        return ()


class Bench:
    def __init__(self, home: Path, make: Callable[[Path], Careless]) -> None:
        self.home = home
        self.path = home / "effects"
        self.path.touch()
        self.make = make
        self.sender, self.receiver = fakehub.identity("juki"), fakehub.identity("conbini")
        self.hub = fakehub.memory_hub("juki", "conbini")

    def room(self) -> Room:
        return self.make(self.path)

    def draft(self, number: int) -> Draft:
        return fakehub.draft(self.sender, "conbini", PAYLOAD, str(number))

    def performed(self) -> Counter[str]:
        return Counter(json.loads(line) for line in self.path.read_text().splitlines())

    def partner_up(self, *, up: bool) -> None:
        """This room has no partner, which is one of its faults."""


class Suite(RoomConformance):
    __test__ = False

    def __init__(self, home: Path, make: Callable[[Path], Careless]) -> None:
        self._bench = Bench(home, make)

    def bench(self) -> RoomBench:
        return self._bench


class TestRoomConformance:
    def test_passes_what_keeps_the_contract(self, tmp_path: Path) -> None:
        """The careful room passes where no partner is needed."""
        Suite(tmp_path, Careless).test_killed_between_effect_and_commit()

    def test_finds_a_room_that_does_not_ask_by_message_id(self, tmp_path: Path) -> None:
        """Killed between effect and commit, it performs twice."""
        suite = Suite(tmp_path, lambda path: Careless(path, asks=False))

        with pytest.raises(AssertionError, match="second effect"):
            suite.test_killed_between_effect_and_commit()

    def test_finds_a_room_that_confirms_what_it_did_not_do(self, tmp_path: Path) -> None:
        """A confirmation without an effect."""
        suite = Suite(tmp_path, lambda path: Careless(path, deaf=True))

        with pytest.raises(AssertionError, match="one effect each"):
            suite.test_a_delivery_has_one_effect_and_one_answer()

    def test_finds_a_room_that_rejects_what_it_did(self, tmp_path: Path) -> None:
        """An effect under a rejection."""
        suite = Suite(tmp_path, lambda path: Careless(path, takes=False))

        with pytest.raises(AssertionError, match="one confirmation each"):
            suite.test_a_delivery_has_one_effect_and_one_answer()

    def test_finds_a_room_that_answers_while_its_partner_is_away(self, tmp_path: Path) -> None:
        """What cannot be asked must be waited for."""
        suite = Suite(tmp_path, Careless)

        with pytest.raises(AssertionError, match="waits for"):
            suite.test_a_partner_that_is_down_is_waited_for()
