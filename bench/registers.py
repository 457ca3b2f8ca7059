"""Two registers of one ward, made part by part out of a seed, so that neither is ever held as a whole.

A part is a pure function of (seed, number): its residents as 住記 has them, whom the CS has differently, and whom it alone has.
Numbers are unique over all parts: each part takes them from a stretch of its own. Proven by tests/integration/test_reconcile.py.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from connectors.cs.reconciling import ITEMS
from connectors.juki import families
from connectors.juki.maker import Maker, Settling
from connectors.juki.numbers import Numbers
from connectors.juki.population import AS_OF
from connectors.juki.resident import Resident, Sex

CS_ONLY, JUKI_ONLY, DIFFERS = "1", "2", "3"  # 不一致区分 as SG-RES has it
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {DIFFERS: "items differ", JUKI_ONLY: "missing on the CS", CS_ONLY: "on the CS only"}
)
MOST: Final = 1000  # persons of one question (xsd/seigou)
_ONE_IN: Final = 500
_NUMBERS: Final = 20  # a resident takes about five, a foreign one some more
_YEARS: Final = 30 * 365
_ELSEWHERE: Final = 0.6
Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What was planted or found about one person: 不一致区分, and the names of the items that differ."""

    kind: str
    items: tuple[str, ...] = ()

    def __str__(self) -> str:
        return KINDS.get(self.kind, self.kind) + (f" ({', '.join(self.items)})" if self.items else "")


@dataclass(frozen=True, slots=True)
class Part:
    """`residents` as 住記 has them, `strangers` whom the CS alone has, `planted` by 住民票コード."""

    number: int
    residents: tuple[Resident, ...]
    strangers: tuple[Resident, ...]
    planted: Mapping[str, Mismatch]

    def at_cs(self) -> Mapping[str, Texts]:
        """What the CS holds: the texts of `ITEMS` by 住民票コード."""
        held = {}
        for one in self.residents:
            mismatch = self.planted.get(one.juuminhyou_code)
            if mismatch is None:
                held[one.juuminhyou_code] = texts(one)
            elif mismatch.kind == DIFFERS:
                held[one.juuminhyou_code] = _altered(texts(one), mismatch.items)
        return held | {one.juuminhyou_code: texts(one) for one in self.strangers}


@dataclass(frozen=True, slots=True)
class Registers:
    """Both registers: `residents` persons at 住記, `size` to a part."""

    seed: int
    residents: int
    size: int = MOST

    def __post_init__(self) -> None:
        """Raises `ValueError` for a ward without residents, or a part that no message holds."""
        if self.residents < 1 or not 1 <= self.size <= MOST:
            raise ValueError("a ward has residents, and a question 1 to 1,000 of them")

    @property
    def parts(self) -> int:
        return -(-self.residents // self.size)

    def part(self, number: int) -> Part:
        """Part `number`, from 1. The same every time. Raises `ValueError` for one that is not there."""
        if not 1 <= number <= self.parts:
            raise ValueError("no such part")
        count = min(self.size, self.residents - (number - 1) * self.size)
        stretch = (number - 1) * _NUMBERS * self.size
        rng, numbers = random.Random(f"registers/{self.seed}/{number}"), Numbers(self.seed, stretch)
        maker = Maker(rng, numbers, AS_OF)
        residents = tuple(_residents(maker, count))
        kinds = [rng.choice(tuple(KINDS)) if rng.random() < 1 / _ONE_IN else "" for _ in residents]
        strangers = tuple(_residents(maker, kinds.count(CS_ONLY)))
        if numbers.taken > stretch + _NUMBERS * self.size:
            raise ValueError("a part has taken the numbers of the next")
        planted = {one.juuminhyou_code: Mismatch(CS_ONLY) for one in strangers}
        for one, kind in zip(residents, kinds, strict=True):
            if kind in {JUKI_ONLY, DIFFERS}:
                planted[one.juuminhyou_code] = Mismatch(kind, _some(rng) if kind == DIFFERS else ())
        return Part(number, residents, strangers, MappingProxyType(planted))


def texts(one: Resident) -> Texts:
    """What is compared, in the order of `ITEMS`."""
    return (one.name, one.birth, one.sex.value, one.address.text, one.resident_since.isoformat())


def _residents(maker: Maker, count: int) -> Iterator[Resident]:
    left = count
    while left:
        plan = families.plan(maker.rng)
        if len(plan) > left:
            plan = families.single(maker.rng)
        yield from maker.household(plan, _settling(maker))
        left -= len(plan)


def _settling(maker: Maker) -> Settling:
    since = AS_OF - timedelta(days=maker.rng.randrange(_YEARS))
    return Settling(since, since, maker.places.elsewhere(maker.rng) if maker.rng.random() < _ELSEWHERE else None)


def _some(rng: random.Random) -> tuple[str, ...]:
    """One item or more, in the order of `ITEMS`."""
    chosen = set(rng.sample(ITEMS, rng.randint(1, len(ITEMS))))
    return tuple(name for name in ITEMS if name in chosen)


def _altered(held: Texts, names: tuple[str, ...]) -> Texts:
    return tuple(_other(name, text) if name in names else text for name, text in zip(ITEMS, held, strict=True))


def _other(name: str, text: str) -> str:
    """Some other text that the item could hold."""
    match name:
        case "生年月日":
            return "19010101" if text != "19010101" else "19010102"
        case "性別":
            return Sex.MALE.value if text == Sex.FEMALE.value else Sex.FEMALE.value
        case "異動年月日":
            return (date.fromisoformat(text) - timedelta(days=1)).isoformat()
        case _:
            return text + "二"
