"""Days that do not exist, days in the wrong order, and the day on which a 転出証明書情報 must be erased."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from lxml import etree

from hub.calendar import JST
from hub.codes import chk
from hub.domainchecks.places import Record, record_of, refused

PLANNED_DAY: Final = "転出予定年月日"
_CERTIFICATE: Final = "TS-CERT"
# 別添1 3 ※ (L617): not moved in within 30 days after the planned day. Day 1 is the day after (民法140条).
_ERASE_AFTER: Final = timedelta(days=30)


def check_day(item: etree._Element) -> None:
    """Hold `YYYYMMDD…` against the calendar; an unknown part (00) passes. Raises `Refused` NO_SUCH_DAY."""
    digits = (item.text or "")[:8]
    if digits[4:6] == "00" or digits[6:] == "00":
        return
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise refused(chk.NO_SUCH_DAY, item) from error


def check_order(record: Record, earlier: str, later: str) -> None:
    """Hold that `later` does not lie before `earlier`, where both stand. Raises `Refused` DATE_ORDER."""
    first, second = record.get(earlier), record.get(later)
    # An unknown part is 00 and sorts before every day, so that doubt about a birth date refuses nobody.
    if first is not None and second is not None and _digits(second) < _digits(first):
        raise refused(chk.DATE_ORDER, second, earlier)


def erase_day(payload: etree._Element) -> date:
    """The day after which a 転出証明書情報 without 転入 must be gone: 転出予定年月日 + 30 days.

    Raises `ValueError` when `payload` has no planned day.
    """
    planned = record_of(payload).get(PLANNED_DAY)
    if planned is None or planned.text is None:
        raise ValueError("no planned day")
    return date.fromisoformat(planned.text) + _ERASE_AFTER


def check_expiry(payload: etree._Element, type: str, expires_at: datetime | None) -> None:  # noqa: A002 - the header's own word
    """Hold a 転出証明書情報 against its message: nothing of it is delivered or kept after that day (S22).

    `expires_at` may be earlier; the end of the day is the first moment of the next in Japan. Raises `Refused` EXPIRY.
    """
    if type != _CERTIFICATE:
        return
    end = datetime.combine(erase_day(payload) + timedelta(days=1), time(), JST)
    if expires_at is None or expires_at > end:
        raise refused(chk.EXPIRY, record_of(payload)[PLANNED_DAY])


def _digits(item: etree._Element) -> str:
    return (item.text or "").replace("-", "")
