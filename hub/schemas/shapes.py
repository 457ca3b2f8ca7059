"""The shape of a value, for errors: what kind of characters and how many, never which (design promise 8)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from hub.errors import Words

_ASCII_KINDS: Final = (
    (re.compile(r"[0-9]+"), "数字{}桁", "{} digits"),
    (re.compile(r"[0-9A-Za-z]+"), "英数字{}文字", "{} letters or digits"),
    (re.compile(r"[ -~]+"), "半角{}文字", "{} ASCII characters"),
)


def shape_of(text: str | None) -> Words:
    """`空`, `空白n文字`, `数字n桁`, `英数字n文字`, `半角n文字`, `全角n文字` or `混在n文字`, counted in code points."""
    if not text:
        return Words("空", "empty")
    ja, en = _kind_of(text)
    return Words(ja.format(len(text)), en.format(len(text)))


def _kind_of(text: str) -> tuple[str, str]:
    if not text.strip():
        return "空白{}文字", "{} blanks"
    for pattern, ja, en in _ASCII_KINDS:
        if pattern.fullmatch(text):
            return ja, en
    if all(unicodedata.east_asian_width(char) in "FWA" for char in text):
        return "全角{}文字", "{} full-width characters"
    return "混在{}文字", "{} characters of mixed width"
