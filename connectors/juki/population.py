"""A synthetic ward: the residents of one moment, out of a seed and nothing else (tests/unit/test_juki_population.py)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from connectors.juki import families
from connectors.juki.maker import Maker, Settling
from connectors.juki.numbers import Numbers
from connectors.juki.resident import Resident

AS_OF: Final = date(2026, 4, 1)
_FIRST_DAY: Final = date(1996, 4, 1)


@dataclass(frozen=True, slots=True)
class Population:
    """The residents on `as_of`, in households one after another, heads first. `issued` numbers have been handed out."""

    seed: int
    as_of: date
    residents: tuple[Resident, ...]
    issued: int

    @property
    def by_atena(self) -> Mapping[str, Resident]:
        """The residents by 宛名番号."""
        return MappingProxyType({resident.atena: resident for resident in self.residents})

    @property
    def households(self) -> Mapping[str, tuple[Resident, ...]]:
        """The residents by 世帯番号."""
        found: dict[str, list[Resident]] = {}
        for resident in self.residents:
            found.setdefault(resident.household, []).append(resident)
        return MappingProxyType({number: tuple(members) for number, members in found.items()})


def make_population(seed: int, residents: int, as_of: date = AS_OF) -> Population:
    """A ward of exactly `residents` persons. The same arguments give the same ward everywhere, always.

    Raises `ValueError` for fewer than one resident.
    """
    if residents < 1:
        raise ValueError("a ward has at least one resident")
    rng, numbers = random.Random(f"population/{seed}"), Numbers(seed)
    maker = Maker(rng, numbers, as_of)
    made: list[Resident] = []
    while len(made) < residents:
        plan = families.plan(rng)
        if len(plan) > residents - len(made):
            plan = families.single(rng)
        made += maker.household(plan, _settling(maker, as_of))
    return Population(seed, as_of, tuple(made), numbers.taken)


def _settling(maker: Maker, as_of: date) -> Settling:
    rng = maker.rng
    # Most moves are recent: the square of an even draw.
    back = int((as_of - _FIRST_DAY).days * rng.random() ** 2)
    since = as_of - timedelta(days=back)
    filed = min(as_of, since + timedelta(days=rng.randint(0, 14)))
    return Settling(since, filed, maker.places.elsewhere(rng) if rng.random() < 0.6 else None)
