"""整合 as the CS tells its result in a telegram: one character for each person of the question, in its order.

`0` all five items agree, `-` the CS has no such person (住記のみ), otherwise a character of `_MARKS` for the set of items that differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

EQUAL: Final = "0"
MISSING: Final = "-"
ITEMS: Final = ("氏名", "生年月日", "性別", "住所", "異動年月日")
_MARKS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"  # the n-th is the set whose bits are n + 1
_WIDTH: Final = 11


def mark(differing: Sequence[str]) -> str:
    """The character for the items that differ."""
    bits = sum(1 << ITEMS.index(name) for name in differing)
    return _MARKS[bits - 1] if bits else EQUAL


def differing(character: str) -> tuple[str, ...]:
    """The items that a character stands for. Raises `ValueError` for one that stands for none."""
    bits = _MARKS.index(character) + 1
    return tuple(name for place, name in enumerate(ITEMS) if bits >> place & 1)


def told(marks: str, own: Sequence[str]) -> Mapping[str, str]:
    """The reply: `own` are the 住民票コード of persons that the CS alone has."""
    return {"判定": marks, "CSのみの人数": str(len(own)), "CSのみの住民票コード": "".join(own)}


def own_codes(reply: Mapping[str, str]) -> tuple[str, ...]:
    """The 住民票コード of persons that the CS alone has. Raises `ValueError` when they are not as many as the reply says."""
    text = reply["CSのみの住民票コード"]
    codes = tuple(text[place : place + _WIDTH] for place in range(0, len(text), _WIDTH))
    if len(codes) != int(reply["CSのみの人数"] or "0") or any(len(code) != _WIDTH for code in codes):
        raise ValueError("not as many as it says")
    return codes
