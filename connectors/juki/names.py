"""Invented names out of lists of common ones (data/names.csv, data/foreign-names.csv); nobody real is meant.

Family and given name are parted by a full-width blank in Japanese, by an ordinary one in Latin letters.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from connectors.juki.resident import Sex
from connectors.juki.tables import read_rows

GAIJI_SHARE: Final = 0.08
BLANK: Final = "\u3000"


@dataclass(frozen=True, slots=True)
class Word:
    """A family or given name with its 片仮名; `latin` only in foreign lists, where `text` may be empty."""

    text: str
    kana: str
    latin: str = ""


class Names:
    """Draws names. The lists are read once, here."""

    def __init__(self) -> None:
        rows = read_rows("names.csv")
        self._families = tuple(Word(r["text"], r["kana"]) for r in rows if r["kind"] == "S" and r["gaiji"] == "0")
        self._gaiji = tuple(Word(r["text"], r["kana"]) for r in rows if r["kind"] == "S" and r["gaiji"] == "1")
        self._given = {
            sex: tuple(Word(r["text"], r["kana"]) for r in rows if r["kind"] == kind)
            for sex, kind in ((Sex.MALE, "M"), (Sex.FEMALE, "F"))
        }
        self._foreign = read_rows("foreign-names.csv")
        self.nationalities = tuple(dict.fromkeys(row["nationality"] for row in self._foreign))

    def family(self, rng: random.Random) -> Word:
        """A surname; one in twelve is written with a 外字, a variant or a rare form."""
        return rng.choice(self._gaiji if rng.random() < GAIJI_SHARE else self._families)

    def given(self, rng: random.Random, sex: Sex) -> Word:
        """A given name."""
        return rng.choice(self._given[sex])

    def foreign_family(self, rng: random.Random, nationality: str) -> Word:
        """A family name of that country."""
        return rng.choice(self._foreign_words(nationality, "S"))

    def foreign_given(self, rng: random.Random, nationality: str, sex: Sex) -> Word:
        """A given name of that country."""
        return rng.choice(self._foreign_words(nationality, "M" if sex is Sex.MALE else "F"))

    def _foreign_words(self, nationality: str, kind: str) -> tuple[Word, ...]:
        return tuple(
            Word(row["kanji"], row["kana"], row["latin"])
            for row in self._foreign
            if row["nationality"] == nationality and row["kind"] == kind
        )


def joined(family: Word, given: Word) -> tuple[str, str]:
    """(氏名, フリガナ) in full-width."""
    return f"{family.text}{BLANK}{given.text}", f"{family.kana}{BLANK}{given.kana}"
