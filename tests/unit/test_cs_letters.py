"""突合 of 送付先情報 (A7-2, L519): what is said of an addressee, and whether it is the latest that the 全国サーバー has."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from connectors.cs import network
from connectors.cs.exchange import errands_of
from connectors.cs.network import PERSON, Person, addressees, comparison, person
from connectors.cs.peers.zenkoku import Zenkoku
from connectors.juki.full import behind
from connectors.juki.full import cs as full
from connectors.juki.town import Town
from connectors.kit.compose import compose
from connectors.kit.desk import Desk
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.partner import Effect
from connectors.kit.payload import items
from tests import fakehub

TOWN = Town(seed=3, residents=60, number_of_events=30, day=date(2026, 4, 1), full=True)
TOKENS = Tokens(b"\x07" * 32)
ELSEWHERE = "東京都足立区千住一丁目1番1号"
UNWRITABLE = "見本\U00020000"  # not in UCS-2, nor in the room's table


def quiet_person() -> Person:
    """Somebody of whom the 全国サーバー has what 住記 has."""
    moved = behind.moved_at_center(TOWN)
    people = (person(items(one)) for one in TOWN.first_updates())
    return next(one for one in people if one["住民票コード"] not in moved)


def effect(number: int, flow: str, content: bytes) -> Effect:
    return Effect(f"019d4657-0000-7ee3-9464-{number:012d}", flow, hashlib.sha256(content).hexdigest(), content)


def letter(name: str) -> bytes:
    """A letter as 住記 signs it, to somebody of that name."""
    told = next(one for one in full.told(TOWN) if one.type == "SF-SEND")
    payload = told.build()
    named = payload.find("{*}対象者/{*}氏名漢字")
    assert named is not None
    named.text = name
    juki = fakehub.identity("juki", "juki-net")
    draft = fakehub.draft(juki, "cs", etree.tostring(payload, encoding="utf-8"), "甲", "SF-SEND")
    return compose(draft, juki).raw


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Zenkoku(TOWN, TOKENS), Ledger(tmp_path / "zenkoku.jsonl"))


class TestLatest:
    def asked(self, desk: Desk, number: int, one: Person) -> str:
        """How many differ."""
        (reply,) = desk.perform([effect(number, "A7-2", comparison("x", [one]))])
        return reply.reply["不一致の人数"]

    def test_an_update_of_the_day_counts(self, desk: Desk) -> None:
        """What was the latest in the morning is not after somebody moved, and the new address is."""
        before = quiet_person()
        after = {**before, "住所": ELSEWHERE}
        assert (self.asked(desk, 1, before), self.asked(desk, 2, after)) == ("0", "1")
        desk.perform([effect(3, "B8-2", PERSON.encode(after))])

        assert (self.asked(desk, 4, before), self.asked(desk, 5, after)) == ("1", "0")

    def test_what_was_found_stays_found(self, desk: Desk) -> None:
        """Asked again after a later update, the same question gets its first answer."""
        before = quiet_person()
        self.asked(desk, 1, before)
        desk.perform([effect(2, "B8-2", PERSON.encode({**before, "住所": ELSEWHERE}))])

        assert self.asked(desk, 1, before) == "0"

    def test_whom_nobody_knows_is_a_finding(self, desk: Desk) -> None:
        """No record is no agreement."""
        assert self.asked(desk, 1, {**quiet_person(), "住民票コード": "00000000000"}) == "1"


class TestAddressees:
    def test_the_four_items_are_said(self) -> None:
        """And nothing else but the 住民票コード: no 個人番号."""
        (one,) = addressees(letter("見本 太郎"))

        assert one["氏名"] == "見本 太郎"
        assert set(one) == {"住民票コード", *network.FOUR}

    def test_what_the_line_cannot_bear_is_left_out(self) -> None:
        """Then nobody can say that it agrees."""
        (one,) = addressees(letter(UNWRITABLE))

        assert set(one) == {"住民票コード"}

    def test_the_letter_goes_as_it_is(self) -> None:
        """S18: the card system gets the very bytes under their digest, whatever comes of the 突合."""
        content = letter(UNWRITABLE)
        sent = effect(1, "SF-SEND", content)
        to_card, to_center = errands_of(sent, TOKENS)

        assert (to_card.to, to_card.content, to_card.sha256) == ("card", content, sent.sha256)
        assert (to_center.to, to_center.findings) == ("zenkoku", ("不一致の人数",))
