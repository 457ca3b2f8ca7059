"""B11 on a full day: what asks for a number, when, and that the 異動 tells the number that came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from connectors.cs import layouts
from connectors.cs.simulator import Cs
from connectors.juki import subscriptions
from connectors.juki.event import Event
from connectors.juki.generation import CHANGED, NEW
from connectors.juki.kinds import Kind
from connectors.juki.messages import Planner
from connectors.juki.simulator import Juki
from connectors.juki.told import Told, onward_id
from connectors.juki.town import Town
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect
from connectors.kit.payload import items
from hub.checkdigits import is_kojin_bangou
from hub.edges import resources
from hub.provisions.load import load

TOWN = Town(seed=7, residents=120, number_of_events=160, day=date(2026, 4, 1), full=True)
TOKENS = Tokens(b"\x07" * 32)
REASONS = {Kind.SHUSSHOU: NEW, Kind.TENNYUU_30_46: NEW, Kind.KOJINBANGOU_HENKOU: CHANGED}
BRINGING = tuple(event for event in TOWN.events if event.kind in REASONS)
REQUESTS = tuple(one for one in TOWN.told if one.type == "BN-REQ")


def request_of(event: Event) -> Told:
    """The one request that stands in the conversation of the 異動 and is about its person."""
    (found,) = [one for one in REQUESTS if (one.conversation, one.person) == (event.conversation, event.person)]
    return found


@pytest.fixture(scope="module")
def cs() -> Cs:
    """The CS with nobody behind it: it generates as the 全国サーバー does."""
    return Cs(TOWN, TOKENS)


@pytest.fixture(scope="module")
def planner() -> Planner:
    law = load(resources.provision_files())
    return Planner(law, subscriptions.load(subscriptions.read_own(), law))


def told_numbers(planner: Planner, event: Event) -> Iterator[tuple[str, str]]:
    """(type, 個人番号) of each message of the 異動 in which a number stands."""
    for message in planner.messages(event):
        payload = message.payload()
        if payload is not None:
            yield from ((message.type, one.text or "") for one in payload.iter("{*}個人番号"))


class TestRequests:
    def test_every_kind_that_brings_a_number_is_there(self) -> None:
        """Births, arrivals from abroad and changes of a number."""
        assert {event.kind for event in BRINGING} == REASONS.keys()

    def test_each_such_change_asks_when_it_is_filed(self) -> None:
        """At the time of the 異動 and in its conversation, for the 住民票コード of its person, and for its reason."""
        for event in BRINGING:
            one = request_of(event)
            said = items(one.build())

            assert one.at == event.at
            assert (said["住民票コード"], said["生成要求事由"]) == (event.after.juuminhyou_code, REASONS[event.kind])
            assert one.rejection == ""

    def test_nobody_new_is_asked_for_otherwise(self) -> None:
        """A first number is asked for by an 異動 of the day, or by mistake."""
        new = [one for one in REQUESTS if items(one.build())["生成要求事由"] == NEW]
        planned = [one for one in new if not one.rejection and not any(follow.rejection for follow in one.follows)]

        assert {one.conversation for one in planned} <= {event.conversation for event in BRINGING}
        assert len(planned) == sum(REASONS[event.kind] == NEW for event in BRINGING)

    def test_no_request_number_is_used_twice(self) -> None:
        """依頼番号 is what the answer is matched by."""
        numbers = [items(one.build())["依頼番号"] for one in REQUESTS]

        assert len(set(numbers)) == len(numbers)


class TestNumber:
    def test_the_change_tells_the_number_that_was_generated(self, cs: Cs, planner: Planner) -> None:
        """BN-RES and every message of the 異動 that tells a number (HK-UPD among them) say the same one."""
        for event in BRINGING:
            one = request_of(event)
            effect = Effect(one.message_id, "BN-REQ", "0" * 64, layouts.written("BN-REQ", one.build()))
            assert cs.perform(effect).confirmed
            told = list(told_numbers(planner, event))

            assert "HK-UPD" in {type_ for type_, _ in told}
            assert {number for _, number in told} == {cs.reply(effect)["個人番号"]}

    def test_numbers_are_valid_and_nobody_shares_one(self) -> None:
        """With right check digits; none is that of a resident of the morning, and a change brings another one than before."""
        numbers = [event.after.kojin_bangou for event in BRINGING]

        assert all(map(is_kojin_bangou, numbers))
        assert len(set(numbers)) == len(numbers)
        assert not set(numbers) & {one.kojin_bangou for one in TOWN.population.residents}


class TestFeed:
    def test_a_change_waits_for_its_number(self) -> None:
        """住記 tells of it once the 番号通知 was taken, and not before; nothing is left out."""
        play = Juki(TOWN, TOKENS)
        numbers = {
            event.id: onward_id(one.message_id, one.follows[0]) for event in BRINGING for one in [request_of(event)]
        }
        for id_, message in TOWN.awaited.items():
            if id_ not in numbers:
                play.remember(Line(message, "0" * 64, "confirmed"))
        given: list[str] = []
        waited: list[str] = []
        cursor, end = "", False
        while not end:
            page = play.feed("day", cursor, 50)
            given += [event["異動番号"] for event in page.events]
            cursor, end = page.cursor, page.end
            if not end and not page.events:
                waited.append(TOWN.events[int(cursor or "0")].id)
                play.remember(Line(numbers[waited[-1]], "0" * 64, "confirmed"))

        assert waited == [event.id for event in BRINGING]
        assert given == [event.id for event in TOWN.events]

    def test_on_an_ordinary_day_nothing_waits_for_a_number(self) -> None:
        """Nobody is behind the CS then: the number is there at once."""
        ordinary = Town(TOWN.seed, TOWN.residents, TOWN.number_of_events, TOWN.day)

        assert not ordinary.awaited.keys() & {event.id for event in BRINGING}
