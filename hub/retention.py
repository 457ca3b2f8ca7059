"""保存: how long a body and a private part live, by class (design section 3, Erasure; domain.md S10, S19).

Bodies go N days after the partner's confirmation and 30 days at most; 送付先情報 (file 3) goes at the confirmation itself.
The private part of an entry answers later questions of 開示 and audit: 2 years where file 2 or 3 is concerned (S10), else 7
(番号法施行令29条). Days are Japanese days; the day after is day 1 (民法140条 初日不算入).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hub.calendar import jst_day

LONGEST_DAYS = 30
AT_CONFIRMATION = "file3"
STANDARD = "standard"
ANSWER = "answer"
LEGAL_HOLD = "legal-hold"  # 消去停止: what persons keep beyond its day, until a day that they name
LONGEST_HOLD_YEARS = 10
RECORD_2_YEARS = "record-p2y"
RECORD_7_YEARS = "record-p7y"

_FILE_3 = frozenset({"SF-SEND"})
_FILES_2_AND_3 = frozenset(
    {
        *("HK-UPD", "SF-SEND", "TS-CERT", "TS-REQ", "TN-NOTE", "TN-IN"),
        *("SG-CHK", "SG-RES", "BN-REQ", "BN-RES", "CK-FGC"),
    }
)


def body_class(type_: str) -> str:
    """The retention class of a body of this type."""
    return AT_CONFIRMATION if type_ in _FILE_3 else STANDARD


def body_due(recorded: date, expires_at: datetime | None = None) -> date:
    """The day on which a body goes at the latest, confirmed or not; one that expires, when it has (S22)."""
    return _capped(recorded + timedelta(days=LONGEST_DAYS), expires_at)


def confirmed_due(retention: str, confirmed: date, after_days: int, expires_at: datetime | None = None) -> date | None:
    """The day on which a confirmed body goes; None means now."""
    return None if retention == AT_CONFIRMATION else _capped(confirmed + timedelta(days=after_days), expires_at)


def _capped(due: date, expires_at: datetime | None) -> date:
    """Not later than the first day in Japan that lies wholly behind the expiry: before that it may still be delivered."""
    if expires_at is None:
        return due
    last = jst_day(expires_at - timedelta(microseconds=1))
    return min(due, last + timedelta(days=1))


def private_class(type_: str) -> str:
    """The retention class of the private part of an entry about a message of this type."""
    return RECORD_2_YEARS if type_ in _FILES_2_AND_3 else RECORD_7_YEARS


def private_due(retention: str, recorded: date) -> date:
    """The day on which a private part goes: the same day 2 or 7 years later (29 February: 1 March)."""
    years = 2 if retention == RECORD_2_YEARS else 7
    try:
        return recorded.replace(year=recorded.year + years)
    except ValueError:
        return date(recorded.year + years, 3, 1)


def released_due(
    class_: str, recorded: date, today: date, after_days: int, expires_at: datetime | None, *, settled: bool
) -> date:
    """The day on which a body goes whose legal hold has ended: as if it had been confirmed today; never before today."""
    if class_ == AT_CONFIRMATION and settled:
        return today
    due = _capped(today + timedelta(days=after_days), expires_at) if settled else body_due(recorded, expires_at)
    return max(due, today)
