"""connectors.kit.text.days, eras, wareki: every day since 1873 in every form and back, 不詳 kept, nothing guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.text.days import UNKNOWN, Day, iso, read_iso, read_ymd, ymd
from connectors.kit.text.eras import GREGORIAN_SINCE, Era, era_of
from connectors.kit.text.wareki import Form, read_wareki, write_wareki
from hub.errors import Refused
from tests import samples
from tests.schemafiles import schemas

FORMS = pytest.mark.parametrize("form", list(Form))
NEAR = st.text("0123456789０１２３９元年月日不詳明治大正昭和平成令", max_size=12) | st.from_regex(
    "(明治|大正|昭和|平成|令和)([0-9]{1,2}|元)年[0-9]{0,2}月[0-9]{0,2}日(不詳)?|[0-6][0-9]{2}[01][0-9][0-3][0-9]",
    fullmatch=True,
)
DAYS = st.dates(GREGORIAN_SINCE, date(2117, 12, 31))


def code_of(text: str, form: Form = Form.CODED) -> str:
    with pytest.raises(Refused) as caught:
        read_wareki(text, form, "生年月日")
    assert dict(caught.value.facts) == {"place": "生年月日"}
    return caught.value.code.id


def code_of_day(day: Day, form: Form = Form.CODED) -> str:
    with pytest.raises(Refused) as caught:
        write_wareki(day, form, "生年月日")
    assert dict(caught.value.facts) == {"place": "生年月日"}
    return caught.value.code.id


def outcome(make: Callable[[], Day]) -> Day | Refused:
    """What `make` gives, or how it is refused."""
    try:
        return make()
    except Refused as refused:
        return refused


def fuzzy_days() -> Iterator[Day]:
    """Every year and every month from 1868 to 2118."""
    for year in range(1868, 2119):
        yield Day(year)
        yield from (Day(year, month) for month in range(1, 13))


class TestDay:
    @given(st.dates(date(1800, 1, 1), date(2199, 12, 31)))
    def test_known_days_come_back(self, day: date) -> None:
        """From YYYYMMDD and YYYY-MM-DD, which date itself writes the same."""
        found = Day(day.year, day.month, day.day)

        assert read_iso(iso(found, "x"), "x") == read_ymd(ymd(found), "x") == found
        assert (iso(found, "x"), ymd(found)) == (day.isoformat(), day.strftime("%Y%m%d"))

    def test_unknown_parts_come_back(self) -> None:
        """00 stays 00."""
        assert [ymd(read_ymd(text, "x")) for text in ("19350000", "19350500", "00000000")] == [
            "19350000",
            "19350500",
            "00000000",
        ]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("20260229", "072"),
            ("20261301", "072"),
            ("20260012", "072"),
            ("00000101", "072"),
            ("2026229", "071"),
            ("2026-02-28", "071"),
            ("２０２６０２２８", "071"),
            ("", "071"),
        ],
    )
    def test_refuses_by_field(self, text: str, code: str) -> None:
        """Neither the text nor a part of it."""
        with pytest.raises(Refused) as caught:
            read_ymd(text, "生年月日")

        assert (caught.value.code.id, dict(caught.value.facts)) == (f"HUB-KIT-{code}", {"place": "生年月日"})

    @pytest.mark.parametrize("day", [Day(1935), Day(1935, 5), UNKNOWN])
    def test_a_field_of_known_days_takes_no_other(self, day: Day) -> None:
        """Nobody puts the first of January into it."""
        with pytest.raises(Refused) as caught:
            iso(day, "異動年月日")

        assert caught.value.code.id == "HUB-KIT-076"

    @pytest.mark.parametrize("text", ["19350000", "19350500", "00000000", "19350512"])
    def test_is_what_the_schema_calls_a_date_with_unknown_parts(self, text: str) -> None:
        """DateFuzzy of xsd/common takes each form that stands here."""
        schemas().validate(samples.tree("AT-REG", {"生年月日": ymd(read_ymd(text, "生年月日"))}), "AT-REG", 1)


class TestEras:
    @pytest.mark.parametrize(
        ("day", "before", "after"),
        [
            (date(1912, 7, 30), "明治45年7月29日", "大正元年7月30日"),
            (date(1926, 12, 25), "大正15年12月24日", "昭和元年12月25日"),
            (date(1989, 1, 8), "昭和64年1月7日", "平成元年1月8日"),
            (date(2019, 5, 1), "平成31年4月30日", "令和元年5月1日"),
        ],
    )
    def test_change_on_their_days(self, day: date, before: str, after: str) -> None:
        """The day before is the last of one era, the day itself the first of the next."""
        eve = day - timedelta(days=1)
        shown = [write_wareki(Day(one.year, one.month, one.day), Form.WRITTEN, "x") for one in (eve, day)]

        assert shown == [before, after]

    def test_meiji_is_converted_from_its_sixth_year(self) -> None:
        """It began on 1868-10-23; its calendar was the moon's until 明治5年12月2日."""
        assert Era.MEIJI.first == date(1868, 10, 23)
        assert read_wareki("明治6年1月1日", Form.WRITTEN, "x") == Day(1873, 1, 1)
        assert code_of("明治5年12月2日", Form.WRITTEN) == code_of("1051202") == "HUB-KIT-075"
        assert code_of("1010908") == code_of("1050000") == code_of("明治元年月日不詳", Form.WRITTEN) == "HUB-KIT-075"
        assert code_of_day(Day(1872, 12, 31)) == code_of_day(Day(1872)) == "HUB-KIT-075"

    def test_follow_one_another_without_a_gap(self) -> None:
        """Each day is of one era."""
        for era, later in zip(list(Era), list(Era)[1:], strict=False):
            assert era.last + timedelta(days=1) == later.first
            assert (era_of(era.last), era_of(later.first)) == (era, later)


class TestWareki:
    @FORMS
    @given(DAYS)
    def test_every_day_comes_back(self, form: Form, day: date) -> None:
        """From the Gregorian day to the partner's form and back."""
        found = Day(day.year, day.month, day.day)

        assert read_wareki(write_wareki(found, form, "x"), form, "x") == found

    @FORMS
    def test_every_partly_known_day_comes_back_or_is_refused(self, form: Form) -> None:
        """Refused are the years and months in which an era changed, and what lies before 1873: nothing else."""
        refused: dict[str, list[str]] = {}
        for day in fuzzy_days():
            try:
                text = write_wareki(day, form, "x")
            except Refused as error:
                refused.setdefault(error.code.id, []).append(ymd(day))
            else:
                assert read_wareki(text, form, "x") == day
        changes = ["191200", "191207", "192600", "192612", "198900", "198901", "201900"]

        assert refused.pop("HUB-KIT-074") == [f"{change}00" for change in changes]
        assert refused.pop("HUB-KIT-075") == [ymd(day) for day in fuzzy_days() if day.year < 1873]
        # 令和100年 has no two digits.
        assert refused == (
            {} if form.in_words else {"HUB-KIT-071": [ymd(day) for day in fuzzy_days() if day.year > 2117]}
        )

    @FORMS
    @given(NEAR)
    def test_whatever_is_read_is_written_the_same(self, form: Form, text: str) -> None:
        """One way to write a day in each form; anything else is refused by the field alone."""
        found = outcome(lambda: read_wareki(text, form, "x"))
        if isinstance(found, Refused):
            assert dict(found.facts) == {"place": "x"}
        else:
            assert write_wareki(found, form, "x") == text

    @pytest.mark.parametrize(
        ("day", "coded", "written"),
        [
            (Day(2026, 4, 1), "5080401", "令和8年4月1日"),
            (Day(2026, 4), "5080400", "令和8年4月日不詳"),
            (Day(2026), "5080000", "令和8年月日不詳"),
            (Day(2019, 5), "5010500", "令和元年5月日不詳"),
            (Day(1935, 12, 31), "3101231", "昭和10年12月31日"),
            (Day(1911), "1440000", "明治44年月日不詳"),
            (UNKNOWN, "0000000", "不詳"),
        ],
    )
    def test_forms(self, day: Day, coded: str, written: str) -> None:
        """Half-width and full-width; 不詳 in each."""
        wide = str.maketrans("0123456789", "０１２３４５６７８９")

        assert write_wareki(day, Form.CODED, "x") == coded
        assert write_wareki(day, Form.WRITTEN, "x") == written
        assert read_wareki(coded.translate(wide), Form.CODED_WIDE, "x") == day
        assert read_wareki(written.translate(wide), Form.WRITTEN_WIDE, "x") == day

    @pytest.mark.parametrize(
        ("text", "form", "code"),
        [
            ("平成31年5月1日", Form.WRITTEN, "073"),
            ("4310501", Form.CODED, "073"),
            ("昭和64年1月8日", Form.WRITTEN, "073"),
            ("3640200", Form.CODED, "073"),
            ("大正元年7月29日", Form.WRITTEN, "073"),
            ("明治45年7月30日", Form.WRITTEN, "073"),
            ("4320000", Form.CODED, "073"),
            ("令和8年2月29日", Form.WRITTEN, "072"),
            ("5081301", Form.CODED, "072"),
            ("平成元年月日不詳", Form.WRITTEN, "074"),
            ("3640100", Form.CODED, "074"),
            ("令和1年5月1日", Form.WRITTEN, "071"),
            ("令和08年4月1日", Form.WRITTEN, "071"),
            ("令和８年4月1日", Form.WRITTEN, "071"),
            ("令和8年4月1日", Form.WRITTEN_WIDE, "071"),
            ("令和８年4月１日", Form.WRITTEN_WIDE, "071"),
            ("慶応4年9月7日", Form.WRITTEN, "071"),
            ("5000101", Form.CODED, "071"),
            ("5080001", Form.CODED, "071"),
            ("6010101", Form.CODED, "071"),
            ("0080401", Form.CODED, "071"),
            ("R080401", Form.CODED, "071"),
            ("", Form.CODED, "071"),
        ],
    )
    def test_refuses(self, text: str, form: Form, code: str) -> None:
        """A day outside its era, no such day, an era that would be lost, another form: the field and no more."""
        assert code_of(text, form) == f"HUB-KIT-{code}"


class TestPart:
    @pytest.mark.parametrize("parts", [(0, 5, 0), (2026, 0, 1), (2026, 2, 30), (2026, 13, 1), (0, 0, 1)])
    def test_an_impossible_day_cannot_be_made(self, parts: tuple[int, int, int]) -> None:
        """No caller can get round the readers."""
        with pytest.raises(ValueError, match=r"."):
            Day(*parts)
