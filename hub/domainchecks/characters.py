"""What a character is, what a 外字 is, and which characters no item may hold.

A character is a code point with the variation selector that follows it: 葛 with U+E0100 is one, not two. A 外字 is a code point of a
Unicode private use area: U+E000-F8FF, planes 15 and 16 (行政事務標準文字 puts its additions into plane 16). Text is never normalised:
NFC itself changes CJK compatibility ideographs such as U+FA19.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from hub.codes import chk
from hub.errors import Code

_SELECTORS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CHARACTER: Final = re.compile(f"[^{_SELECTORS}][{_SELECTORS}]?|[{_SELECTORS}]", re.DOTALL)
_SELECTOR: Final = re.compile(f"[{_SELECTORS}]")
_GAIJI: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
# C0, DEL, C1, and what a screen does not show: soft hyphen, joiners, direction marks, byte order mark, tags.
_CONTROLS: Final = (
    "\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc"
    "\U000e0000-\U000e007f"
)
# The marks that a lossy conversion leaves (U+FFFD, and 〓 of older systems), and noncharacters.
_LOST: Final = "\ufffd〓\ufdd0-\ufdef" + "".join(
    f"{chr(p + 0xFFFE)}-{chr(p + 0xFFFF)}" for p in range(0, 0x110000, 0x10000)
)
_RULES: Final = (
    (re.compile(f"[{_CONTROLS}]"), chk.CONTROL),
    (re.compile(f"[{_LOST}]"), chk.UNMAPPABLE),
    (re.compile(f"(?:\\A|[\\s{_SELECTORS}])[{_SELECTORS}]"), chk.VARIATION),
)
# For one fast search over all texts of a payload: a single class, and the two usual blanks at an edge.
_RARE: Final = re.compile(f"[{_CONTROLS}{_LOST}{_SELECTORS}\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_JOINT: Final = "|"
_EDGES: Final = (" |", "| ", "\u3000|", "|\u3000")


def characters(text: str) -> tuple[str, ...]:
    """The characters of `text`, each with its variation selector."""
    return tuple(_CHARACTER.findall(text))


def character_count(text: str) -> int:
    """How many characters `text` has; what an item length counts."""
    return len(text) - len(_SELECTOR.findall(text))


def gaiji_count(text: str) -> int:
    """How many 外字 `text` has; what an 外字数 counts."""
    return len(_GAIJI.findall(text))


def is_suspicious(texts: Iterable[str]) -> bool:
    """Whether some text may have a `character_fault`: one search over all of them, false alarms allowed, misses not."""
    joined = f"|{_JOINT.join(texts)}|"
    return any(edge in joined for edge in _EDGES) or _RARE.search(joined) is not None


def character_fault(text: str, *, lines: bool = False, marks: bool = False) -> Code | None:
    """The code of the first thing wrong with the characters of an item, or None.

    `lines` permits line feeds (備考, メモ); `marks` permits 〓 (代替文字).
    """
    if text and (text[0].isspace() or text[-1].isspace()):
        return chk.BLANK
    allowed = text.replace("\n", "") if lines else text
    allowed = allowed.replace("〓", "") if marks else allowed
    return next((code for rule, code in _RULES if rule.search(allowed)), None)


_JIS_X_0212 = re.compile(rb"\x8f[^\xa1\xa3-\xa5\xa8\xac-\xaf\xee-\xfe].")


def is_jis_x_0213(text: str) -> bool:
    """Whether every character is of JIS X 0213:2004, without selectors and 外字.

    Python's codec also writes JIS X 0212, whose rows of the second plane JIS X 0213 leaves empty.
    """
    try:
        return _JIS_X_0212.search(text.encode("euc_jis_2004")) is None
    except UnicodeEncodeError:
        return False
