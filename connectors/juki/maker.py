"""Turns household plans into records: numbers, names, dates, address, entitlements.

The order of the draws is the format: a change here changes every ward of every seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from connectors.juki import foreigners
from connectors.juki.entitlements import birthday, entitlements, is_allowance_child
from connectors.juki.families import Member, Plan
from connectors.juki.names import BLANK, Names, Word, joined
from connectors.juki.numbers import Numbers
from connectors.juki.places import Address, Elsewhere, Places
from connectors.juki.resident import (
    CHILD,
    HEAD,
    HUSBAND,
    WIFE,
    Card,
    Entitlements,
    Foreign,
    Resident,
    Sex,
    Status,
    StatusKind,
)

_CARD_SHARE = 0.75
_SUPPRESSED_SHARE = 0.01
_OLD_NAME_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Settling:
    """When a household came to its address, when that was filed, and from where (None: not recorded)."""

    since: date
    filed: date
    previous: Elsewhere | None = None
    from_abroad: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """What the members of one household have in common."""

    number: str
    family: Word
    address: Address
    honseki: str
    suppressed: bool
    self_employed: bool
    allowance_from: date | None
    settling: Settling


class Maker:
    """Makes records as of a day. Holds the state of the draws: `rng` and `numbers`."""

    def __init__(self, rng: random.Random, numbers: Numbers, day: date) -> None:
        self.rng, self.numbers, self.day = rng, numbers, day
        self.names, self.places = Names(), Places()

    def household(self, plan: Plan, settling: Settling) -> tuple[Resident, ...]:
        """The records of a new household, head first."""
        rng = self.rng
        births = [self._birth(member) for member in plan]
        nationality = plan[0].nationality
        shared = Shared(
            number=self.numbers.setai_bangou(),
            family=self.names.foreign_family(rng, nationality) if nationality else self.names.family(rng),
            address=self.places.in_ward(rng),
            honseki=self.places.elsewhere(rng).text,
            suppressed=rng.random() < _SUPPRESSED_SHARE,
            self_employed=rng.random() < 0.24,
            allowance_from=self._allowance_from(plan, births),
            settling=settling,
        )
        members = [self._person(member, births[i], i + 1, shared) for i, member in enumerate(plan)]
        return with_head(tuple(members), members[0])

    def _person(self, member: Member, birth: str, order: int, shared: Shared) -> Resident:
        rng = self.rng
        since = max(shared.settling.since, birthday(birth, 0)) if birth != "00000000" else shared.settling.since
        words = self._words(member, shared.family)
        part = self._foreign(member, words, since, birth)
        name, kana = (part.name, part.katakana) if part else joined(*words)
        return Resident(
            atena=self.numbers.atena_bangou(),
            household=shared.number,
            order=order,
            juuminhyou_code=self.numbers.juuminhyou_code(),
            kojin_bangou=self.numbers.kojin_bangou(),
            name=name,
            kana=kana,
            birth=birth,
            sex=member.sex,
            head_name="",
            relation=member.relation,
            address=shared.address,
            address_since=since,
            resident_since=since,
            filed=max(since, shared.settling.filed),
            previous=shared.settling.previous if since == shared.settling.since else None,
            family_register=None if part else (self._honseki(member, shared), name),
            old_name=self._old_name(member) if not part else None,
            foreign=part,
            entitlements=self._entitlements(member, birth, since, shared),
            elector=not part and member.age >= 18 and (self.day - since).days > 92,
            suppressed=shared.suppressed,
            guarded=member.age >= 75 and rng.random() < 0.01,
            kana_confirmed=rng.random() < 0.7,
            card=self.card() if rng.random() < _CARD_SHARE else None,
        )

    def card(self) -> Card:
        """A 個人番号カード with its two certificates."""
        return Card(self.numbers.certificate_serial(), self.numbers.certificate_serial())

    def newborn(self, mother: Resident, head_name: str, order: int) -> Resident:
        """A child born into the household of `mother`; a foreign mother's child is 経過滞在者 (法30条の45, 出生)."""
        sex = self.rng.choice((Sex.MALE, Sex.FEMALE))
        nationality = mother.foreign.nationality if mother.foreign else ""
        family = self._family_of(mother)
        given = self._given(nationality, sex)
        part = None
        if mother.foreign:
            born = Status(StatusKind.BORN, expires=self.day + timedelta(days=60))
            part = foreigners.foreign(self.rng, self.names, (family, given), sex, nationality, born, self.day)
        name, kana = (part.name, part.katakana) if part else joined(family, given)
        return Resident(
            atena=self.numbers.atena_bangou(),
            household=mother.household,
            order=order,
            juuminhyou_code=self.numbers.juuminhyou_code(),
            kojin_bangou=self.numbers.kojin_bangou(),
            name=name,
            kana=kana,
            birth=f"{self.day - timedelta(days=self.rng.randint(1, 13)):%Y%m%d}",
            sex=sex,
            head_name=head_name,
            relation=CHILD,
            address=mother.address,
            address_since=self.day,
            resident_since=self.day,
            filed=self.day,
            family_register=None if part else mother.family_register,
            foreign=part,
            entitlements=Entitlements(),
            suppressed=mother.suppressed,
            kana_confirmed=True,
            processed=self.day,
        )

    # --- parts --------------------------------------------------------------------------------------------------------

    def _birth(self, member: Member) -> str:
        first = self.day - timedelta(days=round(365.2425 * (member.age + 1)) - 1)
        day = first + timedelta(days=self.rng.randrange(364))
        text = f"{day:%Y%m%d}"
        if member.nationality and self.rng.random() < 0.05:
            return self.rng.choice((text[:4] + "0000", text[:4] + "0000", text[:6] + "00", "00000000"))
        return text

    def _words(self, member: Member, family: Word) -> tuple[Word, Word]:
        given = self._given(member.nationality, member.sex)
        if not member.own_family:
            return family, given
        if member.nationality:
            return self.names.foreign_family(self.rng, member.nationality), given
        return self.names.family(self.rng), given

    def _given(self, nationality: str, sex: Sex) -> Word:
        if nationality:
            return self.names.foreign_given(self.rng, nationality, sex)
        return self.names.given(self.rng, sex)

    def _family_of(self, parent: Resident) -> Word:
        if parent.foreign:
            latin = parent.foreign.alphabet.split(" ")[0]
            kanji = parent.foreign.kanji.split(BLANK)[0]
            return Word(kanji, parent.foreign.katakana.split(BLANK)[0], latin)
        return Word(parent.name.split(BLANK)[0], parent.kana.split(BLANK)[0])

    def _foreign(self, member: Member, words: tuple[Word, Word], since: date, birth: str) -> Foreign | None:
        if not member.nationality:
            return None
        status = foreigners.papers(self.rng, self.numbers, self.day, member.nationality)
        if member.relation == CHILD and birth >= f"{self.day - timedelta(days=60):%Y%m%d}":
            status = Status(StatusKind.BORN, expires=birthday(birth, 0) + timedelta(days=60))
        return foreigners.foreign(self.rng, self.names, words, member.sex, member.nationality, status, since)

    def _honseki(self, member: Member, shared: Shared) -> str:
        return self.places.elsewhere(self.rng).text if member.own_family else shared.honseki

    def _old_name(self, member: Member) -> tuple[str, str] | None:
        if member.relation not in (WIFE, HUSBAND) or self.rng.random() >= _OLD_NAME_SHARE:
            return None
        family = self.names.family(self.rng)
        return family.text, family.kana

    def _allowance_from(self, plan: Plan, births: list[str]) -> date | None:
        paid = [
            birthday(birth, 0)
            for member, birth in zip(plan, births, strict=True)
            if member.relation == CHILD and is_allowance_child(birth, self.day)
        ]
        return min(paid, default=None)

    def _entitlements(self, member: Member, birth: str, since: date, shared: Shared) -> Entitlements:
        start = max(since, shared.allowance_from) if shared.allowance_from and member.relation == HEAD else None
        return entitlements(
            self.rng, self.numbers, birth, since, self.day, self_employed=shared.self_employed, allowance_from=start
        )


def with_head(members: tuple[Resident, ...], head: Resident) -> tuple[Resident, ...]:
    """The members with the head's name as 世帯主の氏名, and as 筆頭者 where the surname is the head's too."""
    return tuple(replace(member, head_name=head.name, family_register=_register(member, head)) for member in members)


def _register(member: Resident, head: Resident) -> tuple[str, str] | None:
    if member.family_register is None or head.family_register is None or surname(member) != surname(head):
        return member.family_register
    return (member.family_register[0], head.name)


def surname(resident: Resident) -> str:
    """The first part of the name."""
    return resident.name.split(BLANK)[0]
