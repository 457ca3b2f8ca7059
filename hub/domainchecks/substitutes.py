"""代替文字: what a card may show instead of a character that it cannot (items 53-59 of 送付先情報).

The map has one digit for each character of the substitute: 1 where it differs from the original, 0 where it is the same. Where
original and substitute have different numbers of characters, which digit belongs to which character cannot be told, and only the
length of the map is held.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from hub.codes import chk
from hub.domainchecks.characters import characters, is_jis_x_0213
from hub.domainchecks.places import Record, name_of, refused

RESULT: Final = "代替文字変換結果"
NO_SUBSTITUTE: Final = "〓"
# original, substitute, map
_TRIPLES: Final = (
    ("氏名漢字", "代替文字氏名", "代替文字氏名位置情報"),
    ("住所", "代替文字住所", "代替文字住所位置情報"),
)


def check_substitutes(person: Record) -> None:
    """Hold substitutes, maps and result of one 対象者 together. Raises `Refused` SUBSTITUTE_*."""
    substitutes = ""
    for original, substitute, position in _TRIPLES:
        found = person.get(substitute)
        if found is not None:
            substitutes += found.text or ""
            _check_triple(person, original, found, position)
    result = person.get(RESULT)
    if result is not None and result.text != _result_of(substitutes):
        raise refused(chk.SUBSTITUTE_RESULT, result)


def _check_triple(person: Record, original: str, substitute: etree._Element, position: str) -> None:
    text = substitute.text or ""
    if not is_jis_x_0213(text):
        raise refused(chk.SUBSTITUTE_CHARACTER, substitute)
    digits, source = person.get(position), person.get(original)
    if digits is None or source is None:
        return
    before, after = characters(source.text or ""), characters(text)
    expected = "".join("01"[old != new] for old, new in zip(before, after, strict=False))
    same_length = len(before) == len(after)
    if len(digits.text or "") != len(after) or (same_length and digits.text != expected):
        raise refused(chk.SUBSTITUTE_MAP, digits, name_of(substitute))


def _result_of(substitutes: str) -> str:
    if not substitutes:
        return "0"
    return "9" if NO_SUBSTITUTE in substitutes else "1"
