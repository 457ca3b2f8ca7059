"""The eras from 明治 to 令和 with their days, and which of them a day or a partly known day is of.

A first day is the day from which the era counts: 大正 and 昭和 began on the day of the change itself (大正元年7月30日の詔書, 昭和元年
12月25日の詔書), 平成 and 令和 on the day that their ordinances set. 明治 was proclaimed on 慶応4年9月8日, 1868-10-23; but until 明治5年12月2日
its years, months and days are those of the lunar calendar (明治5年太政官布告337号), so nothing before 1873-01-01 is converted.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from typing import Final

GREGORIAN_SINCE: Final = date(1873, 1, 1)  # 明治6年1月1日


class Era(Enum):
    """The value: its digit in GYYMMDD, its name, its first day."""

    MEIJI = (1, "明治", date(1868, 10, 23))
    TAISHO = (2, "大正", date(1912, 7, 30))
    SHOWA = (3, "昭和", date(1926, 12, 25))
    HEISEI = (4, "平成", date(1989, 1, 8))
    REIWA = (5, "令和", date(2019, 5, 1))

    @property
    def digit(self) -> int:
        return self.value[0]

    @property
    def title(self) -> str:
        return self.value[1]

    @property
    def first(self) -> date:
        return self.value[2]

    @property
    def last(self) -> date:
        """The day before the next era's first; of the present era the last day of the calendar."""
        later = [era.first for era in Era if era.first > self.first]
        return min(later) - timedelta(days=1) if later else date.max


def era_of(day: date) -> Era:
    """The era that `day` counts in. Raises `ValueError` before the first."""
    return max((era for era in Era if era.first <= day), key=lambda era: era.first)
