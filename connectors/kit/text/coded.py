"""Coded fields (numbers, postal codes, identifiers): full-width or half-width in, one form out. Never for names or addresses."""

from __future__ import annotations

from typing import Final

from connectors.kit.text.characters import named
from hub.codes import kit
from hub.errors import Refused

_DIGITS: Final = "0123456789"
_CODE: Final = _DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"
_WIDE: Final = 0xFEE0  # U+FF01-FF5E stand for U+0021-007E
_TO_WIDE: Final = {ord(sign): ord(sign) + _WIDE for sign in _CODE}
# JIS's own reading of the full-width hyphen (see twins) is the same sign in a code.
_TO_ASCII: Final = {wide: narrow for narrow, wide in _TO_WIDE.items()} | {0x2212: ord("-")}


def digits(text: str, place: str) -> str:
    """`text` in ASCII digits. Raises `Refused` CODED at the first sign that is no digit, blanks too."""
    return _held(text, _DIGITS, place)


def code(text: str, place: str) -> str:
    """`text` in ASCII digits, letters (their case kept) and hyphens. Raises `Refused` CODED at the first other sign."""
    return _held(text, _CODE, place)


def wide(text: str, place: str) -> str:
    """`text` as a partner wants it that keeps codes full-width; `code` turns it back. Raises `Refused` CODED."""
    return code(text, place).translate(_TO_WIDE)


def _held(text: str, allowed: str, place: str) -> str:
    narrow = text.translate(_TO_ASCII)
    for number, (sign, shown) in enumerate(zip(text, narrow, strict=True), start=1):
        if shown not in allowed:
            raise Refused(kit.CODED, place=place, position=number, point=named(sign))
    return narrow
