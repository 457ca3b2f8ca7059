"""電子申請 on a full day: who files what (E1, E4), and which 番号紐付情報 住記 tells (E3). Some filings must not pass, and are not told.

Applicants for a 転出届 are residents with a card to whom nothing else happens that day; for a 転入予約, invented people elsewhere. A filing
whose 番号紐付情報 comes on the same day may arrive before it, for neither waits for the other on its way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from lxml import etree

from connectors.juki import families
from connectors.juki.day import JST, MILLISECONDS, OPENS
from connectors.juki.items import iso
from connectors.juki.maker import Maker, Settling
from connectors.juki.numbers import Numbers
from connectors.juki.places import Address
from connectors.juki.resident import Card, Resident
from connectors.juki.told import Told
from connectors.juki.writing import element
from connectors.kit.domain import LINK_NOT_FOUND, SERIAL_OF_ANOTHER, STALE_VERSION
from connectors.kit.ids import computed_id

if TYPE_CHECKING:
    from connectors.juki.town import Town

TENSHUTSU: Final = "TENSHUTSU"
TENNYUU_YOYAKU: Final = "TENNYUU_YOYAKU"
_OF_AGE: Final = "20080401"
_ELSEWHERE: Final = 10_000_000  # numbers that no day hands out
_REASONS: Final = {TENSHUTSU: "電子申請による転出届", TENNYUU_YOYAKU: "電子申請による転入予約"}


class Flaw(Enum):
    """Why a filing must not pass."""

    NONE = auto()
    EXPIRED = auto()
    REVOKED = auto()
    UNTRUSTED = auto()
    CHANGED = auto()
    OTHER_PERSON = auto()
    MORE_ITEMS = auto()


class Link(Enum):
    """When the applicant's certificate is linked to a 宛名番号."""

    BEFORE = auto()
    TODAY = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class Case:
    """One applicant's filing: its 版 in the order in which they arrive."""

    versions: tuple[int, ...] = (1,)
    flaw: Flaw = Flaw.NONE
    link: Link = Link.BEFORE


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing as it arrives. `items` are those of its form, in order; `stale`: a newer 版 was before it."""

    number: str
    version: int
    procedure: str
    at: datetime
    applicant: Resident = field(repr=False)
    card: Card = field(repr=False)
    items: tuple[tuple[str, str], ...] = field(repr=False)
    case: Case
    stale: bool

    @property
    def flaw(self) -> Flaw:
        return self.case.flaw

    @property
    def id(self) -> str:
        """As the room of 申請管理 names it."""
        return f"filing/{self.number}/{self.version}"

    @property
    def exchange(self) -> str:
        """The id of its way from マイナポータル to 申請管理 (E1)."""
        return computed_id(round(self.at.timestamp() * 1000), "E1", self.number, str(self.version))

    @property
    def passes(self) -> bool:
        """Whether 申請管理 must give it on."""
        linked = self.procedure == TENNYUU_YOYAKU or self.case.link is not Link.NEVER
        return self.flaw is Flaw.NONE and linked


_CASES: Final = (
    Case((1, 2)),
    Case((2, 1)),
    Case(link=Link.TODAY),
    *(Case(flaw=flaw) for flaw in Flaw if flaw is not Flaw.NONE),
    Case(link=Link.NEVER),
    Case((1, 2), link=Link.TODAY),
    Case((2, 1), link=Link.TODAY),
    *(Case(link=link) for _ in range(5) for link in (Link.BEFORE, Link.TODAY)),
)
_BOOKINGS: Final = (
    *(Case(link=Link.NEVER) for _ in range(6)),
    *(Case((1, 2), link=Link.NEVER) for _ in range(2)),
    Case((2, 1), link=Link.NEVER),
    Case(flaw=Flaw.REVOKED, link=Link.NEVER),
)
_LINKED_BESIDE, _ENDED, _UNKNOWN, _CLAIMED = 12, 3, 2, 2


@dataclass(frozen=True, slots=True)
class _Cast:
    """Everybody of the group. `links`: (person, 紐付区分, serial, rejection)."""

    filings: tuple[Filing, ...]
    links: tuple[tuple[Resident, str, str, str], ...]
    linked_before: tuple[Resident, ...]
    times: tuple[datetime, ...]


def filings(town: Town) -> tuple[Filing, ...]:
    """Every filing of the day, in the order of arrival, also those that must not pass."""
    return _cast(town).filings


def linked_before(town: Town) -> tuple[tuple[str, str], ...]:
    """(serial, 宛名番号) of those certificates that 申請管理 knows when the day begins."""
    return tuple((_serial(one), one.atena) for one in _cast(town).linked_before)


def told(town: Town) -> Iterator[Told]:
    """番号紐付情報 from 住記 (E3), and of the filings those that pass (E4)."""
    cast = _cast(town)
    for at, (person, kind, serial, rejection) in zip(cast.times, cast.links, strict=True):
        yield Told(
            id=f"link/{person.atena}",
            flow="E3",
            type="SN-LINK",
            sender="juki",
            recipient="shinsei",
            item="bangou-16-himoduke",
            person=person.atena,
            at=at,
            build=partial(_link, person, at, kind, serial),
            reason_code="HIMODUKE",
            reason="番号紐付情報の提供",
            rejection=rejection,
        )
    for one in cast.filings:
        if one.passes:
            yield _told(one)


def _told(one: Filing) -> Told:
    resident = one.procedure == TENSHUTSU
    return Told(
        id=one.id,
        flow="E4",
        type="SN-FILE",
        sender="shinsei",
        recipient="juki",
        item="juki-24-shinsei",
        person=one.applicant.atena if resident else one.card.signature_serial,
        at=one.at,
        build=partial(_filed, one),
        reason_code=one.procedure,
        reason=_REASONS[one.procedure],
        rejection=STALE_VERSION if one.stale else "",
    )


def _filed(one: Filing) -> etree._Element:
    verdict = (
        ("署名用電子証明書シリアル番号", one.card.signature_serial),
        ("署名検証結果", "1"),
        ("署名検証日時", f"{one.at:%Y%m%d%H%M%S}{one.at.microsecond // 1000:03d}"),
    )
    return element("shinsei", "電子申請", (*one.items, *verdict))


def _link(person: Resident, at: datetime, kind: str, serial: str) -> etree._Element:
    pairs = (
        ("宛名番号", person.atena),
        ("処理日", iso(at.date())),
        ("紐付区分", kind),
        ("署名用電子証明書シリアル番号", serial),
    )
    return element("himoduke", "番号紐付情報", pairs)


# --- who ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Application:
    """What one applicant files, all 版 of it."""

    number: str
    procedure: str
    applicant: Resident = field(repr=False)
    card: Card = field(repr=False)
    case: Case
    moving: int
    destination: str = field(repr=False)

    def filings(self, day: date) -> Iterator[Filing]:
        """In the order of arrival, all at midnight."""
        newest = 0
        for version in self.case.versions:
            yield Filing(
                number=self.number,
                version=version,
                procedure=self.procedure,
                at=datetime.combine(day, time(), JST),
                applicant=self.applicant,
                card=self.card,
                items=tuple(self._items(version, day)),
                case=self.case,
                stale=version < newest,
            )
            newest = max(newest, version)

    def _items(self, version: int, day: date) -> Iterator[tuple[str, str]]:
        """In the order of xsd/shinsei/1. A later 版 moves on another day."""
        one = self.applicant
        yield "申請番号", self.number
        yield "版", str(version)
        if version > 1:
            yield "訂正前の版", str(version - 1)
        yield "申請種別", self.procedure
        yield "届出の年月日", day.isoformat()
        yield "個人番号", one.kojin_bangou
        yield "氏名", one.name
        yield "生年月日", one.birth
        yield "性別", one.sex.value
        yield "住所", one.address.text
        yield "連絡先電話番号", f"000-0000-{self.moving:04d}"
        planned = (day + timedelta(days=self.moving + version)).isoformat()
        if self.procedure == TENSHUTSU:
            yield "転出予定年月日", planned
            yield "転出先住所予定", self.destination
        else:
            yield "来庁予定年月日", planned


@lru_cache(maxsize=8)
def _cast(town: Town) -> _Cast:
    rng = random.Random(f"full/filings/{town.seed}")
    maker = Maker(rng, Numbers(town.population.seed, town.population.issued + _ELSEWHERE), town.day)
    busy = {event.person for event in town.events}
    holders = [one for one in town.population.residents if one.card]
    quiet = [one for one in holders if one.atena not in busy and one.birth <= _OF_AGE]
    rng.shuffle(quiet)
    movers = list(zip(quiet, _CASES, strict=False))
    # Whoever does not file may have a certificate linked or ended: 申請管理 knows nothing of what else happens to them.
    moving = {one.atena for one, _ in movers}
    others = [one for one in holders if one.atena not in moving]
    links = tuple(_links(movers, others))
    filed = _shuffled([*_departures(movers, maker), *_bookings(maker)], town.day, rng)
    of_link, of_filing = _times(town.day, rng, len(links), len(filed))
    before = (*(one for one, case in movers if case.link is Link.BEFORE), *others[:_ENDED])
    return _Cast(
        filings=tuple(replace(one, at=at) for one, at in zip(filed, of_filing, strict=True)),
        links=links,
        linked_before=before,
        times=of_link,
    )


def _departures(movers: Sequence[tuple[Resident, Case]], maker: Maker) -> Iterator[_Application]:
    for place, (one, case) in enumerate(movers, start=1):
        if one.card is not None:
            number = f"SN-{maker.day:%Y%m%d}-{place:04d}"
            destination = maker.places.elsewhere(maker.rng).text
            yield _Application(number, TENSHUTSU, one, one.card, case, place, destination)


def _bookings(maker: Maker) -> Iterator[_Application]:
    """By people who live elsewhere today."""
    for place, case in enumerate(_BOOKINGS, start=1):
        (made,) = maker.household(families.single(maker.rng), Settling(maker.day, maker.day))
        home = maker.places.elsewhere(maker.rng)
        one = replace(made, address=Address(home.text, home.code, "", home.postal))
        number = f"SN-{maker.day:%Y%m%d}-{9000 + place:04d}"
        yield _Application(number, TENNYUU_YOYAKU, one, maker.card(), case, place, "")


def _links(
    movers: Sequence[tuple[Resident, Case]], others: Sequence[Resident]
) -> Iterator[tuple[Resident, str, str, str]]:
    """New links, ended ones; some that 申請管理 must reject, for it knows another link or none."""
    first = next((one for one, case in movers if case.link is Link.BEFORE), None)
    rest = iter(others)
    for one, case in movers:
        if case.link is Link.TODAY:
            yield one, "1", _serial(one), ""
    for one in islice(rest, _ENDED):
        yield one, "9", _serial(one), ""
    for one in islice(rest, _UNKNOWN):
        yield one, "9", _serial(one), LINK_NOT_FOUND
    for one in islice(rest, _CLAIMED if first else 0):
        yield one, "1", _serial(first) if first else "", SERIAL_OF_ANOTHER
    for one in islice(rest, _LINKED_BESIDE):
        yield one, "1", _serial(one), ""


def _serial(one: Resident) -> str:
    if one.card is None:
        raise ValueError("only who has a card has a certificate")
    return one.card.signature_serial


def _shuffled(applications: Sequence[_Application], day: date, rng: random.Random) -> list[Filing]:
    """All filings in some order that keeps each applicant's own."""
    waiting = [list(one.filings(day)) for one in applications]
    turns = [place for place, filings in enumerate(waiting) for _ in filings]
    rng.shuffle(turns)
    return [waiting[place].pop(0) for place in turns]


def _times(
    day: date, rng: random.Random, links: int, filings: int
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """Different moments of the day, rising, in two parts that mingle."""
    opening = datetime.combine(day, OPENS, JST)
    moments = rng.sample(range(MILLISECONDS), links + filings)
    first, second = sorted(moments[:links]), sorted(moments[links:])
    times = [tuple(opening + timedelta(milliseconds=one) for one in part) for part in (first, second)]
    return times[0], times[1]
