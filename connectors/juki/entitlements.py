"""資格 by age: 国保, 後期, 介護, 国民年金 and 児童手当 as they would stand in an ordinary ward.

国民健康保険法5条, 高齢者の医療の確保に関する法律50条 (75歳), 介護保険法9条1号 (65歳), 国民年金法7条 (20-59歳), 児童手当法3条
(18歳に達する日以後の最初の3月31日まで). The shares are invented.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from connectors.juki.numbers import Numbers
from connectors.juki.resident import Entitlements, Insured, Pensioned, age_on


def birthday(birth: str, years: int) -> date:
    """The day of the n-th birthday; 29 February becomes 1 March, unknown month or day 1 January."""
    year, month, dom = int(birth[:4]) + years, int(birth[4:6]) or 1, int(birth[6:]) or 1
    try:
        return date(year, month, dom)
    except ValueError:
        return date(year, 3, 1)


def is_allowance_child(birth: str, day: date) -> bool:
    """Whether 児童手当 is paid for a child of this birth on `day`."""
    if birth == "00000000":
        return False
    turns_18 = birthday(birth, 18) - timedelta(days=1)  # one reaches an age on the day before the birthday
    return day <= date(turns_18.year + ((turns_18.month, turns_18.day) > (3, 31)), 3, 31)


def entitlements(
    rng: random.Random,
    numbers: Numbers,
    birth: str,
    since: date,
    day: date,
    *,
    self_employed: bool,
    allowance_from: date | None,
) -> Entitlements:
    """What a person of this birth has on `day`, resident since `since`.

    `self_employed` says that the household is insured with the ward (国保, 第1号被保険者); `allowance_from` since when it
    receives 児童手当.
    """
    if birth == "00000000":
        return Entitlements()
    age = age_on(birth, day)
    in_kokuho = age < 75 and (self_employed or (age >= 60 and rng.random() < 0.6))
    return Entitlements(
        kokuho=Insured(max(since, birthday(birth, 0))) if in_kokuho else None,
        kouki=Insured(max(since, birthday(birth, 75))) if age >= 75 else None,
        kaigo=Insured(max(since, birthday(birth, 65))) if age >= 65 else None,
        nenkin=_pension(rng, numbers, birth, since, age, self_employed=self_employed),
        child_allowance=(f"{allowance_from:%Y-%m}", "") if allowance_from else None,
    )


def _pension(
    rng: random.Random, numbers: Numbers, birth: str, since: date, age: int, *, self_employed: bool
) -> Pensioned | None:
    # 第2号被保険者 are with their employer, not with the ward.
    if not 20 <= age < 60 or not (self_employed or rng.random() < 0.15):
        return None
    return Pensioned(numbers.pension_number(), "1" if self_employed else "3", max(since, birthday(birth, 20)))
