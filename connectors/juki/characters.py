"""Characters of names and addresses: how long, how many 外字, and what a card shows instead (代替文字, items 53-61 of file 3).

A 外字 is a code point of a private use area (行政事務標準文字 puts its additions into plane 16); a variation selector belongs to the
character before it. The hub counts the same way (hub.domainchecks); a test holds the two together.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

_CHARACTER: Final = re.compile("[^\U000e0100-\U000e01ef][\U000e0100-\U000e01ef]?")
_GAIJI: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
# Only what data/names.csv and the buildings need; a ward has the whole 代替マップ of 行政事務標準文字.
_PLAIN: Final = {"髙": "高", "\U00020bb7": "吉", "戶": "戸"}
_NONE: Final = "〓"


@dataclass(frozen=True, slots=True)
class Substitute:
    """A text in JIS X 0213 with its map: one digit for each character, 1 where it was substituted."""

    text: str
    positions: str


def length(text: str) -> int:
    """項目長: the number of characters."""
    return len(_CHARACTER.findall(text))


def gaiji(text: str) -> int:
    """外字数."""
    return len(_GAIJI.findall(text))


def substitute(text: str) -> Substitute:
    """What can be shown where only JIS X 0213 can; 〓 where a character has no substitute."""
    pairs = [(character, _shown(character)) for character in _CHARACTER.findall(text)]
    return Substitute("".join(new for _, new in pairs), "".join("01"[old != new] for old, new in pairs))


def pattern(text: str) -> str:
    """外字パターン of the first 外字 as base64: 72 bytes, a square of 24 by 24 dots. The dots are invented."""
    found = _GAIJI.search(text)
    if found is None:
        return ""
    seed = found.group().encode()
    return base64.b64encode(b"".join(hashlib.sha256(seed + bytes([n])).digest() for n in range(3))[:72]).decode("ascii")


def _shown(character: str) -> str:
    plain = _PLAIN.get(character[0], character[0])
    try:
        plain.encode("euc_jis_2004")
    except UnicodeEncodeError:
        return _NONE
    return plain
