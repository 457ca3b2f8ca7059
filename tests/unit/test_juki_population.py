"""connectors.juki.population: a ward out of a seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.juki.entitlements import birthday, is_allowance_child
from connectors.juki.numbers import Numbers
from connectors.juki.places import load_towns
from connectors.juki.population import AS_OF, Population, make_population
from connectors.juki.resident import HUSBAND, WIFE, Sex, StatusKind, age_on
from hub.checkdigits import is_juuminhyou_code, is_kojin_bangou, is_lg_code

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ward() -> Population:
    return make_population(7, 2000)


def digest(population: Population) -> str:
    return hashlib.sha256(repr(population).encode()).hexdigest()


class TestDeterminism:
    def test_the_same_seed_makes_the_same_ward(self) -> None:
        """Twice in one process: the same values to the last character."""
        assert digest(make_population(11, 300)) == digest(make_population(11, 300))

    def test_another_seed_makes_another_ward(self) -> None:
        """Seeds are not decoration."""
        assert digest(make_population(11, 300)) != digest(make_population(12, 300))

    @pytest.mark.parametrize("hash_seed", ["0", "4711"])
    def test_the_hash_seed_of_the_process_does_not_matter(self, hash_seed: str) -> None:
        """Another process with another PYTHONHASHSEED makes the same ward."""
        program = (
            "import hashlib; from connectors.juki.population import make_population as make;"
            "print(hashlib.sha256(repr(make(11, 300)).encode()).hexdigest())"
        )
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "TZ": "Asia/Kathmandu"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
        )

        assert digest(make_population(11, 300)) == done.stdout.strip()


class TestSize:
    @given(st.integers(0, 10_000), st.integers(1, 40))
    @settings(max_examples=25, deadline=None)
    def test_has_exactly_as_many_residents_as_asked(self, seed: int, residents: int) -> None:
        """Households are cut to fit."""
        assert residents == len(make_population(seed, residents).residents)

    def test_refuses_an_empty_ward(self) -> None:
        """Zero residents are no ward."""
        with pytest.raises(ValueError, match="at least one"):
            make_population(1, 0)


class TestNumbers:
    def test_numbers_of_persons_are_unique_and_check(self, ward: Population) -> None:
        """Every 個人番号 and 住民票コード has its check digit, and nobody shares one."""
        assert all(is_kojin_bangou(one.kojin_bangou) for one in ward.residents)
        assert all(is_juuminhyou_code(one.juuminhyou_code) for one in ward.residents)
        for field in ("kojin_bangou", "juuminhyou_code", "atena"):
            assert len({getattr(one, field) for one in ward.residents}) == 2000

    def test_other_numbers_cannot_be_taken_for_them(self, ward: Population) -> None:
        """宛名番号 and 世帯番号 have ten digits: neither eleven nor twelve."""
        assert {10} == {len(number) for one in ward.residents for number in (one.atena, one.household)}

    def test_a_later_series_goes_on_without_repeating(self) -> None:
        """A day that starts where the population ended gives out new numbers only."""
        first = Numbers(5)
        given_out = {first.kojin_bangou() for _ in range(400)}
        second = Numbers(5, first.taken)

        assert not given_out & {second.kojin_bangou() for _ in range(400)}


class TestHouseholds:
    def test_each_has_one_head_and_one_address(self, ward: Population) -> None:
        """One 世帯主, whose name everybody's record bears; one address; 並び順 1 to n."""
        for members in ward.households.values():
            heads = [one for one in members if one.is_head]

            assert len(heads) == 1
            assert {heads[0].name} == {one.head_name for one in members}
            assert len({one.address for one in members}) == 1
            assert list(range(1, len(members) + 1)) == [one.order for one in members]

    def test_spouses_have_the_sex_of_their_relation(self, ward: Population) -> None:
        """妻 is a woman, 夫 a man."""
        assert {Sex.FEMALE} == {one.sex for one in ward.residents if one.relation == WIFE}
        assert {Sex.MALE} == {one.sex for one in ward.residents if one.relation == HUSBAND}

    def test_nobody_came_before_they_were_born(self, ward: Population) -> None:
        """Days stand in order: birth, resident, address, today."""
        for one in ward.residents:
            if one.birth != "00000000":
                assert birthday(one.birth, 0) <= one.resident_since
            assert one.resident_since <= one.address_since <= AS_OF


class TestProportions:
    @pytest.mark.parametrize("seed", [1, 2, 7])
    def test_foreign_residents_are_about_one_in_eighteen(self, seed: int) -> None:
        """5 to 6 % on the average, 4 to 7.5 % in any one ward of this size."""
        share = sum(one.foreign is not None for one in make_population(seed, 4000).residents) / 4000

        assert 0.04 <= share <= 0.075

    def test_foreign_residents_average_between_five_and_six_percent(self) -> None:
        """Over many wards."""
        wards = [make_population(seed, 1000).residents for seed in range(20)]

        assert 0.05 <= sum(one.foreign is not None for ward in wards for one in ward) / 20_000 <= 0.06

    def test_about_one_in_a_hundred_is_suppressed(self, ward: Population) -> None:
        """支援措置."""
        assert 0.003 <= sum(one.suppressed for one in ward.residents) / 2000 <= 0.025

    def test_names_bring_every_kind_of_character(self, ward: Population) -> None:
        """GJ 文字 of plane 16, selectors, supplementary and variant characters all stand in names, each stable under NFC."""
        text = "".join(one.name for one in ward.residents)

        assert any(ord(sign) >= 0x100000 for sign in text)
        assert any(0xE0100 <= ord(sign) <= 0xE01EF for sign in text)
        assert {"\U00020bb7", "髙", "﨑"} <= set(text)
        assert text == unicodedata.normalize("NFC", text)

    def test_there_are_unknown_birth_dates_aliases_and_old_names(self) -> None:
        """不詳 only among foreign residents; 通称, 旧氏, 特別永住者 exist."""
        residents = make_population(3, 8000).residents
        unknown = [one for one in residents if "00" in (one.birth[4:6], one.birth[6:])]

        assert unknown
        assert all(one.foreign for one in unknown)
        assert any(one.foreign and one.foreign.alias for one in residents)
        assert any(one.old_name for one in residents)
        kinds = {one.foreign.status.kind for one in residents if one.foreign}
        assert {StatusKind.MID_LONG, StatusKind.PERMANENT, StatusKind.REFUGE, StatusKind.PROVISIONAL} <= kinds


class TestEntitlements:
    def test_follow_age(self, ward: Population) -> None:
        """後期 from 75, 介護 from 65, 国保 before 75, 国民年金 from 20 to 59."""
        for one in (one for one in ward.residents if one.birth != "00000000"):
            age, has = age_on(one.birth, AS_OF), one.entitlements

            assert (age >= 75) == (has.kouki is not None)
            assert (age >= 65) == (has.kaigo is not None)
            assert has.kokuho is None or age < 75
            assert has.nenkin is None or 20 <= age < 60

    def test_child_allowance_is_the_head_s_who_has_a_child(self, ward: Population) -> None:
        """Exactly the heads of households with a child before the end of the school year of 18."""
        for members in ward.households.values():
            paid = any(one.relation == "20" and is_allowance_child(one.birth, AS_OF) for one in members)

            assert [paid] == [one.entitlements.child_allowance is not None for one in members if one.is_head]

    @pytest.mark.parametrize(
        ("birth", "day", "paid"),
        [
            ("20080401", "2026-03-31", True),
            ("20080401", "2026-04-01", False),
            ("20080402", "2026-04-01", True),
            ("20080402", "2027-03-31", True),
            ("20080402", "2027-04-01", False),
        ],
    )
    def test_a_child_of_1_april_belongs_to_the_year_before(self, birth: str, day: str, paid: bool) -> None:
        """年齢計算ニ関スル法律: one reaches 18 on the day before the birthday."""
        assert paid is is_allowance_child(birth, date.fromisoformat(day))


class TestPlaces:
    def test_towns_are_those_of_the_ward_with_its_postal_codes(self) -> None:
        """90 (town, postal code) pairs, all of 120, 121 or 123."""
        towns = load_towns()

        assert len(towns) == 90
        assert {"120", "121", "123"} == {town.postal[:3] for town in towns}

    def test_a_split_town_keeps_each_postal_code_to_its_chome(self) -> None:
        """青井 1-3 丁目 is 120-0012, 4-6 丁目 121-0012."""
        found = {town.postal: town.chome for town in load_towns() if town.name == "青井"}

        assert found == {"1200012": (1, 2, 3), "1210012": (4, 5, 6)}

    def test_codes_of_other_municipalities_check(self, ward: Population) -> None:
        """全国地方公共団体コード with its check digit."""
        codes = {one.previous.lg_code for one in ward.residents if one.previous}

        assert len(codes) > 5
        assert all(is_lg_code(code) for code in codes)

    def test_addresses_bring_buildings_and_gaiji(self, ward: Population) -> None:
        """Two in five residents have a 方書, and some are written with a 外字."""
        with_building = sum("\u3000" in one.address.text for one in ward.residents)

        assert 0.3 <= with_building / 2000 <= 0.5
        assert any("\U0010de92" in one.address.text for one in ward.residents)
