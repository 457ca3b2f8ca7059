"""What a character is, on this side of the edge: a code point with the variation selector that follows it.

A 外字 is a code point of a Unicode private use area. The hub counts the same way with code of its own (hub.domainchecks); a test
holds the two together. Nothing here normalises: NFC alone would change U+FA19.
"""

from __future__ import annotations

import re
from typing import Final

_SELECTORS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CHARACTER: Final = re.compile(f"[^{_SELECTORS}][{_SELECTORS}]?|[{_SELECTORS}]", re.DOTALL)
_SELECTOR: Final = re.compile(f"[{_SELECTORS}]")
_GAIJI: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")


def characters(text: str) -> tuple[str, ...]:
    """The characters of `text`, each with its variation selector; joined they are `text` again."""
    return tuple(_CHARACTER.findall(text))


def length(text: str) -> int:
    """項目長: the number of characters."""
    return len(text) - len(_SELECTOR.findall(text))


def gaiji(text: str) -> tuple[str, ...]:
    """The 外字 of `text` in their order."""
    return tuple(_GAIJI.findall(text))


def gaiji_count(text: str) -> int:
    """外字数: how many 外字 `text` has."""
    return len(gaiji(text))


def named(character: str) -> str:
    """`U+845B U+E0100`: what a refusal may say about a character."""
    return " ".join(f"U+{ord(point):04X}" for point in character)


def position(text: str, index: int) -> int:
    """Which character of `text`, counted from 1, holds the code point at `index`."""
    return len(characters(text[: index + 1]))
