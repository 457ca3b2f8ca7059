"""What happens in a ward: each function draws whom it befalls and returns the steps, or nothing when nobody fits.

A 届出 may concern a whole household: then it has one step for each member.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from connectors.juki import families, foreigners
from connectors.juki.event import Origin
from connectors.juki.generation import CHANGED, NEW, generated
from connectors.juki.kana import seion
from connectors.juki.kinds import Kind
from connectors.juki.kinship import relation_of_newborn
from connectors.juki.maker import Settling, surname
from connectors.juki.names import BLANK
from connectors.juki.places import Elsewhere
from connectors.juki.resident import CHILD, HEAD, Removal, Resident, Sex, State, StatusKind
from connectors.juki.steps import (
    Scene,
    Step,
    Steps,
    alone,
    arrived,
    changed,
    days_before,
    headed,
    left_behind,
    moved,
    removed,
)

Happening = Callable[[Scene], Steps]
_UNKNOWN_BIRTH: Final = "00000000"


# --- arrivals ---------------------------------------------------------------------------------------------------------


def arrival(scene: Scene) -> Steps:
    """転入 of a household (住基法22条)."""
    return _arrival(scene, families.plan(scene.maker.rng))


def arrival_of_one(scene: Scene) -> Steps:
    """転入 of somebody who lives alone."""
    return _arrival(scene, families.single(scene.maker.rng))


def _arrival(scene: Scene, plan: families.Plan) -> Steps:
    rng, day = scene.maker.rng, scene.day
    settling = Settling(day - timedelta(days=rng.randint(0, 10)), day, scene.maker.places.elsewhere(rng))
    return tuple(arrived(Kind.TENNYUU, member, day) for member in scene.maker.household(plan, settling))


def arrival_with_card(scene: Scene) -> Steps:
    """特例転入 (住基法24条の2): first the 転出証明書情報 from the other CS, and some time later the person."""
    rng, maker, day = scene.maker.rng, scene.maker, scene.day
    settling = Settling(day - timedelta(days=rng.randint(0, 5)), day, maker.places.elsewhere(rng))
    (person,) = maker.household(families.single(rng), settling)
    person = replace(person, card=person.card or maker.card())
    announced = Step(Kind.TENSHUTSU_SHOUMEI, None, person, Origin.CS)
    return (announced, replace(arrived(Kind.TENNYUU_TOKUREI, person, day), delay=rng.randint(3, 60)))


def arrival_from_abroad(scene: Scene) -> Steps:
    """法第30条の46転入: a 中長期在留者 settles; no card, no history."""
    rng, maker, day = scene.maker.rng, scene.maker, scene.day
    (person,) = maker.household(families.single(rng, foreign=True), Settling(day, day))
    part = person.foreign
    if part is None:
        return ()
    status = foreigners.mid_long(rng, maker.numbers, day)
    part = replace(part, status=status, alias=None, from_abroad=True)
    person = replace(person, foreign=part, card=None, previous=maker.places.abroad(part.nationality))
    return (arrived(Kind.TENNYUU_30_46, _numbered(person), day),)


def birth(scene: Scene) -> Steps:
    """出生: a child into the mother's household."""
    rng = scene.maker.rng
    mother = scene.register.pick(
        rng, lambda one: one.sex is Sex.FEMALE and one.birth != _UNKNOWN_BIRTH and 18 <= scene.age(one) <= 45
    )
    if mother is None:
        return ()
    order = max(member.order for member in scene.family(mother)) + 1
    child = scene.maker.newborn(mother, mother.head_name, order)
    child = _numbered(replace(child, relation=relation_of_newborn(mother)))
    return (replace(arrived(Kind.SHUSSHOU, child, scene.day), origin=_filed_where(scene)),)


def _numbered(person: Resident) -> Resident:
    """Whoever never had a number gets the one that the 機構 makes of the 住民票コード (B11); others bring theirs along."""
    return replace(person, kojin_bangou=generated(person.juuminhyou_code, NEW))


# --- departures -------------------------------------------------------------------------------------------------------


def departure(scene: Scene) -> Steps:
    """転出: a head goes with the household, anybody else of age alone."""
    rng = scene.maker.rng
    return _departure(scene, Kind.TENSHUTSU, State.MOVED_OUT, scene.maker.places.elsewhere(rng))


def departure_abroad(scene: Scene) -> Steps:
    """国外転出."""
    return _departure(scene, Kind.TENSHUTSU_KOKUGAI, State.MOVED_OUT, scene.maker.places.abroad("USA"))


def _departure(scene: Scene, kind: Kind, state: State, to: Elsewhere) -> Steps:
    rng, day = scene.maker.rng, scene.day
    leaver = _somebody_of_age(scene)
    if leaver is None:
        return ()
    planned = day + timedelta(days=rng.choice((0, 0, 1, 3, 7, 14)))
    leavers = scene.family(leaver) if leaver.is_head else (leaver,)
    return tuple(removed(kind, one, state, Removal(kind.form.reason, planned, to), day) for one in leavers)


def death(scene: Scene) -> Steps:
    """死亡: mostly the old; a household that loses its head gets another."""
    rng, day = scene.maker.rng, scene.day
    drawn = [scene.register.pick(rng, lambda _: True) for _ in range(6)]
    found = [one for one in drawn if one is not None and one.birth != _UNKNOWN_BIRTH]
    if not found:
        return ()
    dead = min(found, key=lambda one: (one.birth, one.atena))
    removal = Removal(Kind.SHIBOU.form.reason, days_before(day, rng.randint(0, 6), dead))
    step = removed(Kind.SHIBOU, dead, State.DEAD, removal, day)
    return (replace(step, origin=_filed_where(scene)), *left_behind(scene, dead))


# --- changes ----------------------------------------------------------------------------------------------------------


def move(scene: Scene) -> Steps:
    """転居: a head with the household, or somebody of age out of it into a household of their own."""
    rng, day = scene.maker.rng, scene.day
    mover = _somebody_of_age(scene)
    if mover is None:
        return ()
    address = scene.maker.places.in_ward(rng)
    since = days_before(day, rng.randint(0, 13), mover)
    if mover.is_head:
        return tuple(moved(one, address, day, max(since, one.resident_since)) for one in scene.family(mover))
    step = moved(mover, address, day, since)
    return (replace(step, after=alone(step.after, scene.maker.numbers.setai_bangou(), day)),)


def household_change(scene: Scene) -> Steps:
    """世帯変更: another head, or somebody of age parts from the household at the same address."""
    rng = scene.maker.rng
    one = scene.register.pick(rng, lambda one: not one.is_head and scene.age(one) >= 20)
    if one is None:
        return ()
    if rng.random() < 0.5:
        return headed(scene.family(one), one, scene.day)
    after = alone(one, scene.maker.numbers.setai_bangou(), scene.day)
    return (changed(Kind.SETAI_HENKOU, one, after, scene.day),)


def marriage(scene: Scene) -> Steps:
    """氏名変更(婚姻): a new 氏, a new 本籍, perhaps with 旧氏; heads only where they live alone, so that nobody else changes."""
    rng, maker = scene.maker.rng, scene.maker
    one = scene.register.pick(rng, lambda one: _may_marry(scene, one))
    family = maker.names.family(rng)
    if one is None or family.text == surname(one):
        return ()
    given, given_kana = one.name.split(BLANK)[1], one.kana.split(BLANK)[1]
    spouse = f"{family.text}{BLANK}{maker.names.given(rng, _other(one.sex)).text}"
    name = f"{family.text}{BLANK}{given}"
    after = replace(
        one,
        name=name,
        kana=f"{family.kana}{BLANK}{given_kana}",
        head_name=name if one.is_head else one.head_name,
        old_name=(surname(one), one.kana.split(BLANK)[0]) if rng.random() < 0.3 else None,
        family_register=(maker.places.elsewhere(rng).text, spouse),
    )
    return (changed(Kind.KONIN, one, after, scene.day, _filed_where(scene)),)


def correction(scene: Scene) -> Steps:
    """職権修正 of a フリガナ: the first voiced kana of the 氏 turns out to be unvoiced."""
    one = scene.register.pick(scene.maker.rng, lambda one: one.foreign is None and _unvoiced(one.kana) != one.kana)
    if one is None:
        return ()
    after = replace(one, kana=_unvoiced(one.kana), kana_confirmed=True)
    return (changed(Kind.SHOKKEN_SHUUSEI, one, after, scene.day),)


def suppression(scene: Scene) -> Steps:
    """支援措置: the 抑止フラグ is lifted where it stands, or set."""
    rng = scene.maker.rng
    lift = rng.random() < 0.4
    one = scene.register.pick(rng, lambda one: one.suppressed is lift and scene.age(one) >= 18)
    if one is None:
        return ()
    return (changed(Kind.YOKUSHI, one, replace(one, suppressed=not one.suppressed), scene.day),)


def new_kojin_bangou(scene: Scene) -> Steps:
    """個人番号変更 (番号法7条2項): the old card is void."""
    # The 機構 of this town has one other number for a 住民票コード: nobody who has it gets another.
    one = scene.register.pick(scene.maker.rng, lambda one: one.kojin_bangou != generated(one.juuminhyou_code, CHANGED))
    if one is None:
        return ()
    after = replace(one, kojin_bangou=generated(one.juuminhyou_code, CHANGED), card=None)
    return (changed(Kind.KOJINBANGOU_HENKOU, one, after, scene.day),)


def new_juuminhyou_code(scene: Scene) -> Steps:
    """住民票コード変更 (住基法30条の4)."""
    one = scene.register.pick(scene.maker.rng, lambda one: not one.former_code)
    if one is None:
        return ()
    code = scene.maker.numbers.juuminhyou_code()
    after = replace(one, juuminhyou_code=code, former_code=one.juuminhyou_code)
    return (changed(Kind.JUUMINHYOU_CODE_HENKOU, one, after, scene.day),)


def longer_stay(scene: Scene) -> Steps:
    """在留期間更新, told by the 法務省."""
    return _stay(scene, Kind.ZAIRYUU_KIKAN)


def other_status(scene: Scene) -> Steps:
    """在留資格変更, told by the 法務省."""
    return _stay(scene, Kind.ZAIRYUU_SHIKAKU)


def _stay(scene: Scene, kind: Kind) -> Steps:
    rng, numbers, day = scene.maker.rng, scene.maker.numbers, scene.day
    one = scene.register.pick(rng, _has_limited_stay)
    if one is None or one.foreign is None:
        return ()
    make = foreigners.extended if kind is Kind.ZAIRYUU_KIKAN else foreigners.changed
    part = replace(one.foreign, status=make(rng, numbers, one.foreign.status, day))
    return (changed(kind, one, replace(one, foreign=part), day, Origin.MOJ),)


def card_application(scene: Scene) -> Steps:
    """カード申請: no record changes, a 送付先情報 goes out."""
    one = scene.register.pick(scene.maker.rng, lambda _: True)
    return (Step(Kind.CARD_SHINSEI, one, one),) if one else ()


# --- who --------------------------------------------------------------------------------------------------------------


def _somebody_of_age(scene: Scene) -> Resident | None:
    return scene.register.pick(scene.maker.rng, lambda one: one.is_head or scene.age(one) >= 18)


def _may_marry(scene: Scene, one: Resident) -> bool:
    if one.foreign is not None or scene.age(one) < 18:
        return False
    return one.relation == CHILD or (one.relation == HEAD and len(scene.family(one)) == 1)


def _has_limited_stay(one: Resident) -> bool:
    status = one.foreign.status if one.foreign else None
    return status is not None and status.kind is StatusKind.MID_LONG and status.expires is not None


def _other(sex: Sex) -> Sex:
    return Sex.FEMALE if sex is Sex.MALE else Sex.MALE


def _unvoiced(kana: str) -> str:
    family, _, given = kana.partition(BLANK)
    place = next((i for i, sign in enumerate(family) if seion(sign) != sign), None)
    if place is None:
        return kana
    return f"{family[:place]}{seion(family[place])}{family[place + 1 :]}{BLANK}{given}"


def _filed_where(scene: Scene) -> Origin:
    # 戸籍の届出 may be filed anywhere; then a notice comes from the other body (住基法9条2項).
    return Origin.OTHER if scene.maker.rng.random() < 0.3 else Origin.JUKI


# Weights of the day: chosen so that every flow and every department is busy, not after any statistic.
WEIGHTS: Final[Mapping[Happening, int]] = MappingProxyType(
    {
        arrival: 60,
        arrival_with_card: 30,
        arrival_from_abroad: 10,
        birth: 40,
        departure: 60,
        departure_abroad: 8,
        death: 40,
        move: 80,
        household_change: 35,
        marriage: 45,
        correction: 60,
        suppression: 12,
        new_kojin_bangou: 12,
        new_juuminhyou_code: 12,
        longer_stay: 55,
        other_status: 15,
        card_application: 200,
    }
)
