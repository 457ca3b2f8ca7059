"""Synthetic numbers, each unique by construction: the n-th number of a kind is (a * n + b) mod 10^k, a prime to 10.

個人番号 and 住民票コード carry valid check digits (hub.checkdigits); all are invented. 宛名番号 and 世帯番号 have ten digits, so that
neither can be mistaken for an 個人番号 (12) or a 住民票コード (11) by the scan of free text.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from typing import Final

from hub.checkdigits import juuminhyou_code_digit, kojin_bangou_digit

_LETTERS: Final = string.ascii_uppercase


@dataclass(frozen=True, slots=True)
class _Series:
    """A permutation of the numbers of `digits` digits, read off in order."""

    digits: int
    factor: int
    offset: int

    def text(self, n: int) -> str:
        """The n-th number; different for every n below 10^digits."""
        return f"{(self.factor * n + self.offset) % 10**self.digits:0{self.digits}d}"


def _series(rng: random.Random, digits: int) -> _Series:
    # A factor that ends in 1, 3, 7 or 9 is prime to 10, so n -> a*n+b visits every residue once.
    factor = rng.randrange(10 ** (digits - 1), 10**digits) // 10 * 10 + rng.choice((1, 3, 7, 9))
    return _Series(digits, factor, rng.randrange(10**digits))


class Numbers:
    """Hands out numbers; `taken` of them are gone already, so that a day goes on where the population ended."""

    def __init__(self, seed: int, taken: int = 0) -> None:
        rng = random.Random(f"numbers/{seed}")
        self._kojin, self._juuminhyou = _series(rng, 11), _series(rng, 10)
        self._atena, self._household, self._eight = _series(rng, 9), _series(rng, 9), _series(rng, 8)
        self._pension = _series(rng, 10)
        self.taken = taken

    def kojin_bangou(self) -> str:
        """12 digits with their check digit."""
        first = self._kojin.text(self._next())
        return first + kojin_bangou_digit(first)

    def juuminhyou_code(self) -> str:
        """11 digits with their check digit."""
        first = self._juuminhyou.text(self._next())
        return first + juuminhyou_code_digit(first)

    def atena_bangou(self) -> str:
        """10 digits that begin with 1."""
        return "1" + self._atena.text(self._next())

    def setai_bangou(self) -> str:
        """10 digits that begin with 2."""
        return "2" + self._household.text(self._next())

    def pension_number(self) -> str:
        """基礎年金番号, 10 digits."""
        return self._pension.text(self._next())

    def residence_card(self) -> str:
        """在留カードの番号: two letters, 8 digits, two letters."""
        n = self._next()
        letters = (_LETTERS[n % 26], _LETTERS[n // 26 % 26])
        return f"{letters[0]}{letters[1]}{self._eight.text(n)}{letters[1]}{letters[0]}"

    def permanent_certificate(self) -> str:
        """特別永住者証明書の番号: two letters, 8 digits, two letters."""
        return "SP" + self._eight.text(self._next()) + "XX"

    def certificate_serial(self) -> str:
        """Serial of a certificate on a card: 8 hexadecimal digits with the high bit set."""
        return f"{0x80000000 | int(self._eight.text(self._next())):08X}"

    def _next(self) -> int:
        self.taken += 1
        return self.taken
