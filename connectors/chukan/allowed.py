"""照会許可用照合リスト of the synthetic town: which affair may ask for which information (S13, L1119). Anything else is refused.

The real list is made by the 情報提供ネットワークシステム out of 番号法別表 and is not public; this one has the affairs of the full day.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

VERSION: Final = "2026-04-01"
HOUSEHOLD: Final = "TM00000000000001"  # 住民票関係情報; the code is invented
ALLOWED: Final = MappingProxyType(
    {
        HOUSEHOLD: frozenset(
            {
                "児童扶養手当の支給に関する事務",
                "生活保護の決定及び実施に関する事務",
                "健康保険の被扶養者の認定に関する事務",
                "住宅の使用料の減免に関する事務",
                "職業訓練受講給付金の支給に関する事務",
            }
        )
    }
)


def allowed(affair: str, information: str) -> bool:
    """Whether the list names the affair for the information."""
    return affair in ALLOWED.get(information, frozenset())
