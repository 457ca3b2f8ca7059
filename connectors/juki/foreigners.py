"""What a foreign resident's record has of its own: names in their scripts, 通称, 法第30条の45の区分 with its papers."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

from connectors.juki.names import BLANK, Names, Word, joined
from connectors.juki.numbers import Numbers
from connectors.juki.places import ADACHI, ADACHI_CODE
from connectors.juki.resident import Alias, Foreign, Sex, Status, StatusKind

# 在留資格 with 在留期間 in years. The codes are our own: those of 改造仕様書 are not public.
_STATUS_CODES: Final = (("E01", 0), ("R01", 2), ("G01", 1), ("S01", 1), ("D01", 3), ("N01", 3), ("J01", 1), ("T01", 1))
_WITHOUT_END: Final = "E01"  # 永住者: 在留期間 is 無期限


def papers(rng: random.Random, numbers: Numbers, day: date, nationality: str) -> Status:
    """The status of a grown-up foreign resident as it stands on `day`."""
    draw = rng.random()
    if draw < 0.02:
        return Status(StatusKind.REFUGE, period="六月", expires=day + timedelta(days=rng.randint(20, 170)))
    if draw < 0.04:
        return Status(StatusKind.PROVISIONAL, period="六月", expires=day + timedelta(days=rng.randint(20, 170)))
    if nationality == "KOR" and draw < 0.45:
        return permanent(rng, numbers, day)
    return mid_long(rng, numbers, day)


def permanent(rng: random.Random, numbers: Numbers, day: date) -> Status:
    """特別永住者 with a certificate that runs out some day."""
    expires = day + timedelta(days=rng.randint(60, 7 * 365))
    return Status(StatusKind.PERMANENT, expires=expires, card=numbers.permanent_certificate())


def mid_long(rng: random.Random, numbers: Numbers, day: date) -> Status:
    """中長期在留者 with a 在留カード."""
    code, years = rng.choice(_STATUS_CODES)
    card = numbers.residence_card()
    if code == _WITHOUT_END:
        return Status(StatusKind.MID_LONG, code, "無期限", None, card)
    return Status(StatusKind.MID_LONG, code, f"{years}年", day + timedelta(days=rng.randint(10, 365 * years)), card)


def extended(rng: random.Random, numbers: Numbers, status: Status, day: date) -> Status:
    """在留期間更新: the same status for a longer time, on a new card."""
    years = rng.choice((1, 3, 5))
    begins = max(status.expires or day, day)
    return Status(
        status.kind, status.code, f"{years}年", begins + timedelta(days=365 * years), numbers.residence_card()
    )


def changed(rng: random.Random, numbers: Numbers, status: Status, day: date) -> Status:
    """在留資格変更: another 在留資格."""
    code, years = rng.choice([pair for pair in _STATUS_CODES if pair[0] not in (status.code, _WITHOUT_END)])
    return Status(StatusKind.MID_LONG, code, f"{years}年", day + timedelta(days=365 * years), numbers.residence_card())


def foreign(
    rng: random.Random, names: Names, words: tuple[Word, Word], sex: Sex, nationality: str, status: Status, since: date
) -> Foreign:
    """The foreign part of a record. 漢字 only where every part has it; a 通称 for many 特別永住者 and some others."""
    family, given = words
    kanji = f"{family.text}{BLANK}{given.text}" if family.text and given.text else ""
    wants_alias = rng.random() < (0.6 if status.kind is StatusKind.PERMANENT else 0.06)
    return Foreign(
        alphabet=f"{family.latin} {given.latin}",
        kanji=kanji,
        katakana=f"{family.kana}{BLANK}{given.kana}",
        nationality=nationality,
        status=status,
        alias=_alias(rng, names, sex, since) if wants_alias else None,
    )


def _alias(rng: random.Random, names: Names, sex: Sex, since: date) -> Alias:
    text, kana = joined(names.family(rng), names.given(rng, sex))
    return Alias(text, kana, since, ADACHI, ADACHI_CODE)
