"""The full day of departments, 教育委員会 and 法務省: enough of each flow, of the schema, the same in every process."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, time

import pytest
from lxml import etree

from connectors.juki.full import departments, immigration
from connectors.juki.told import Told
from connectors.juki.town import Town
from connectors.kit.domain import NO_MATCH, REMOVED_PERSON, UNKNOWN_PERSON
from hub import domainchecks
from hub.edges import resources
from hub.schemas import Schemas

DAY = date(2026, 4, 1)


def made(town: Town) -> list[Told]:
    return [*departments.told(town), *immigration.told(town)]


@pytest.fixture(scope="module", params=[(1, 300, 300), (7, 300, 600)])
def town(request: pytest.FixtureRequest) -> Town:
    seed, residents, events = request.param
    return Town(seed, residents, events, DAY, full=True)


@pytest.fixture(scope="module")
def told(town: Town) -> list[Told]:
    return made(town)


class TestTold:
    def test_each_way_is_taken_at_least_twenty_times_and_some_are_rejected(self, told: list[Told]) -> None:
        """20 to 40 for each section and direction; every rejection under a code of the recipient's own data."""
        ends: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        for one in told:
            ends[one.flow, one.sender, one.recipient][one.rejection] += 1
        taken = {way: counts[""] for way, counts in ends.items()}

        assert ends.keys() == {
            *(("B12", section, "juki") for section in ("kokuho", "kaigo", "jidou", "senkyo")),
            *(("KK-CHG", "juki", section) for section in ("gakumu", "kodomo-nyuen")),
            *(("B9", "moj", "juki"), ("B8-3", "juki", "moj")),
        }
        assert all(20 <= count <= 40 for count in taken.values()), taken
        for (flow, _, _), counts in ends.items():
            codes = {"B12": {UNKNOWN_PERSON, REMOVED_PERSON}, "KK-CHG": {UNKNOWN_PERSON}}.get(flow, {NO_MATCH})
            assert sum(counts.values()) - counts[""] >= 2
            assert set(counts) - {""} <= codes

    def test_every_payload_is_of_its_schema(self, told: list[Told]) -> None:
        """And passes the domain checks of the hub."""
        schemas = Schemas.load(resources.xsd_files())
        for one in told:
            payload = one.build()
            schemas.validate(payload, one.type, 1)
            domainchecks.check(payload, one.type)

    def test_names_and_ids_are_unique_and_times_within_the_day(self, told: list[Told]) -> None:
        """Whole milliseconds between 08:30 and 17:15."""
        assert len({one.id for one in told}) == len({one.message_id for one in told}) == len(told)
        assert all(one.at.date() == DAY and time(8, 30) <= one.at.time() <= time(17, 15) for one in told)
        assert all(one.at.microsecond % 1000 == 0 for one in told)

    def test_is_the_same_in_every_process(self, town: Town, told: list[Told]) -> None:
        """A fresh town tells the same, byte for byte."""
        again = made(Town(town.seed, town.residents, town.number_of_events, DAY, full=True))

        assert [_shown(one) for one in again] == [_shown(one) for one in told]

    def test_no_number_stands_where_none_may(self, told: list[Told], town: Town) -> None:
        """B8-3, B9 and KK-CHG are free of 個人番号 and 住民票コード, B12 too."""
        numbers = {number for one in town.population.residents for number in (one.kojin_bangou, one.juuminhyou_code)}
        for one in told:
            assert numbers.isdisjoint(one.build().itertext())

    @pytest.mark.parametrize("residents", [1, 3])
    def test_a_town_of_few_tells_little_and_breaks_nothing(self, residents: int) -> None:
        """Nobody of a section, no foreign resident, no child."""
        for seed in range(6):
            made(Town(seed, residents, 0, DAY, full=True))


def _shown(one: Told) -> tuple[str, str, str, bytes]:
    return one.id, one.message_id, one.rejection, etree.tostring(one.build())
