"""法務省 on a full day, beside what the day itself makes it and us tell: 法務省通知 (B9) and 市町村通知 (B8-3), each some twenty times.

None of them follows from another: what the 法務省 tells is not told back. A few notices are about nobody whom 住記 has, and a few
of ours bear the number of a 在留カード that was never issued.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from lxml import etree

from connectors.juki import payloads
from connectors.juki.event import Clerk, Event, Origin
from connectors.juki.full.departments import moments
from connectors.juki.kinds import Kind
from connectors.juki.messages import MJ_IN, MJ_OUT, Way
from connectors.juki.resident import Foreign, Resident, StatusKind
from connectors.juki.told import Told
from connectors.kit.domain import NO_MATCH

if TYPE_CHECKING:
    from connectors.juki.town import Town

_RIGHT, _MISTAKEN = 20, 2
_LONGER: Final = timedelta(days=3 * 365)
_NEVER_ISSUED: Final = "ZZ00000000ZZ"


def told(town: Town) -> Iterator[Told]:
    """Nothing in a town without a 中長期在留者."""
    draw = random.Random(f"full/immigration/{town.seed}")
    staying = [one for one in town.population.residents if _stays(one)]
    if not staying:
        return
    yield from _notices(town, draw, staying)
    yield from _municipal(town, draw, staying)


def _notices(town: Town, draw: random.Random, staying: list[Resident]) -> Iterator[Told]:
    """Another 在留期間."""
    persons = [(_foreign(one, expires=_LONGER), "") for one in draw.choices(staying, k=_RIGHT)]
    persons += [(_foreign(one, called=" NOBODY"), NO_MATCH) for one in draw.choices(staying, k=_MISTAKEN)]
    draw.shuffle(persons)
    times = moments(town, draw, len(persons))
    for number, ((one, rejection), at) in enumerate(zip(persons, times, strict=True), start=1):
        event = _event(one, Kind.ZAIRYUU_KIKAN, Origin.MOJ, at)
        yield _told(MJ_IN, number, event, rejection, payloads.immigration_notice)


def _municipal(town: Town, draw: random.Random, staying: list[Resident]) -> Iterator[Told]:
    """A 転居."""
    persons = [(one, "") for one in draw.choices(staying, k=_RIGHT)]
    persons += [(_foreign(one, card=_NEVER_ISSUED), NO_MATCH) for one in draw.choices(staying, k=_MISTAKEN)]
    draw.shuffle(persons)
    times = moments(town, draw, len(persons))
    for number, ((one, rejection), at) in enumerate(zip(persons, times, strict=True), start=1):
        event = _event(one, Kind.TENKYO, Origin.JUKI, at)
        yield _told(MJ_OUT, number, event, rejection, payloads.municipal_notice)


def _told(way: Way, number: int, event: Event, rejection: str, build: Callable[[Event], etree._Element]) -> Told:
    return Told(
        id=f"{way.type.lower()}-{number:03d}",
        flow=way.flow,
        type=way.type,
        sender=way.sender,
        recipient=way.recipient,
        item=way.item,
        person=event.person,
        at=event.at,
        build=partial(build, event),
        reason_code=event.kind.name,
        reason=event.kind.form.text,
        rejection=rejection,
    )


def _event(one: Resident, kind: Kind, origin: Origin, at: datetime) -> Event:
    return Event("full", 0, at, kind, one.atena, one, one, origin, Clerk("", "", ""), "")


def _stays(one: Resident) -> bool:
    foreign = one.foreign
    return foreign is not None and foreign.status.kind is StatusKind.MID_LONG and foreign.status.expires is not None


def _foreign(one: Resident, expires: timedelta = timedelta(), called: str = "", card: str = "") -> Resident:
    """The record with a later end of stay, a longer name, or another card."""
    foreign = _of(one)
    status = replace(
        foreign.status,
        expires=foreign.status.expires + expires if foreign.status.expires else None,
        card=card or foreign.status.card,
    )
    return replace(one, foreign=replace(foreign, alphabet=foreign.alphabet + called, status=status))


def _of(one: Resident) -> Foreign:
    if one.foreign is None:
        raise ValueError("a foreign resident")
    return one.foreign
