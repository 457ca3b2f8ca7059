"""connectors.juki.day: a day of events out of a population, a seed and a date."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.juki.day import make_day
from connectors.juki.event import Event, Origin
from connectors.juki.kinds import LETTERED, Kind
from connectors.juki.kinship import relation_of_newborn, relation_under
from connectors.juki.population import Population, make_population
from connectors.juki.register import Register
from connectors.juki.resident import CHILD, HEAD, HUSBAND, LODGER, MOTHER, SIBLING, WIFE, Resident
from connectors.kit.domain import ARRIVAL_OF_RESIDENT, MOVE_CHANGES_MORE
from hub.codes import catalogue

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 4, 1)
NOT_RECORDED = (Kind.TENSHUTSU_SHOUMEI, Kind.CARD_SHINSEI)


@pytest.fixture(scope="module")
def ward() -> Population:
    return make_population(7, 2000)


@pytest.fixture(scope="module")
def events(ward: Population) -> tuple[Event, ...]:
    return tuple(make_day(ward, 7, 5000, DAY))


def digest(seed: int) -> str:
    text = repr(tuple(make_day(make_population(seed, 200), seed, 400, DAY)))
    return hashlib.sha256(text.encode()).hexdigest()


class TestDeterminism:
    def test_the_same_arguments_make_the_same_day(self) -> None:
        """Twice in one process: the same events to the last character; another seed, other events."""
        assert digest(3) == digest(3)
        assert digest(3) != digest(4)

    def test_neither_hash_seed_nor_time_zone_matters(self) -> None:
        """Another process with another PYTHONHASHSEED and TZ makes the same day."""
        program = (
            "import hashlib; from datetime import date; from connectors.juki.day import make_day as day;"
            "from connectors.juki.population import make_population as make;"
            "text = repr(tuple(day(make(3, 200), 3, 400, date(2026, 4, 1))));"
            "print(hashlib.sha256(text.encode()).hexdigest())"
        )
        environment = {**os.environ, "PYTHONHASHSEED": "99", "PYTHONPATH": str(ROOT), "TZ": "America/St_Johns"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
        )

        assert digest(3) == done.stdout.strip()


class TestClock:
    def test_times_rise_strictly_within_opening_hours(self, events: tuple[Event, ...]) -> None:
        """08:30 to 17:15 JST, whole milliseconds, no two the same."""
        times = [event.at for event in events]

        assert all(earlier < later for earlier, later in itertools.pairwise(times))
        assert {timedelta(hours=9)} == {at.utcoffset() for at in times}
        assert {0} == {at.microsecond % 1000 for at in times}
        assert {DAY} == {at.date() for at in times}
        assert time(8, 30) <= times[0].time()
        assert times[-1].time() < time(17, 15)

    def test_events_are_counted_and_named_once(self, events: tuple[Event, ...]) -> None:
        """Numbers run from 1; ids are unique."""
        assert list(range(1, 5001)) == [event.number for event in events]
        assert len({event.id for event in events}) == 5000

    @given(st.integers(0, 1000), st.integers(1, 30), st.integers(0, 80))
    @settings(max_examples=40, deadline=None)
    def test_any_small_ward_gets_through_any_small_day(self, seed: int, residents: int, count: int) -> None:
        """Exactly as many events as asked, even where everybody leaves or dies."""
        assert count == len(list(make_day(make_population(seed, residents), seed, count, DAY)))

    def test_refuses_a_day_without_end(self, ward: Population) -> None:
        """A day has at most 999,999 events: more have no 更新順番号."""
        with pytest.raises(ValueError, match="999,999"):
            make_day(ward, 1, 1_000_000, DAY)


class TestRegister:
    def test_each_event_starts_from_what_the_last_one_left(self, ward: Population, events: tuple[Event, ...]) -> None:
        """`before` is always the record as it then stands: replaying the day over the population never disagrees."""
        records = dict(ward.by_atena)
        for event in events:
            assert records.get(event.person) == event.before
            if not event.planned and event.kind not in NOT_RECORDED:
                records[event.person] = event.after

    def test_who_has_gone_or_died_has_no_later_event(self, events: tuple[Event, ...]) -> None:
        """A removal is a person's last event of the day."""
        gone: set[str] = set()
        for event in events:
            assert event.person not in gone
            if not event.planned and not event.after.present:
                gone.add(event.person)

        assert len(gone) > 500

    def test_nobody_dies_after_a_letter_of_the_same_day(self) -> None:
        """Whether it is ended (S39) would hang on which process is faster; a day has one outcome."""
        small = make_population(7, 60)
        for seed in range(20):
            lettered: set[str] = set()
            for event in make_day(small, seed, 200, DAY):
                assert event.kind is not Kind.SHIBOU or event.person not in lettered
                if event.kind in LETTERED:
                    lettered.add(event.person)

    def test_households_stand_at_the_end_of_the_day(self, ward: Population, events: tuple[Event, ...]) -> None:
        """Every household that still has a member has one head, one address and the head's name in every record."""
        records = dict(ward.by_atena)
        records.update({e.person: e.after for e in events if not e.planned and e.kind not in NOT_RECORDED})
        households: dict[str, list[Resident]] = defaultdict(list)
        for one in records.values():
            if one.present:
                households[one.household].append(one)

        for members in households.values():
            heads = [one for one in members if one.is_head]
            assert len(heads) == 1
            assert {heads[0].name} == {one.head_name for one in members}
            assert len({one.address for one in members}) == 1
            assert len({one.order for one in members}) == len(members)

    def test_versions_rise_by_one(self, events: tuple[Event, ...]) -> None:
        """Each recorded change has the next version."""
        for event in events:
            if event.before and event.after is not event.before and not event.planned:
                assert event.after.version == event.before.version + 1

    def test_new_people_have_new_numbers(self, ward: Population, events: tuple[Event, ...]) -> None:
        """No number of the population is given out again, and every new one but once."""
        new = {e.person: e.after for e in events if e.before is None}
        for field in ("kojin_bangou", "juuminhyou_code", "atena"):
            numbers = {getattr(one, field) for one in new.values()}
            assert len(numbers) == len(new)
            assert not numbers & {getattr(one, field) for one in ward.residents}

    def test_a_change_of_the_number_brings_another_one(self, events: tuple[Event, ...]) -> None:
        """番号法7条2項: never the one that the person has, and never one that somebody got before."""
        changes = [event for event in events if event.kind is Kind.KOJINBANGOU_HENKOU]

        assert all(event.before and event.before.kojin_bangou != event.after.kojin_bangou for event in changes)
        assert len({event.after.kojin_bangou for event in changes}) == len(changes) > 20

    def test_draws_from_those_who_are_there(self, ward: Population) -> None:
        """`pick` finds the one who fits even where nearly nobody does, and None where nobody does."""
        register = Register(ward.residents[:500])
        last = ward.residents[499]

        assert last == register.pick(random.Random(1), lambda one: one.atena == last.atena)
        assert register.pick(random.Random(1), lambda one: one.atena == "0") is None


class TestKinds:
    def test_everything_that_can_happen_happens(self, events: tuple[Event, ...]) -> None:
        """All kinds, from all origins."""
        assert set(Kind) == {event.kind for event in events}
        assert set(Origin) == {event.origin for event in events}

    def test_some_people_have_many_events(self, events: tuple[Event, ...]) -> None:
        """Several events for one person, in order."""
        count: dict[str, int] = defaultdict(int)
        for event in events:
            count[event.person] += 1

        assert max(count.values()) >= 6
        assert sum(number > 1 for number in count.values()) > 1000

    def test_a_special_arrival_follows_its_certificate(self, events: tuple[Event, ...]) -> None:
        """Each 特例転入 has its 転出証明書情報 earlier in the day, in the same conversation, of the same person."""
        announced = {e.person: e for e in events if e.kind is Kind.TENSHUTSU_SHOUMEI}
        arrived = {e.person: e for e in events if e.kind is Kind.TENNYUU_TOKUREI}

        assert announced.keys() == arrived.keys()
        assert len(announced) > 50
        for person, certificate in announced.items():
            assert certificate.at < arrived[person].at
            assert certificate.conversation == arrived[person].conversation
        assert any(arrived[person].number > one.number + 5 for person, one in announced.items())

    def test_a_household_moves_in_one_conversation(self, events: tuple[Event, ...]) -> None:
        """The events of one 届出 share conversation and clerk, different 届出 share neither."""
        by_conversation: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_conversation[event.conversation].append(event)

        together = [group for group in by_conversation.values() if len(group) > 1 and group[0].kind is Kind.TENKYO]
        assert together
        assert all(len({one.clerk for one in group}) == 1 for group in together)
        assert all(len({one.after.address for one in group}) == 1 for group in together)


class TestMistakes:
    def test_codes_are_those_of_the_catalogue(self) -> None:
        """What a day plans is what the catalogue calls S16: VAL-TENNYU-EXISTING and VAL-TENKYO-NONADDRESS."""
        assert "VAL-TENNYU-EXISTING" in catalogue()[ARRIVAL_OF_RESIDENT].ja
        assert "VAL-TENKYO-NONADDRESS" in catalogue()[MOVE_CHANGES_MORE].ja

    def test_both_cases_happen_in_a_day_of_any_size(self) -> None:
        """They stand for certain at a fifth and a third of the day."""
        for seed in range(5):
            planned = {event.planned for event in make_day(make_population(seed, 50), seed, 60, DAY)}
            assert {"", ARRIVAL_OF_RESIDENT, MOVE_CHANGES_MORE} == planned

    def test_each_is_wrong_in_the_way_it_is_planned(self, events: tuple[Event, ...]) -> None:
        """A 転入 of somebody present; a 転居 that changes name, birth or sex besides the address."""
        for event in (event for event in events if event.planned):
            before, after = event.before, event.after
            assert before is not None
            assert before.present
            if event.planned == ARRIVAL_OF_RESIDENT:
                assert event.kind is Kind.TENNYUU
            else:
                assert event.kind is Kind.TENKYO
                assert before.address != after.address
                assert (before.name, before.birth, before.sex) != (after.name, after.birth, after.sex)


class TestKinship:
    @pytest.mark.parametrize(
        ("relation", "to_old_head", "expected"),
        [
            (WIFE, CHILD, CHILD),
            (WIFE, MOTHER, HUSBAND + MOTHER),
            (CHILD, WIFE, MOTHER),
            (CHILD, CHILD, SIBLING),
            (MOTHER, CHILD, CHILD + CHILD),
            (LODGER, CHILD, LODGER),
        ],
    )
    def test_everybody_finds_a_place_under_a_new_head(
        self, ward: Population, relation: str, to_old_head: str, expected: str
    ) -> None:
        """The wife's child stays a child, the child's mother was the wife; where the codes do not tell: 同居人."""
        head = replace(ward.residents[0], relation=relation)
        member = replace(ward.residents[1], relation=to_old_head)

        assert expected == relation_under(head, member)
        assert relation_under(head, head) == HEAD

    def test_the_old_head_becomes_the_spouse(self, ward: Population) -> None:
        """When husband and wife change places."""
        wife, husband = (replace(ward.residents[n], relation=code) for n, code in ((0, WIFE), (1, HEAD)))

        assert relation_under(wife, husband) == HUSBAND

    def test_a_newborn_is_the_child_of_the_head_or_the_child_s_child(self, ward: Population) -> None:
        """Of the head or the head's wife: 子; of the head's child: 子の子."""
        relations = [
            relation_of_newborn(replace(ward.residents[0], relation=code)) for code in (HEAD, WIFE, CHILD, LODGER)
        ]

        assert relations == [CHILD, CHILD, CHILD + CHILD, LODGER]
