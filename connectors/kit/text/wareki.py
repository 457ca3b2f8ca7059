"""和暦 at the edges: a partner's way to write a day, and the `Day` that signed payloads have.

Each form has exactly one way to write a day, so that what was read can be written again, and the other way round:

    CODED     5080401   5080400   5080000   0000000          era digit 1-5, year, month, day; 00 unknown; 元年 is 01
    WRITTEN   令和8年4月1日   令和8年4月日不詳   令和8年月日不詳   不詳   year 1 is 元年, no leading zeros
    …_WIDE    the same with full-width digits

A partly known day of which the Gregorian form cannot tell the era (平成元年月日不詳 is some day of 1989, as 昭和64年 is) is refused both
ways: nothing is guessed and nothing lost. Proven by tests/unit/test_kit_text_wareki.py.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from connectors.kit.text.days import UNKNOWN, Day, made
from connectors.kit.text.eras import GREGORIAN_SINCE, Era, era_of
from hub.codes import kit
from hub.errors import Refused

_CODED: Final = re.compile("([0-5])([0-9]{2})([0-9]{2})([0-9]{2})")
_WRITTEN: Final = re.compile(
    "(明治|大正|昭和|平成|令和)(元|[1-9][0-9]{0,2})年(?:月日不詳|([1-9]|1[0-2])月(?:日不詳|([1-9]|[1-3][0-9])日))"
)
_UNKNOWN_CODED: Final = "0000000"
_UNKNOWN_WRITTEN: Final = "不詳"
_TO_WIDE: Final = {ord("0") + digit: ord("０") + digit for digit in range(10)}
_TO_ASCII: Final = {wide: narrow for narrow, wide in _TO_WIDE.items()}


class Form(Enum):
    """How a partner writes a day: as a code or in words, with full-width digits or not."""

    CODED = (False, False)
    CODED_WIDE = (False, True)
    WRITTEN = (True, False)
    WRITTEN_WIDE = (True, True)

    @property
    def in_words(self) -> bool:
        return self.value[0]

    @property
    def wide(self) -> bool:
        return self.value[1]


def read_wareki(text: str, form: Form, place: str) -> Day:
    """The day that `text` says. `write_wareki` gives exactly `text` again.

    Raises `Refused`, naming the field only: DATE_FORM (not this form), NO_SUCH_DAY, NOT_IN_ERA (平成31年5月1日), ERA_LOST (the
    era of a partly known day would be lost), LUNAR_CALENDAR (before 明治6年).
    """
    narrow = text.translate(_TO_ASCII) if form.wide else text
    if form.wide and narrow.translate(_TO_WIDE) != text:
        raise Refused(kit.DATE_FORM, place=place)  # digits of both widths
    day = _read_words(narrow, place) if form.in_words else _read_code(narrow, place)
    if write_wareki(day, form, place) != text:
        raise Refused(kit.DATE_FORM, place=place)  # 令和1年: 元年 is the one way to write it
    return day


def write_wareki(day: Day, form: Form, place: str) -> str:
    """`day` as the partner writes it. Raises `Refused` DATE_FORM (no room for the year), ERA_LOST or LUNAR_CALENDAR."""
    text = _in_words(day, place) if form.in_words else _in_code(day, place)
    return text.translate(_TO_WIDE) if form.wide else text


def _read_code(text: str, place: str) -> Day:
    match = _CODED.fullmatch(text)
    if text == _UNKNOWN_CODED:
        return UNKNOWN
    digit, year, month, day = map(int, match.groups()) if match else (0, 0, 0, 0)
    era = next((era for era in Era if era.digit == digit), None)
    if era is None or year == 0 or (day and not month):
        raise Refused(kit.DATE_FORM, place=place)
    return _day(era, year, month, day, place)


def _read_words(text: str, place: str) -> Day:
    if text == _UNKNOWN_WRITTEN:
        return UNKNOWN
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise Refused(kit.DATE_FORM, place=place)
    title, year, month, day = match.groups()
    era = next(era for era in Era if era.title == title)
    return _day(era, 1 if year == "元" else int(year), int(month or 0), int(day or 0), place)


def _day(era: Era, year: int, month: int, day: int, place: str) -> Day:
    found = made(era.first.year + year - 1, month, day, place)
    first, last = found.span
    if last < GREGORIAN_SINCE:
        raise Refused(kit.LUNAR_CALENDAR, place=place)
    if last < era.first or first > era.last:
        raise Refused(kit.NOT_IN_ERA, place=place)
    return found


def _in_code(day: Day, place: str) -> str:
    if day == UNKNOWN:
        return _UNKNOWN_CODED
    era, year = _counted(day, place)
    if year > 99:
        raise Refused(kit.DATE_FORM, place=place)
    return f"{era.digit}{year:02}{day.month:02}{day.day:02}"


def _in_words(day: Day, place: str) -> str:
    if day == UNKNOWN:
        return _UNKNOWN_WRITTEN
    era, year = _counted(day, place)
    counted = f"{era.title}{'元' if year == 1 else year}年"
    if not day.month:
        return f"{counted}月日不詳"
    return f"{counted}{day.month}月{day.day}日" if day.day else f"{counted}{day.month}月日不詳"


def _counted(day: Day, place: str) -> tuple[Era, int]:
    """The era that every day of the span is of, and its year."""
    first, last = day.span
    if first < GREGORIAN_SINCE:
        raise Refused(kit.LUNAR_CALENDAR, place=place)
    era = era_of(first)
    if era_of(last) is not era:
        raise Refused(kit.ERA_LOST, place=place)
    return era, day.year - era.first.year + 1
