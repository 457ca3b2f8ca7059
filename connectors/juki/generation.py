"""個人番号とすべき番号 as the simulated 機構 generates it: a conversion of the 住民票コード (番号法8条2項), valid and never the same twice.

The real conversion is secret and cannot be turned back; this one is neither. So the register of the synthetic town has the number
that the 機構 will give, on whichever day: both read it here, the simulators of the 機構 through the town.
"""

from __future__ import annotations

from typing import Final

from hub.checkdigits import is_juuminhyou_code, kojin_bangou_digit

_MODULUS: Final = 10**11
_FACTOR: Final = 7_393_913_357  # prime to 10: different codes have different numbers
NEW: Final = "SHINKI"  # 生成要求事由: a 住民票コード that never had a number
CHANGED: Final = "HENKOU"  # another number (番号法7条2項)
_FIRST: Final = {NEW: 31_415_926_535, CHANGED: 27_182_818_284}


def generated(code: str, reason: str) -> str:
    """The number for a 住民票コード and 生成要求事由. Raises `ValueError` for what is none of either."""
    if not is_juuminhyou_code(code) or reason not in _FIRST:
        raise ValueError("a 住民票コード and a 生成要求事由")
    first = f"{(int(code[:10]) * _FACTOR + _FIRST[reason]) % _MODULUS:011d}"
    return first + kojin_bangou_digit(first)
