"""The rules that rooms and simulators have of their own: S16 at the CS, numbers at the 共通機能, causality at 住記."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cs.register import Record, Register, record_of
from connectors.juki import eventrecord
from connectors.juki.integrated import assigned
from connectors.juki.simulator import Juki
from connectors.juki.town import Town, announced, announcement_id
from connectors.kit.compose import Draft
from connectors.kit.domain import ARRIVAL_OF_RESIDENT, MOVE_CHANGES_MORE, REMOVED_PERSON, UNKNOWN_PERSON
from connectors.kit.feeds import EventFeed
from connectors.kit.ledger import Line, Tokens
from connectors.kit.loading import open_room
from connectors.kit.partner import Effect, Events, Result
from hub.codes import kit
from hub.errors import IntegrityError, Misconfigured
from tests import fakehub

TOKENS = Tokens(b"\x07" * 32)
TOWN = Town(seed=7, residents=60, number_of_events=80, day=date(2026, 4, 1))
UPDATE = {
    "住民票コード": "12345678903",
    "漢字氏名": "見本 太郎",
    "生年月日": "19700101",
    "性別": "1",
    "住所": "東京都足立区千住一丁目1番1号",
    "異動事由": "TENNYUU",
}


def verdict(register: Register, **changes: str) -> str:
    update = UPDATE | changes
    return register.verdict(record_of(update, TOKENS), update["異動事由"])


def take(register: Register, **changes: str) -> None:
    assert verdict(register, **changes) == ""
    register.put(record_of(UPDATE | changes, TOKENS))


@pytest.fixture
def register() -> Register:
    made = Register()
    take(made)
    return made


class TestRegister:
    def test_rejects_the_arrival_of_a_resident(self, register: Register) -> None:
        """S16: 転入 for somebody who is 現存."""
        assert verdict(register) == ARRIVAL_OF_RESIDENT

    def test_takes_a_return(self, register: Register) -> None:
        """Who left may arrive again."""
        take(register, 異動事由="TENSHUTSU")

        assert verdict(register) == ""

    def test_rejects_a_move_that_changes_more(self, register: Register) -> None:
        """S16: a 転居 may change the address alone."""
        moved = {"異動事由": "TENKYO", "住所": "東京都足立区綾瀬二丁目2番2号"}

        assert verdict(register, **moved) == ""
        for item, value in (("漢字氏名", "見本 次郎"), ("生年月日", "19700102"), ("性別", "2"), ("旧氏漢字", "旧")):
            assert verdict(register, **moved, **{item: value}) == MOVE_CHANGES_MORE

    def test_a_correction_may_change_what_a_move_may_not(self, register: Register) -> None:
        """After 職権修正 the corrected record is the one a move must agree with."""
        take(register, 異動事由="SHOKKEN_SHUUSEI", 漢字氏名="見本 次郎")

        assert verdict(register, 異動事由="TENKYO", 漢字氏名="見本 次郎") == ""
        assert verdict(register, 異動事由="TENKYO") == MOVE_CHANGES_MORE

    def test_knows_whom_it_does_not_know(self, register: Register) -> None:
        """A change of nobody, and of somebody removed."""
        assert verdict(register, 住民票コード="10987654320", 異動事由="TENKYO") == UNKNOWN_PERSON
        take(register, 異動事由="SHIBOU")
        assert verdict(register, 異動事由="TENKYO") == REMOVED_PERSON

    def test_follows_a_new_code(self, register: Register) -> None:
        """After 住民票コード変更 the person stands under the new code, and the old one is nobody's."""
        take(register, 異動事由="JUUMINHYOU_CODE_HENKOU", 住民票コード="10987654320", 旧住民票コード="12345678903")

        assert verdict(register, 住民票コード="10987654320") == ARRIVAL_OF_RESIDENT
        assert verdict(register, 異動事由="TENKYO") == UNKNOWN_PERSON

    def test_keeps_tokens_only(self) -> None:
        """A record says nothing of the person."""
        record = record_of(UPDATE, TOKENS)

        assert isinstance(record, Record)
        assert not any(value in repr(record) for value in UPDATE.values() if len(value) > 1)


class TestAssigned:
    @given(st.lists(st.integers(min_value=0, max_value=10**15 - 1), unique=True, max_size=50))
    def test_gives_no_number_twice(self, numbers: list[int]) -> None:
        """Different 宛名番号 have different 団体内統合宛名番号 of 15 digits, always the same."""
        made = [assigned(b"key", str(number)) for number in numbers]

        assert len(set(made)) == len(numbers)
        assert all(len(one) == 15 and one.isdigit() for one in made)
        assert made == [assigned(b"key", str(number)) for number in numbers]

    @pytest.mark.parametrize("text", ["", "x", "１２", "1" * 16, "-1"])
    def test_refuses_what_is_no_number(self, text: str) -> None:
        """Only ASCII digits, fifteen at most."""
        with pytest.raises(ValueError, match="宛名番号"):
            assigned(b"key", text)


class TestJukiFeed:
    def test_holds_back_what_it_was_not_told(self) -> None:
        """The feed stops before an announced event, goes on when the notice was performed, and ends with the day."""
        play = Juki(TOWN, Tokens(bytes(32)))
        told = [event for event in TOWN.events if announced(event)]
        assert told
        given: list[str] = []
        cursor, end = "", False
        while not end:
            page = play.feed("day", cursor, 7)
            given += [event["異動番号"] for event in page.events]
            if page.cursor == cursor:
                event = TOWN.events[int(cursor or "0")]
                way = announced(event)
                assert way is not None
                play.remember(Line(announcement_id(event, way), "0" * 64, "confirmed"))
            cursor, end = page.cursor, page.end

        assert given == [event.id for event in TOWN.events]

    def test_what_was_rejected_did_not_happen(self) -> None:
        """A notice that matched nobody leaves its event out and holds nothing back."""
        play = Juki(TOWN, Tokens(bytes(32)))
        for event in TOWN.events:
            if (way := announced(event)) is not None:
                play.remember(Line(announcement_id(event, way), "0" * 64, "rejected", "HUB-DOM-005"))

        page = play.feed("day", "", 1000)

        assert page.end
        assert {e["異動番号"] for e in page.events} == {e.id for e in TOWN.events if announced(e) is None}

    @pytest.mark.parametrize(("name", "after"), [("night", ""), ("day", "-1"), ("day", "x"), ("day", "81")])
    def test_refuses_what_is_no_place(self, name: str, after: str) -> None:
        """Another feed, or a cursor outside the day."""
        with pytest.raises(ValueError, match=r".+"):
            Juki(TOWN, Tokens(bytes(32))).feed(name, after, 5)


class TestEventFeed:
    def test_an_event_that_cannot_be_read_stops_the_endpoint(self) -> None:
        """A partner that speaks another language is not guessed at."""

        class Babel:
            def perform(self, effects: list[Effect]) -> list[Result]:
                raise AssertionError

            def feed(self, name: str, after: str, limit: int) -> Events:
                return Events([{"no": "event"}], "1", True)

        def unread(data: Mapping[str, Any]) -> Sequence[Draft]:
            eventrecord.decode(data)
            return ()

        feed = EventFeed("day", "juki", Babel(), unread)  # type: ignore[arg-type]

        with pytest.raises(IntegrityError) as caught:
            feed.poll("", 5)

        assert caught.value.code is kit.PARTNER_SPEECH


class TestOpenRoom:
    def test_a_room_that_does_not_stand_is_a_fault_of_the_configuration(self) -> None:
        """routing.yaml named a room that is not there."""

        class Setup:
            identity = fakehub.identity("juki")

        with pytest.raises(Misconfigured) as caught:
            open_room("nowhere", Setup())  # type: ignore[arg-type]

        assert caught.value.code is kit.NO_SUCH_ROOM
