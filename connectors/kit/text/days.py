"""A day of which month or day may be unknown (不詳), as signed payloads write it: YYYYMMDD with 00, or YYYY-MM-DD.

What is unknown stays unknown: nothing here fills a month or a day in. A refusal names the field and no more, for a date says much
about a person.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

from hub.codes import kit
from hub.errors import Refused

_YMD: Final = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")
_ISO: Final = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Day:
    """Year, month and day of the Gregorian calendar; 0 for an unknown part. Without a month there is no day.

    Raises `ValueError` for a day that does not exist.
    """

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        if (self.day and not self.month) or (self.month and not self.year):
            raise ValueError("a part is known without the one before it")
        if self.year:
            date(self.year, self.month or 1, self.day or 1)

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day that it may be. Raises `ValueError` when not even the year is known."""
        if self.day:
            return date(self.year, self.month, self.day), date(self.year, self.month, self.day)
        last = self.month or 12
        return date(self.year, self.month or 1, 1), date(self.year, last, monthrange(self.year, last)[1])


UNKNOWN: Final = Day(0)


def read_ymd(text: str, place: str) -> Day:
    """From YYYYMMDD, YYYYMM00, YYYY0000 or 00000000. Raises `Refused` DATE_FORM or NO_SUCH_DAY."""
    return _read(_YMD, text, place)


def ymd(day: Day) -> str:
    """YYYYMMDD with 00 for what is unknown."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def read_iso(text: str, place: str) -> Day:
    """From YYYY-MM-DD, a day that is known. Raises `Refused` DATE_FORM, NO_SUCH_DAY or DAY_UNKNOWN."""
    return exact(_read(_ISO, text, place), place)


def iso(day: Day, place: str) -> str:
    """YYYY-MM-DD. Raises `Refused` DAY_UNKNOWN: the field has no way to say so."""
    known = exact(day, place)
    return f"{known.year:04}-{known.month:02}-{known.day:02}"


def exact(day: Day, place: str) -> Day:
    """`day` where every part is known. Raises `Refused` DAY_UNKNOWN."""
    if not day.day:
        raise Refused(kit.DAY_UNKNOWN, place=place)
    return day


def made(year: int, month: int, day: int, place: str) -> Day:
    """A `Day`. Raises `Refused` NO_SUCH_DAY."""
    try:
        return Day(year, month, day)
    except ValueError:
        raise Refused(kit.NO_SUCH_DAY, place=place) from None


def _read(form: re.Pattern[str], text: str, place: str) -> Day:
    match = form.fullmatch(text)
    if match is None:
        raise Refused(kit.DATE_FORM, place=place)
    year, month, day = map(int, match.groups())
    return made(year, month, day, place)
