"""片仮名 of the register into what file 2 wants: ふりがな (平仮名) and 清音化かな (no voiced marks)."""

from __future__ import annotations

import unicodedata
from typing import Final

_TO_HIRAGANA: Final = {ord(kata): ord(kata) - 0x60 for kata in map(chr, range(ord("ァ"), ord("ヶ") + 1))}
_MARKS: Final = {0x3099: None, 0x309A: None}


def hiragana(katakana: str) -> str:
    """ァ to ヶ as ぁ to ゖ; long marks, dots and blanks stay."""
    return katakana.translate(_TO_HIRAGANA)


def seion(kana: str) -> str:
    """Kana without 濁点 and 半濁点 (清音化)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", kana).translate(_MARKS))
