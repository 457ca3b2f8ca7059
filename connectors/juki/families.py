"""Which people live together: household plans with ages and 続柄, drawn from shares like those of an inner-city ward.

A plan says nothing of names, numbers or addresses; `connectors.juki.maker` turns it into records.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from connectors.juki.resident import CHILD, FATHER, HEAD, HUSBAND, LODGER, MOTHER, SIBLING, WIFE, Sex

FOREIGN_HOUSEHOLDS: Final = 0.056
MIXED_COUPLES: Final = 0.012
_NATIONALITIES: Final = {"CHN": 36, "KOR": 20, "PHL": 12, "VNM": 12, "NPL": 9, "TWN": 4, "BGD": 4, "USA": 3}


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a plan. `nationality` is empty for a Japanese; `own_family` says that the surname is not the head's."""

    relation: str
    age: int
    sex: Sex
    nationality: str = ""
    own_family: bool = False


Plan = tuple[Member, ...]


def _sex(rng: random.Random) -> Sex:
    return rng.choice((Sex.MALE, Sex.FEMALE))


def _single(rng: random.Random) -> Plan:
    age = rng.choice((rng.randint(18, 39), rng.randint(25, 64), rng.randint(65, 97)))
    return (Member(HEAD, age, _sex(rng)),)


def _couple(rng: random.Random) -> Plan:
    age = rng.choice((rng.randint(24, 60), rng.randint(55, 88)))
    return _pair(rng, age)


def _pair(rng: random.Random, age: int) -> Plan:
    other = max(19, age + rng.randint(-6, 3))
    if rng.random() < 0.15:
        return (Member(HEAD, age, Sex.FEMALE), Member(HUSBAND, other, Sex.MALE))
    return (Member(HEAD, age, Sex.MALE), Member(WIFE, other, Sex.FEMALE))


def _children(rng: random.Random, parent_age: int) -> Plan:
    oldest = max(0, min(parent_age - rng.randint(22, 36), 24))
    ages = [oldest - gap for gap in range(0, rng.choice((1, 1, 4, 4, 7)), 3) if oldest >= gap]
    return tuple(Member(CHILD, age, _sex(rng)) for age in ages)


def _family(rng: random.Random) -> Plan:
    age = rng.randint(26, 54)
    return _pair(rng, age) + _children(rng, age - 3)


def _one_parent(rng: random.Random) -> Plan:
    age = rng.randint(24, 52)
    return (Member(HEAD, age, Sex.FEMALE if rng.random() < 0.85 else Sex.MALE), *_children(rng, age))


def _three_generations(rng: random.Random) -> Plan:
    age = rng.randint(36, 55)
    elder = Member(MOTHER, age + rng.randint(22, 34), Sex.FEMALE)
    if rng.random() < 0.3:
        elder = Member(FATHER, elder.age, Sex.MALE)
    return (*_pair(rng, age), *_children(rng, age - 3), elder)


def _shared(rng: random.Random) -> Plan:
    age = rng.randint(20, 45)
    head = Member(HEAD, age, _sex(rng))
    if rng.random() < 0.5:
        return (head, Member(SIBLING, max(18, age - rng.randint(1, 6)), _sex(rng)))
    return (head, Member(LODGER, rng.randint(20, 45), _sex(rng), own_family=True))


_SHAPES: Final[tuple[tuple[Callable[[random.Random], Plan], int], ...]] = (
    (_single, 48),
    (_couple, 19),
    (_family, 20),
    (_one_parent, 6),
    (_three_generations, 4),
    (_shared, 3),
)


def plan(rng: random.Random) -> Plan:
    """A household with its head first."""
    draw = rng.random()
    members = rng.choices([shape for shape, _ in _SHAPES], [weight for _, weight in _SHAPES])[0](rng)
    if draw < FOREIGN_HOUSEHOLDS:
        nationality = rng.choices(list(_NATIONALITIES), list(_NATIONALITIES.values()))[0]
        return tuple(replace(member, nationality=nationality) for member in members)
    if draw < FOREIGN_HOUSEHOLDS + MIXED_COUPLES and len(members) > 1:
        nationality = rng.choices(list(_NATIONALITIES), list(_NATIONALITIES.values()))[0]
        head, spouse, *rest = members
        return (head, replace(spouse, nationality=nationality, own_family=True), *rest)
    return members


def single(rng: random.Random, *, foreign: bool = False) -> Plan:
    """A household of one grown-up."""
    members = _single(rng)
    if not foreign:
        return members
    nationality = rng.choices(list(_NATIONALITIES), list(_NATIONALITIES.values()))[0]
    return (replace(members[0], nationality=nationality, age=rng.randint(19, 45)),)
