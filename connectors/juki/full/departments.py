"""The departments on a full day: 資格情報 to 住記 (B12), and the changes of children to the 教育委員会 (KK-CHG).

A section tells of persons that it holds; a few of its 宛名番号 are mistaken, and some of its persons have left since morning. The
教育委員会 is told of children of its age, and by mistake of a few who are not on its lists.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from lxml import etree

from connectors.juki.day import JST, MILLISECONDS, OPENS
from connectors.juki.items import NAMES, NENKIN, item, items
from connectors.juki.original import Original
from connectors.juki.resident import Resident, age_on
from connectors.juki.steps import ended
from connectors.juki.told import Told
from connectors.juki.writing import element
from connectors.kit.domain import REMOVED_PERSON, UNKNOWN_PERSON

if TYPE_CHECKING:
    from connectors.juki.town import Town

_RIGHT, _MISTAKEN = 22, 2
_OF_THREE: Final = 8  # 国保, 後期 and 年金 are one section
_ITEMS: Final = frozenset(
    {
        *("氏名", "氏名漢字", "氏名アルファベット", "氏名カタカナ", "生年月日", "性別", "住所"),
        *("宛名番号", "抑止フラグ"),
    }
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One item of 資格情報: which section tells of it, and of how many persons."""

    section: str
    name: str
    number: int = _RIGHT

    def holds(self, one: Resident) -> bool:
        """Whether the section has the person in its files."""
        return bool(item(one, self.name))


SCHEMES: Final = (
    Scheme("kokuho", "国民健康保険の被保険者該当の有無資格取得喪失年月日", _OF_THREE),
    Scheme("kokuho", "後期高齢者医療の被保険者該当の有無資格取得喪失年月日", _OF_THREE),
    Scheme("kokuho", NENKIN, _OF_THREE),
    Scheme("kaigo", "介護保険の被保険者該当の有無資格取得喪失年月日"),
    Scheme("jidou", "児童手当の受給開始終了年月"),
    Scheme("senkyo", "選挙人名簿への登録の有無"),
)


def told(town: Town) -> Iterator[Told]:
    """Each section at least 20 times, where the town has anybody whom it holds."""
    draw = random.Random(f"full/departments/{town.seed}")
    original = Original(town)
    for number, scheme in enumerate(SCHEMES):
        yield from _entitlements(town, scheme, f"sk-{scheme.section}-{number}", draw, original)
    yield from _children(town, "gakumu", "kk-gakumu", draw)
    yield from _children(town, "kodomo-nyuen", "kk-kodomo", draw)


def moments(town: Town, draw: random.Random, count: int) -> Sequence[datetime]:
    """Different whole milliseconds within the hours of the day, rising."""
    opening = datetime.combine(town.day, OPENS, JST)
    return [opening + timedelta(milliseconds=one) for one in sorted(draw.sample(range(MILLISECONDS), count))]


# --- 資格情報 -----------------------------------------------------------------------------------------------------------------


def _entitlements(town: Town, scheme: Scheme, prefix: str, draw: random.Random, original: Original) -> Iterator[Told]:
    held = [one for one in town.population.residents if scheme.holds(one)]
    if not held:
        return
    evening = datetime.combine(town.day, time.max, JST)
    stays = {one.atena: _verdict(original.at(one.atena, evening)) == "" for one in held}
    staying, leaving = ([one for one in held if stays[one.atena] is fact] for fact in (True, False))
    persons = draw.choices(staying or held, k=scheme.number) + draw.choices(leaving or held, k=_MISTAKEN)
    persons += [replace(one, atena=_nobody(town, draw)) for one in draw.choices(held, k=_MISTAKEN)]
    draw.shuffle(persons)
    for number, (one, at) in enumerate(zip(persons, moments(town, draw, len(persons)), strict=True), start=1):
        after = replace(one, entitlements=ended(one.entitlements, town.day)) if draw.random() < 0.25 else one
        yield Told(
            id=f"{prefix}-{number:03d}",
            flow="B12",
            type="SK-INFO",
            sender=scheme.section,
            recipient="juki",
            item=f"juki-7-{scheme.section}",
            person=one.atena,
            at=at,
            build=partial(_entitlement, after, scheme.name, town.day),
            reason_code="SHIKAKU",
            reason="資格等の得喪の通知",
            rejection=_verdict(original.at(one.atena, at)),
        )


def _entitlement(one: Resident, name: str, day: date) -> etree._Element:
    return element(
        "shikaku", "資格情報", (("宛名番号", one.atena), ("処理日", day.isoformat()), (name, item(one, name)))
    )


def _verdict(one: Resident | None) -> str:
    """What 住記 says on its own data of somebody at that moment."""
    if one is None:
        return UNKNOWN_PERSON
    return "" if one.present else REMOVED_PERSON


def _nobody(town: Town, draw: random.Random) -> str:
    """A 宛名番号 of nobody, as long as everybody's."""
    known = {*town.registered(), *(event.person for event in town.events)}
    digits = len(next(iter(known)))
    while (number := f"{draw.randrange(10**digits):0{digits}d}") in known:
        pass
    return number


# --- 教育委員会 ---------------------------------------------------------------------------------------------------------------


def _children(town: Town, section: str, row: str, draw: random.Random) -> Iterator[Told]:
    listed = _LISTED[section]
    children = [one for one in town.population.residents if listed(one.birth, town.day)]
    adults = [one for one in town.population.residents if age_on(one.birth, town.day) >= 18]
    persons = (draw.choices(children, k=_RIGHT) if children else []) + draw.choices(adults, k=_MISTAKEN)
    draw.shuffle(persons)
    for number, (one, at) in enumerate(zip(persons, moments(town, draw, len(persons)), strict=True), start=1):
        yield Told(
            id=f"{row}-{number:03d}",
            flow="KK-CHG",
            type="KK-CHG",
            sender="juki",
            recipient=section,
            item=row,
            person=one.atena,
            at=at,
            build=partial(_change, one),
            reason_code="KYOUIKU",
            reason="教育委員会への異動情報の提供",
            rejection="" if listed(one.birth, town.day) else UNKNOWN_PERSON,
        )


def _change(one: Resident) -> etree._Element:
    """The last change of the record: how the child came to the address."""
    came = one.address_since == one.resident_since
    change = (("異動事由", "TENNYUU" if came else "TENKYO"), ("異動年月日", one.address_since.isoformat()))
    return element("iten", "異動情報", (*change, *items(one, [name for name in NAMES if name in _ITEMS])))


def _at_school(birth: str, day: date) -> bool:
    """学齢 in this school year: from the April after the sixth birthday to the March after the fifteenth (学校教育法17条)."""
    return any(_april(birth, years) <= day < _april(birth, years + 1) for years in range(6, 15))


def _before_school(birth: str, day: date) -> bool:
    return birth != "00000000" and day < _april(birth, 6)


def _april(birth: str, years: int) -> date:
    """The 1 April from which somebody has had so many birthdays; who is born on 1 April has it the day before."""
    born_before_april = (birth[4:] or "0000") <= "0401"
    return date(max(1, int(birth[:4])) + years + (not born_before_april), 4, 1)


_LISTED: Final[dict[str, Callable[[str, date], bool]]] = {"gakumu": _at_school, "kodomo-nyuen": _before_school}
