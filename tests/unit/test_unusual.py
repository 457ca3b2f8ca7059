"""hub.unusual: who acted how often, when and on whom, as findings that name their entries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.unusual import Kind, Use, Usual, findings

MONDAY = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # ten o'clock in Japan
USUAL = Usual()


def use(index: int, at: datetime = MONDAY, staff: str = "S1", **marks: bool) -> Use:
    return Use(index, at, staff, "戸籍住民課", "T-1", **marks)


def kinds(*uses: Use, usual: Usual = USUAL) -> list[tuple[Kind, str, tuple[int, ...]]]:
    return [(one.kind, one.staff, one.entries) for one in findings(uses, usual)]


class TestHours:
    @pytest.mark.parametrize(
        ("at", "found"),
        [
            (datetime(2026, 11, 29, 23, 0, tzinfo=UTC), False),  # Monday 08:00 in Japan
            (datetime(2026, 11, 29, 22, 59, 59, tzinfo=UTC), True),
            (datetime(2026, 11, 30, 9, 59, 59, tzinfo=UTC), False),  # 18:59:59
            (datetime(2026, 11, 30, 10, 0, tzinfo=UTC), True),  # 19:00
            (datetime(2026, 11, 28, 3, 0, tzinfo=UTC), True),  # Saturday noon
            (datetime(2026, 11, 27, 16, 0, tzinfo=UTC), True),  # Saturday one o'clock in Japan, Friday in UTC
        ],
    )
    def test_of_the_office_in_japan(self, at: datetime, found: bool) -> None:
        assert bool(kinds(use(1, at))) is found

    def test_a_holiday(self) -> None:
        """Named by whoever asks."""
        assert kinds(use(1), usual=Usual(holidays={date(2026, 11, 30)})) == [(Kind.HOURS, "S1", (1,))]

    def test_other_hours(self) -> None:
        assert kinds(use(1), usual=Usual(time(11), time(12))) == [(Kind.HOURS, "S1", (1,))]


class TestVolume:
    def test_more_than_five_times_the_middle(self) -> None:
        """Of all persons and days; up to fifty acts a day are never many."""
        others = [use(n, MONDAY + timedelta(days=n % 3), f"S{n % 7}") for n in range(2, 200)]
        busy = [use(1000 + n, staff="S99") for n in range(60)]
        (found,) = findings([*others, *busy], USUAL)

        assert (found.kind, found.staff, found.count, found.entries) == (
            Kind.VOLUME,
            "S99",
            60,
            tuple(range(1000, 1060)),
        )
        assert found.usual < 60 / USUAL.times
        assert findings([*others, *busy[:50]], USUAL) == []

    def test_nobody_stands_out_where_all_are_busy(self) -> None:
        assert kinds(*(use(n, staff=f"S{n % 4}") for n in range(400))) == []


class TestWhom:
    def test_own_household_and_suppressed(self) -> None:
        """The gravest first; one act can be both."""
        assert kinds(use(1), use(2, suppressed=True), use(3, own=True, suppressed=True)) == [
            (Kind.OWN_HOUSEHOLD, "S1", (3,)),
            (Kind.SUPPRESSED, "S1", (2, 3)),
        ]

    def test_by_person_and_day(self) -> None:
        tomorrow = MONDAY + timedelta(days=1)
        assert kinds(use(1, own=True), use(2, staff="S2", own=True), use(3, tomorrow, own=True)) == [
            (Kind.OWN_HOUSEHOLD, "S1", (1,)),
            (Kind.OWN_HOUSEHOLD, "S2", (2,)),
            (Kind.OWN_HOUSEHOLD, "S1", (3,)),
        ]


@given(
    st.lists(
        st.builds(
            Use,
            st.integers(0, 10**6),
            st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2026, 2, 1)),
            st.sampled_from(["S1", "S2", "S3"]),
            st.just("課"),
            st.just("T"),
            st.booleans(),
            st.booleans(),
        ),
        max_size=60,
    )
)
def test_every_finding_is_shown_by_acts_of_that_person_on_that_day(uses: list[Use]) -> None:
    """As many entries as acts, and nothing that concerns somebody is left out."""
    found = findings(uses, USUAL)
    for one in found:
        mine = sorted(use.index for use in uses if (use.staff, use.day) == (one.staff, one.day))
        assert one.count == len(one.entries)
        assert set(one.entries) <= set(mine)
    assert sum(one.count for one in found if one.kind is Kind.OWN_HOUSEHOLD) == sum(use.own for use in uses)
    assert sum(one.count for one in found if one.kind is Kind.SUPPRESSED) == sum(use.suppressed for use in uses)
