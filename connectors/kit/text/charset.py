"""The character sets that partners write in, and what they hold exactly.

The codecs are Python's, made strict where those are lenient: what does not come back as it went is not of the set. Python lets
cp932 read five bytes that mean nothing (80, A0, FD-FF) and write six neighbours of JIS's own (U+301C as U+FF5E), and lets
EUC-JIS-2004 hold JIS X 0212, which it does not. Of several codes for a character Python's cp932 writes NEC's selection (ED, EE)
and Microsoft's IBM's (FA-FC): we write Microsoft's. Proven over every code point by tests/unit/test_kit_text_charset.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

# What a partner may use as it likes: the basic plane's private area and plane 15. Plane 16 is 行政事務標準文字's, the same to all.
OWN: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U000fffff]")
_CP932_NOTHING: Final = re.compile("[\x80\uf8f0-\uf8f3]")
_BEYOND_UCS_2: Final = re.compile("[\U00010000-\U0010ffff]")
# After 8F (a plane-2 mark, never a second byte) only these rows are JIS X 0213's; the others are JIS X 0212's.
_JIS_X_0212: Final = re.compile(rb"\x8f[^\xa1\xa3-\xa5\xa8\xac-\xaf\xee-\xfe].")


class CharacterSet(StrEnum):
    """A partner's character set; the value is Python's name of the codec.

    `CP932` is Microsoft's (Windows-31J) with NEC's and IBM's extensions and the user-defined area; `UCS_2` has big-endian pairs of
    bytes and no surrogates.
    """

    CP932 = "cp932"
    SHIFT_JIS_2004 = "shift_jis_2004"
    EUC_JIS_2004 = "euc_jis_2004"
    UCS_2 = "utf-16-be"
    UTF_8 = "utf-8"

    def holds(self, text: str) -> bool:
        """Whether `text` can be written and comes back the same, without any 外字 table."""
        return OWN.search(text) is None and isinstance(write(text, self), bytes)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where reading ended: `size` bytes from `offset` mean nothing in the set."""

    offset: int
    size: int


def read(data: bytes, charset: CharacterSet) -> str | Stop:
    """All of `data` as text, or the first place that is none."""
    try:
        text = data.decode(charset)
    except UnicodeDecodeError as error:
        first = Stop(error.start, error.end - error.start)
        before = read(data[: first.offset], charset)
        return before if isinstance(before, Stop) else first
    return _stray(data, text, charset) or text


def write(text: str, charset: CharacterSet) -> bytes | int:
    """`text` in the set, or the index of the first code point that would not come back."""
    try:
        data = _encoded(text, charset)
    except UnicodeEncodeError as error:
        before = write(text[: error.start], charset)
        return before if isinstance(before, int) else error.start
    found = read(data, charset)
    if found == text:
        return data
    kept = data[: found.offset].decode(charset) if isinstance(found, Stop) else found
    same = (index for index, (old, new) in enumerate(zip(text, kept, strict=False)) if old != new)
    return next(same, len(kept))


def _encoded(text: str, charset: CharacterSet) -> bytes:
    if charset is not CharacterSet.CP932 or _ibm().keys().isdisjoint(text):
        return text.encode(charset)
    text.encode(charset)  # of a text that cannot be written, the error names the place in the whole
    return b"".join(_ibm().get(point) or point.encode(charset) for point in text)


@cache
def _ibm() -> Mapping[str, bytes]:
    """The characters of NEC's selection of IBM's extensions -> their codes as IBM's: FA40-FC4B."""
    codes = (bytes([lead, trail]) for lead in (0xFA, 0xFB, 0xFC) for trail in range(0x40, 0xFD))
    read_as = ((code.decode("cp932", "ignore"), code) for code in codes)
    return MappingProxyType({text: code for text, code in read_as if len(text) == 1 and _nec_selected(text)})


def _nec_selected(character: str) -> bool:
    return character.encode("cp932")[0] in {0xED, 0xEE}


def _stray(data: bytes, text: str, charset: CharacterSet) -> Stop | None:
    """What the codec reads though the set has no such bytes."""
    match charset:
        case CharacterSet.CP932 if nothing := _CP932_NOTHING.search(text):
            return Stop(len(text[: nothing.start()].encode(charset)), 1)
        case CharacterSet.UCS_2 if beyond := _BEYOND_UCS_2.search(text):
            return Stop(2 * beyond.start(), 4)
        case CharacterSet.EUC_JIS_2004 if other := _JIS_X_0212.search(data):
            return Stop(other.start(), 3)
        case _:
            return None
