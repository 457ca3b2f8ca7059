"""Lengths, counts of 外字 and the 外字フラグ: items of 本人確認情報 and 送付先情報 that speak about other items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from hub.codes import chk
from hub.domainchecks.characters import character_count, gaiji_count
from hub.domainchecks.places import Record, refused

FLAG: Final = "外字フラグ"


@dataclass(frozen=True, slots=True)
class Companions:
    """Which item of a record counts another: the counting item -> the item whose characters or 外字 it counts."""

    lengths: Mapping[str, str]
    gaiji: Mapping[str, str]


def check_counts(record: Record, companions: Companions) -> None:
    """Hold every count against its text. Raises `Refused` LENGTH or GAIJI_COUNT."""
    for name, counted in companions.lengths.items():
        number, text = record.get(name), record.get(counted)
        if number is not None and text is not None and _value(number) != character_count(text.text or ""):
            raise refused(chk.LENGTH, number, counted)
    for name, counted in companions.gaiji.items():
        number, text = record.get(name), record.get(counted)
        if number is not None and text is not None and _value(number) != gaiji_count(text.text or ""):
            raise refused(chk.GAIJI_COUNT, number, counted)


def has_gaiji(record: Record, companions: Companions) -> bool:
    """Whether some 外字数 of `record` is greater than 0."""
    counts = (record.get(name) for name in companions.gaiji)
    return any(_value(count) > 0 for count in counts if count is not None)


def check_flag(record: Record, *, expected: bool) -> None:
    """Hold the record's 外字フラグ against what the counts say. Raises `Refused` GAIJI_FLAG."""
    flag = record.get(FLAG)
    if flag is not None and (flag.text == "1") is not expected:
        raise refused(chk.GAIJI_FLAG, flag)


def _value(number: etree._Element) -> int:
    return int(number.text or "")
