"""Records of fixed length, driven by a layout table: what hosts of the 住基ネット world and batch files are made of.

A record is the fields of its `Layout` one after the other, each as wide as the table says, in a character set that the
partner names (UTF-16BE on the line of the CS, cp932 in files). Nothing is ever substituted, cut or trimmed: what would not
come back exactly as it was given is refused, by the name of the field and, for a character, by its code point.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from hub.codes import kit
from hub.errors import Refused

_NUMBER: Final = re.compile("0|[1-9][0-9]*")
_CODE: Final = re.compile("[!-~]*")
_DATE_WIDTH: Final = 8
_T = TypeVar("_T")


class Kind(StrEnum):
    """How a value stands in its field. An absent value is "" and stands as blanks, whatever the kind."""

    TEXT = "text"  # any characters of the set, blanks after it; no control character, no blank at its end
    NUMBER = "number"  # a decimal number, zeros before it; a number with zeros of its own is a code
    DATE = "date"  # YYYY-MM-DD, stands as YYYYMMDD; a date with unknown parts is a code
    CODE = "code"  # printable ASCII without blanks, blanks after it


@dataclass(frozen=True, slots=True)
class Charset:
    """A Python codec, the bytes that a character may take in a text and in any other field, and its last code point.

    `text` is an upper bound: in cp932 a half-width character of a text takes one of its two bytes, blanks fill the rest.
    """

    codec: str
    text: int
    plain: int
    last: int = 0x10FFFF


ASCII: Final = Charset("ascii", 1, 1)
# UCS-2, as the characters of 住基ネット統一文字 are: no surrogates, so plane 16 and variation selectors have no place.
UCS2: Final = Charset("utf-16-be", 2, 2, last=0xFFFF)
CP932: Final = Charset("cp932", 2, 1)


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a layout table; `width` in characters."""

    name: str
    width: int
    kind: Kind


class Layout:
    """A layout table in a character set. `size` is the length of its records in bytes."""

    def __init__(self, fields: Sequence[Field], charset: Charset) -> None:
        """Raises `ValueError` for a table that cannot be meant: no field, a name twice, a width that holds nothing."""
        if not fields or len({field.name for field in fields}) != len(fields):
            raise ValueError("each field has a name of its own")
        for field in fields:
            if field.width < 1 or (field.kind is Kind.DATE and field.width != _DATE_WIDTH):
                raise ValueError("a width that holds no value")
        self.fields = tuple(fields)
        self.size = sum(_size(field, charset) for field in fields)
        self._charset = charset
        self._blank = " ".encode(charset.codec)

    def encode(self, values: Mapping[str, str]) -> bytes:
        """The record of `values`, which name every field; decoding it gives them back, exactly.

        Raises `Refused` for a value that does not fit, and `ValueError` for a name too many or too few.
        """
        if values.keys() != {field.name for field in self.fields}:
            raise ValueError("not the fields of the layout")
        return b"".join(self._encoded(field, values[field.name]) for field in self.fields)

    def decode(self, record: bytes) -> Mapping[str, str]:
        """The values of a record by name. Raises `ValueError`, naming the field, for anything that is not one."""
        if len(record) != self.size:
            raise ValueError("not the length of the layout")
        values: dict[str, str] = {}
        place = 0
        for field in self.fields:
            end = place + _size(field, self._charset)
            values[field.name] = self._decoded(field, record[place:end])
            place = end
        return MappingProxyType(values)

    def _encoded(self, field: Field, value: str) -> bytes:
        # Printable ASCII is itself in every set, and most of a record is that or blank.
        for character in "" if value.isascii() and value.isprintable() else value:
            if not self._writes(character):
                raise Refused(kit.FIELD_CHARACTER, field=field.name, point=f"U+{ord(character):04X}")
        shown = _shown(field, value)
        data = shown.encode(self._charset.codec)
        room = _size(field, self._charset) - len(data)
        if len(shown) > field.width or room < 0:
            raise Refused(kit.FIELD_TOO_LONG, field=field.name, width=field.width)
        return data + self._blank * (room // len(self._blank))

    def _writes(self, character: str) -> bool:
        """Whether the character comes back as it went. Some codecs write a neighbour instead: cp932 makes 〜 (U+301C) a ~."""
        codec = self._charset.codec
        if ord(character) > self._charset.last or unicodedata.category(character) == "Cc":
            return False
        try:
            return character.encode(codec).decode(codec) == character
        except UnicodeError:
            return False

    def _decoded(self, field: Field, data: bytes) -> str:
        try:
            text = data.decode(self._charset.codec)
            value = _value(field, text.rstrip(" "))
        except ValueError:
            # Without its cause: a codec's error quotes what it read.
            raise ValueError(f"{field.name} is no {field.kind}") from None
        strange = "" if value.isascii() and value.isprintable() else value
        if any(ord(character) > self._charset.last or unicodedata.category(character) == "Cc" for character in strange):
            raise ValueError(f"{field.name} holds what no {field.kind} holds")
        return value


def fitting(make: Callable[[], _T]) -> _T | None:
    """What `make` gives, or None where an item or a character has no place in a record: for whoever can do without it."""
    try:
        return make()
    except Refused:
        return None


def _size(field: Field, charset: Charset) -> int:
    return field.width * (charset.text if field.kind is Kind.TEXT else charset.plain)


def _shown(field: Field, value: str) -> str:
    """The value as it stands in the field, without blanks after it. Raises `Refused` when its kind has no such value."""
    if not value:
        return ""
    match field.kind:
        case Kind.TEXT if not value.endswith(" "):
            return value
        case Kind.NUMBER if _NUMBER.fullmatch(value):
            return value.zfill(field.width)
        case Kind.DATE if _day(value) == value:
            return value.replace("-", "")
        case Kind.CODE if _CODE.fullmatch(value):
            return value
        case _:
            raise Refused(kit.FIELD_VALUE, field=field.name, kind=field.kind.value)


def _value(field: Field, shown: str) -> str:
    """The inverse of `_shown`. Raises `ValueError` for what it never gives."""
    if not shown:
        return ""
    match field.kind:
        case Kind.TEXT:
            return shown
        case Kind.NUMBER if len(shown) == field.width and shown.isascii() and shown.isdigit():
            return shown.lstrip("0") or "0"
        case Kind.DATE if (day := f"{shown[:4]}-{shown[4:6]}-{shown[6:]}") == _day(day):
            return day
        case Kind.CODE if _CODE.fullmatch(shown):
            return shown
        case _:
            raise ValueError("no such value")


def _day(text: str) -> str:
    """The date that `text` says, in the one way to write it; "" for none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
