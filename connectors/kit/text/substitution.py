"""代替文字: what is shown where a set does not have a character, which characters those are, and the 変換結果 (別添2(3), items 53-59).

One character stands for one character, 〓 where no substitute is known; the original is never changed by it. The rules are those
that the hub checks (hub/domainchecks/substitutes.py); a test holds the two together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from connectors.kit.text.characters import characters
from connectors.kit.text.losses import REPLACEMENT, refuse_losses
from connectors.kit.text.tables import character, fault, own_table, rows
from connectors.kit.text.twins import twins

GETA: Final = "〓"
Substitutes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Substitution:
    """A text as it can be shown, and its 位置情報: one digit for each character, 1 where it was substituted."""

    text: str
    positions: str


@cache
def known_substitutes() -> Substitutes:
    """The kit's table: character -> its substitutes, the best first. A ward has more (`read_substitutes`)."""
    return read_substitutes(own_table("substitutes.tsv"), "substitutes.tsv")


def read_substitutes(text: str, table: str) -> Substitutes:
    """A table of rows `character<tab>substitute<tab>remark`. Raises `Misconfigured` TEXT_TABLE."""
    found: dict[str, tuple[str, ...]] = {}
    for line, cells in rows(text):
        if len(cells) not in {2, 3}:
            raise fault(table, line, "2-3 cells")
        old, new = (character(cell, table, line) for cell in cells[:2])
        found[old] = (*found.get(old, ()), new)
    return MappingProxyType(found)


def substitute(
    text: str, place: str, holds: Callable[[str], bool], substitutes: Substitutes | None = None
) -> Substitution:
    """`text` in what `holds` takes (`CharacterSet.EUC_JIS_2004.holds` for JIS X 0213; it must take 〓).

    Raises `Refused` LOST for a text that itself has 〓 or U+FFFD: the map could not tell them from ours.
    """
    refuse_losses(text, place, GETA + REPLACEMENT)
    if holds(text):
        return Substitution(text, "0" * len(characters(text)))
    table = known_substitutes() if substitutes is None else substitutes
    shown: list[str] = []
    positions = ""
    for old in characters(text):
        # JIS X 0213 has some kana with a combining mark as one code: the mark is taken only after them.
        kept = holds(old) or (bool(shown) and holds(shown[-1] + old))
        shown.append(old if kept else next(filter(holds, _candidates(old, table)), GETA))
        positions += "01"[not kept]
    return Substitution("".join(shown), positions)


def result(*parts: Substitution) -> str:
    """代替文字変換結果: 0 nothing substituted, 9 where a 〓 stands, 1 otherwise."""
    if not any("1" in part.positions for part in parts):
        return "0"
    return "9" if any(GETA in part.text for part in parts) else "1"


def _candidates(old: str, table: Substitutes) -> Iterator[str]:
    yield from table.get(old, ())
    base = old[0]
    if base != old:
        yield base
        yield from table.get(base, ())
    # Unicode's own: a CJK compatibility ideograph says which unified one it is a variant of.
    unified = unicodedata.normalize("NFC", base)
    yield from (unified, *table.get(unified, ())) if len(unified) == 1 else ()
    yield from (twins()[base],) if base in twins() else ()
