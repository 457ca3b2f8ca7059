"""Check digits of 個人番号, 住民票コード and 全国地方公共団体コード.

個人番号: 平成26年総務省令第85号第5条. 住民票コード: 住基法施行規則第1条 and 平成14年総務省告示第436号 (the official text was
not at hand: the algorithm is that of 個人番号 over ten digits, and published sample codes agree). 地方公共団体コード: weights
6 to 2, the last digit of the difference to 11. Only ASCII digits are digits here. Proven by tests/unit/test_checkdigits.py.
"""

from __future__ import annotations

import re
from operator import mul
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]+\Z")
_KOJIN: Final = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_JUUMINHYOU: Final = _KOJIN[1:]
_LG: Final = _KOJIN[:5]


def is_kojin_bangou(s: str) -> bool:
    """Whether `s` is twelve ASCII digits whose last is the right 検査用数字."""
    return _has_form(s, 12) and s[11] == kojin_bangou_digit(s[:11])


def is_juuminhyou_code(s: str) -> bool:
    """Whether `s` is eleven ASCII digits whose last is the right 検査数字."""
    return _has_form(s, 11) and s[10] == juuminhyou_code_digit(s[:10])


def is_lg_code(s: str) -> bool:
    """Whether `s` is six ASCII digits (prefecture 2, body 3, check 1) whose last is the right 検査数字."""
    return _has_form(s, 6) and s[5] == lg_code_digit(s[:5])


def kojin_bangou_digit(first11: str) -> str:
    """The check digit of eleven ASCII digits; raises `ValueError` for anything else."""
    return _modulo_11(first11, _KOJIN)


def juuminhyou_code_digit(first10: str) -> str:
    """The check digit of ten ASCII digits; raises `ValueError` for anything else."""
    return _modulo_11(first10, _JUUMINHYOU)


def lg_code_digit(first5: str) -> str:
    """The check digit of five ASCII digits; raises `ValueError` for anything else."""
    return str((11 - _weighted_sum(first5, _LG) % 11) % 10)


def _modulo_11(digits: str, weights: tuple[int, ...]) -> str:
    rest = _weighted_sum(digits, weights) % 11
    return "0" if rest <= 1 else str(11 - rest)


def _weighted_sum(digits: str, weights: tuple[int, ...]) -> int:
    if not _has_form(digits, len(weights)):
        raise ValueError(f"{len(weights)} ASCII digits are needed")
    return sum(map(mul, map(int, digits), weights))


def _has_form(s: str, length: int) -> bool:
    return len(s) == length and _DIGITS.match(s) is not None
