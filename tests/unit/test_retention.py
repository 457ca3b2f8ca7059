"""hub.retention: the day on which each body and each private part goes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hub import retention
from hub.routes import RESIDENT_NETWORK_TYPES
from tests.samples import types

RECORDED = date(2026, 4, 1)


class TestBodies:
    def test_file_3_goes_at_the_confirmation_itself(self) -> None:
        """送付先情報 is not kept a day longer than it is needed (S19)."""
        assert retention.confirmed_due(retention.body_class("SF-SEND"), RECORDED, 7) is None

    @pytest.mark.parametrize("type_", sorted(set(types()) - {"SF-SEND"}))
    def test_all_others_go_some_days_after_the_confirmation(self, type_: str) -> None:
        """The first day does not count (民法140条)."""
        due = retention.confirmed_due(retention.body_class(type_), RECORDED, 7)

        assert due == date(2026, 4, 8)

    def test_unconfirmed_go_after_thirty_days(self) -> None:
        """Failure does not keep a body for ever."""
        assert retention.body_due(RECORDED) == date(2026, 5, 1)

    @pytest.mark.parametrize(
        ("expires_at", "due"),
        [
            (datetime(2026, 4, 4, 15, 0, tzinfo=UTC), date(2026, 4, 5)),  # midnight in Japan: the 4th was the last day
            (datetime(2026, 4, 4, 15, 0, 0, 1, tzinfo=UTC), date(2026, 4, 6)),
            (datetime(2026, 4, 4, 3, 0, tzinfo=UTC), date(2026, 4, 5)),
            (datetime(2027, 4, 4, 3, 0, tzinfo=UTC), date(2026, 5, 1)),
        ],
    )
    def test_what_expires_goes_when_it_has(self, expires_at: datetime, due: date) -> None:
        """Not before, for till then it may be delivered; not later, whether confirmed or not; never later than others (S22)."""
        assert retention.body_due(RECORDED, expires_at) == due
        confirmed = retention.confirmed_due(retention.STANDARD, date(2026, 4, 24), 7, expires_at)
        assert confirmed == min(due, date(2026, 5, 1))

    @pytest.mark.parametrize("days", [0, 7, 30])
    def test_confirmation_never_prolongs_beyond_its_days(self, days: int) -> None:
        """What was confirmed on the day of recording goes no later than what was never confirmed."""
        due = retention.confirmed_due(retention.STANDARD, RECORDED, days)

        assert due is not None
        assert due - RECORDED == timedelta(days=days)
        assert due <= retention.body_due(RECORDED)


class TestPrivateParts:
    @pytest.mark.parametrize(
        ("type_", "due"),
        [
            ("HK-UPD", date(2028, 4, 1)),
            ("SF-SEND", date(2028, 4, 1)),
            ("TS-CERT", date(2028, 4, 1)),
            ("TN-NOTE", date(2028, 4, 1)),
            ("JK-CHG", date(2033, 4, 1)),
            ("AT-REG", date(2033, 4, 1)),
            ("ANSWER", date(2033, 4, 1)),
        ],
    )
    def test_two_years_for_files_2_and_3_and_seven_for_the_rest(self, type_: str, due: date) -> None:
        """S10, and 番号法施行令29条."""
        assert retention.private_due(retention.private_class(type_), RECORDED) == due

    def test_files_2_and_3_are_what_the_resident_network_carries(self) -> None:
        """Every type of zone juki-net counts as one of files 2 and 3 (S10), and no other."""
        short = {type_ for type_ in types() if retention.private_class(type_) == retention.RECORD_2_YEARS}

        assert short == RESIDENT_NETWORK_TYPES

    def test_leap_day_becomes_the_first_of_march(self) -> None:
        """A day that the later year does not have is never moved to before the end of the time."""
        assert retention.private_due(retention.RECORD_2_YEARS, date(2028, 2, 29)) == date(2030, 3, 1)
        assert retention.private_due(retention.RECORD_7_YEARS, date(2028, 2, 29)) == date(2035, 3, 1)
