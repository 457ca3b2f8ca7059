"""Addresses: real towns of 足立区 with invented numbers, and towns elsewhere for 転入前 and 転出先.

住所コード and 大字・字コード are numbered here by the order of data/adachi-towns.csv; the official lists are others.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Final

from connectors.juki.tables import read_rows
from hub.checkdigits import lg_code_digit

ADACHI_CODE: Final = "131211"
ADACHI: Final = "東京都足立区"
_KANJI: Final = "一二三四五六七八九"
_BUILDINGS: Final = (
    "コーポ",
    "メゾン",
    "ハイツ",
    "パレス",
    "レジデンス",
    "第二コーポ",
    "髙砂荘",
    "コーポ辻\U000e0100",
    "\U0010de92風荘",
)
_CHOME: Final = (
    2  # The source says whether a town has 丁目, not how many: the first two are used unless its note names some.
)


@dataclass(frozen=True, slots=True)
class Town:
    """A town of the ward with one postal code; `chome` are its 丁目 in use, empty for a town without."""

    serial: int
    name: str
    kana: str
    postal: str
    chome: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """住所 (方書を含む。) of a resident. `code` is 住所コード, `area_code` 大字・字コード."""

    text: str
    code: str
    area_code: str
    postal: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An address in another municipality, or abroad: then `lg_code`, `code` and `postal` are empty."""

    text: str
    lg_code: str
    code: str
    postal: str


def load_towns() -> tuple[Town, ...]:
    """The towns of data/adachi-towns.csv."""
    return tuple(
        Town(serial, row["town"], row["town_kana"], row["postal_code"], _chome(row["chome"], row["note"]))
        for serial, row in enumerate(read_rows("adachi-towns.csv"), start=1)
    )


def _chome(has: str, note: str) -> tuple[int, ...]:
    if has != "1":
        return ()
    numbers = [int(text) for text in re.findall("[0-9]+", note)]
    if not numbers:
        return tuple(range(1, _CHOME + 1))
    return tuple(range(numbers[0], numbers[-1] + 1))


class Places:
    """Draws addresses. The tables are read once, here."""

    def __init__(self) -> None:
        self.towns = load_towns()
        self._elsewhere = read_rows("other-towns.csv")

    def in_ward(self, rng: random.Random) -> Address:
        """An address in the ward; two in five are in a building with a 方書."""
        town = rng.choice(self.towns)
        chome = rng.choice(town.chome) if town.chome else 0
        part = f"{_KANJI[chome - 1]}丁目" if chome else ""
        text = f"{ADACHI}{town.name}{part}{rng.randint(1, 40)}番{rng.randint(1, 25)}号"
        if rng.random() < 0.4:
            text += f"\u3000{rng.choice(_BUILDINGS)}{town.name}{rng.randint(1, 9)}{rng.randint(1, 12):02d}号室"
        return Address(text, f"13121{town.serial:03d}{chome:02d}", f"{town.serial:03d}{chome:03d}", town.postal)

    def elsewhere(self, rng: random.Random) -> Elsewhere:
        """An address in another municipality."""
        row = rng.choice(self._elsewhere)
        lg_code = row["lg_code"] + lg_code_digit(row["lg_code"])
        text = f"{row['prefecture']}{row['city']}{row['town']}{rng.randint(1, 300)}番地{rng.randint(1, 20)}"
        return Elsewhere(text, lg_code, f"{row['lg_code']}{row['postal_code'][3:]}", row["postal_code"])

    def abroad(self, country: str) -> Elsewhere:
        """国外: only the country is known."""
        return Elsewhere(f"国外({country})", "", "", "")
