"""住基ネット side of a full day: what 住記 asks the CS (A3-x2, B11, C2b, S23) and what comes through the CS (A3-2, B10).

Who arrives after a 送信依頼 is nobody of the day's own events: their 特例転入 is told here to its end (A1-3, A3-5a).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lxml import etree

from connectors.juki import families, payloads
from connectors.juki.day import JST, OPENS
from connectors.juki.event import Clerk, Event, Origin
from connectors.juki.full import behind, nws
from connectors.juki.generation import CHANGED, NEW
from connectors.juki.items import Pair
from connectors.juki.kinds import Kind
from connectors.juki.letter import letter
from connectors.juki.maker import Maker, Settling
from connectors.juki.messages import HK_UPD, SF_SEND, TN_NOTE, TS_CERT, Way
from connectors.juki.numbers import Numbers
from connectors.juki.places import ADACHI_CODE
from connectors.juki.resident import Resident
from connectors.juki.told import Follow, Told, onward_id
from connectors.juki.writing import append, element
from connectors.kit.domain import (
    ALREADY_NUMBERED,
    DAY_NOT_CLOSED,
    NO_MATCH,
    NO_SUCH_MUNICIPALITY,
    REQUEST_REPEATED,
)
from connectors.kit.ids import computed_id

if TYPE_CHECKING:
    from connectors.juki.town import Town

JUKI, CS = "juki", "cs"
TS_REQ: Final = Way("A3-x2", "TS-REQ", JUKI, CS, "juki-24-2-irai")
SG_CHK: Final = Way("S23", "SG-CHK", JUKI, CS, "juki-14-kakunin")
BN_REQ: Final = Way("B11", "BN-REQ", JUKI, CS, "bangou-8-youkyuu")
CK_FGC: Final = Way("C2b", "CK-FGC", JUKI, CS, "bangou-21-2-code")
TN_IN: Final = Way("B10", "TN-IN", CS, JUKI, "juki-9-1-tsuuchi")
# The 異動 that bring a number, and why it is asked for; whoever moves here from elsewhere has one.
_NUMBERED: Final = MappingProxyType({Kind.SHUSSHOU: NEW, Kind.TENNYUU_30_46: NEW, Kind.KOJINBANGOU_HENKOU: CHANGED})
_EACH: Final = 24
_MISTAKEN: Final = 3
_PART: Final = 800  # persons of a question on average: below the 1,000 that a message holds, for parts are not equal
_ISSUED: Final = 5_000_000  # numbers that this file hands out come long after those of the day
_CERTIFICATE_DAYS: Final = 31
_PREFECTURE: Final = "130001"  # a prefecture has no CS
_SECONDS: Final = 9
_CLERK: Final = Clerk("S4001", "戸籍住民課", "T-101")


def told(town: Town) -> Iterator[Told]:
    """All of it; times rise within each part."""
    arrivals = _arrivals(town)
    yield from _reconciliation(town)
    yield from _numbers(town, arrivals)
    yield from _requests(town, arrivals)
    yield from _arrived_elsewhere(town)
    yield from _letters(town)
    yield from _processes(town)


def fugou_codes(town: Town) -> Iterator[tuple[nws.Fugou, str]]:
    """Each 符号取得要求 of the day with the 住民票コード that 住記 has for its person."""
    codes = {one.atena: one.juuminhyou_code for one in town.population.residents}
    first = {event.person: event.after.juuminhyou_code for event in reversed(town.events)}
    for one in nws.fugou(town):
        yield one, codes.get(one.person) or first[one.person]


# --- S23 ----------------------------------------------------------------------------------------------------------------


def parts(town: Town) -> int:
    """Into how many questions the whole register is split: so that none is empty, and at least some where it is small."""
    codes = [int(one.juuminhyou_code) for one in town.population.residents]
    most = max(_EACH, -(-len(codes) // _PART))
    return next(count for count in range(most, 0, -1) if len({code % count for code in codes}) == count)


def _reconciliation(town: Town) -> Iterator[Told]:
    """The whole register as of yesterday, split by the remainder of the 住民票コード; and questions about today, which is not over."""
    count = parts(town)
    split: list[list[Resident]] = [[] for _ in range(count)]
    for one in town.population.residents:
        split[int(one.juuminhyou_code) % count].append(one)
    yesterday = town.day - timedelta(days=1)
    follow = (Follow("S23", "SG-RES", CS, JUKI),)
    for place, persons in enumerate(split):
        number = f"SG-{yesterday:%Y%m%d}-{place + 1:06d}"
        yield _told(
            *(SG_CHK, f"cs-seigou-{place:05d}", persons[0].atena, _at(town, 0, place)),
            partial(question, number, yesterday, tuple(persons)),
            ("SEIGOU", "住記とCSの整合"),
            follows=follow,
            persons=tuple(one.atena for one in persons),
            batch=(f"SG-{yesterday:%Y%m%d}-{town.seed}", place + 1, count),
        )
    for place, persons in enumerate(split[:2]):
        yield _told(
            *(SG_CHK, f"cs-seigou-today-{place}", persons[0].atena, _at(town, 0, count + place)),
            partial(question, f"SG-{town.day:%Y%m%d}-{place + 1:06d}", town.day, tuple(persons)),
            ("SEIGOU", "住記とCSの整合"),
            rejection=DAY_NOT_CLOSED,
            persons=tuple(one.atena for one in persons),
        )


def question(number: str, day: date, persons: Sequence[Resident]) -> etree._Element:
    head = (("整合番号", number), ("基準年月日", day.isoformat()), ("対象となる人数", str(len(persons))))
    made = element("seigou", "整合性確認", head)
    space = str(made.tag).rpartition("}")[0] + "}"
    for one in persons:
        pairs = (
            ("住民票コード", one.juuminhyou_code),
            ("氏名", one.name),
            ("生年月日", one.birth),
            ("性別", one.sex.value),
            ("住所", one.address.text),
            ("異動年月日", one.resident_since.isoformat()),
        )
        append(etree.SubElement(made, f"{space}対象者"), pairs)
    return made


# --- B11 ----------------------------------------------------------------------------------------------------------------


def awaited(town: Town) -> Mapping[str, str]:
    """Id of an event -> the MessageId of the 番号通知 that brings the number which the event tells.

    The request goes out when the 異動 is filed; the 異動 is told when the number is there, in whatever time that takes.
    """
    return {event.id: onward_id(one.message_id, one.follows[0]) for event, one in _caused(town)}


def _caused(town: Town) -> Iterator[tuple[Event, Told]]:
    """Each 異動 of the day that brings a number, with the request for it."""
    events = (event for event in town.events if event.kind in _NUMBERED and not event.planned)
    for place, event in enumerate(events):
        ask = _Ask(event.after, _NUMBERED[event.kind])
        yield event, ask.told(town, place, event.at, event.conversation)


def _numbers(town: Town, arrivals: Sequence[Resident]) -> Iterator[Told]:
    """What the 異動 of the day ask for; residents who want another number, of which an 異動 of another day will tell; and mistakes.

    By mistake some who have a number ask as if they were new, and some requests name a 住民票コード that nobody here has: the 機構 makes
    its number, and 住記 finds nobody whose it is.
    """
    caused = [one for _, one in _caused(town)]
    yield from caused
    quiet = behind.quiet(town)
    pairs = zip(quiet[-2 * _MISTAKEN : -_MISTAKEN], arrivals[-_MISTAKEN:], strict=False)
    asks = [_Ask(one, CHANGED) for one in quiet[: max(0, _EACH - len(caused))]]
    asks += [_Ask(one, NEW, rejection=ALREADY_NUMBERED) for one in quiet[-_MISTAKEN:]]
    asks += [_Ask(replace(one, juuminhyou_code=other.juuminhyou_code), NEW, unmatched=NO_MATCH) for one, other in pairs]
    for place, ask in enumerate(asks):
        yield ask.told(town, len(caused) + place, _at(town, 1, place))


@dataclass(frozen=True, slots=True)
class _Ask:
    """Who asks for a number and why. `rejection`: the code with which the CS rejects it; `unmatched`: that with which 住記 rejects the number."""

    one: Resident
    reason: str
    rejection: str = ""
    unmatched: str = ""

    def told(self, town: Town, place: int, at: datetime, conversation: str = "") -> Told:
        """The request, the `place`-th of the day; `conversation` is that of the 届出 which it belongs to."""
        said = (
            ("依頼番号", f"BN-{town.day:%Y%m%d}-{place + 1:06d}"),
            ("住民票コード", self.one.juuminhyou_code),
            ("生成要求事由", self.reason),
        )
        return _told(
            *(BN_REQ, f"cs-bangou-{place:03d}", self.one.atena, at),
            partial(element, "bangou", "番号生成要求", said),
            ("BANGOU", "個人番号とすべき番号の生成要求"),
            rejection=self.rejection,
            follows=() if self.rejection else (Follow("B11", "BN-RES", CS, JUKI, self.unmatched),),
            conversation=conversation,
        )


# --- A3-x2 and what comes of it -----------------------------------------------------------------------------------------


def _arrivals(town: Town) -> tuple[Resident, ...]:
    """Persons with a card who stand at the counter, and of whom no certificate has come."""
    rng = random.Random(f"full/cs/{town.seed}")
    maker = Maker(rng, Numbers(town.seed, town.population.issued + _ISSUED), town.day)
    made: list[Resident] = []
    while len(made) < _EACH + 2 * _MISTAKEN:
        settling = Settling(town.day - timedelta(days=rng.randint(0, 5)), town.day, maker.places.elsewhere(rng))
        (one,) = maker.household(families.single(rng), settling)
        if one.previous is not None and one.previous.lg_code:
            made.append(replace(one, card=one.card or maker.card(), suppressed=False))
    return tuple(made)


def _requests(town: Town, arrivals: Sequence[Resident]) -> Iterator[Told]:
    """送信依頼, then the certificate, then the 転入: each waits for the one before. Some name a place that has no CS, or come twice."""
    for place, one in enumerate(arrivals[:_EACH]):
        number = f"TS-{town.day:%Y%m%d}-{place + 1:06d}"
        asked = _request(town, place, one, number, "")
        arrival = _event(place, one, _at(town, 4, 2 * place))
        certificate = _told(
            *(TS_CERT, f"cs-shoumei-{place:03d}", one.atena, _at(town, 3, place)),
            partial(payloads.moving_certificate, arrival),
            ("TENSHUTSU_SHOUMEI", "転出証明書情報の受信"),
            awaits=asked.message_id,
            expires_at=datetime.combine(one.address_since + timedelta(days=_CERTIFICATE_DAYS), time(), JST),
        )
        # One 異動 releases both, at the same time (L620).
        conversation = computed_id(round(arrival.at.timestamp() * 1000), "conversation", arrival.id)
        yield asked
        yield certificate
        for turn, (way, build) in enumerate(
            ((HK_UPD, payloads.identification_update), (TN_NOTE, payloads.arrival_notice))
        ):
            yield _told(
                *(way, f"cs-tennyuu-{place:03d}-{turn}", one.atena, _at(town, 4, 2 * place + turn)),
                partial(build, arrival),
                ("TENNYUU_TOKUREI", "転入届の特例(住基法24条の2)"),
                awaits=certificate.message_id,
                conversation=conversation,
            )
    for place, one in enumerate(arrivals[_EACH : _EACH + _MISTAKEN], start=_EACH):
        yield _request(town, place, one, f"TS-{town.day:%Y%m%d}-{place + 1:06d}", NO_SUCH_MUNICIPALITY)
    for place in range(_MISTAKEN):
        number = f"TS-{town.day:%Y%m%d}-{place + 1:06d}"
        yield _request(town, _EACH + _MISTAKEN + place, arrivals[place], number, REQUEST_REPEATED)


def _request(town: Town, place: int, one: Resident, number: str, rejection: str) -> Told:
    from_ = one.previous.lg_code if one.previous and rejection != NO_SUCH_MUNICIPALITY else _PREFECTURE
    pairs = (
        ("依頼番号", number),
        ("転出元市町村コード", from_),
        ("届出の年月日", town.day.isoformat()),
        ("氏名", one.name),
        ("生年月日", one.birth),
        ("性別", one.sex.value),
    )
    return _told(
        *(TS_REQ, f"cs-irai-{place:03d}", one.atena, _at(town, 2, place)),
        partial(element, "soushin", "転出証明書送信依頼", pairs),
        ("SOUSHIN_IRAI", "転出証明書情報の送信依頼"),
        rejection=rejection,
    )


def _event(place: int, one: Resident, at: datetime) -> Event:
    return Event(
        f"FULL-CS-{place + 1}", 900_001 + place, at, Kind.TENNYUU_TOKUREI, one.atena, None, one, Origin.JUKI, _CLERK, ""
    )


# --- B10, A7-1, C2b -----------------------------------------------------------------------------------------------------


def _arrived_elsewhere(town: Town) -> Iterator[Told]:
    """転入通知 of other municipalities: about residents who go, and about some whom the ward never had."""
    rng = random.Random(f"full/cs/b10/{town.seed}")
    maker = Maker(rng, Numbers(town.seed, town.population.issued + _ISSUED), town.day)
    known = [(one, "") for one in behind.quiet(town)[:_EACH]]
    strangers = [(one, NO_MATCH) for one in _arrivals(town)[-_MISTAKEN:]]
    for place, (one, rejection) in enumerate([*known, *strangers]):
        to = maker.places.elsewhere(rng)
        since = town.day - timedelta(days=rng.randint(0, 6))
        pairs: tuple[Pair, ...] = (
            ("異動事由", "TENNYUU"),
            ("転入年月日", since.isoformat()),
            ("届出の年月日", town.day.isoformat()),
            ("氏名", one.name),
            ("生年月日", one.birth),
            ("性別", one.sex.value),
            ("住所", to.text),
            ("市町村コード", to.lg_code),
            ("転入前住所", one.address.text),
            ("市町村コード転入前", ADACHI_CODE),
        )
        yield _told(
            *(TN_IN, f"cs-tennyuu-in-{place:03d}", one.atena, _at(town, 5, place)),
            partial(element, "tennyuu-in", "転入通知受信", pairs),
            ("TENNYUU_TSUUCHI", "他市区町村からの転入通知"),
            rejection=rejection,
        )


def _letters(town: Town) -> Iterator[Told]:
    """送付先情報 after applications for a card."""
    for place, one in enumerate(behind.addressees(town)):
        at = _at(town, 6, place)
        event = Event(
            f"FULL-SF-{place + 1}", 910_001 + place, at, Kind.CARD_SHINSEI, one.atena, one, one, Origin.JUKI, _CLERK, ""
        )
        yield _told(
            *(SF_SEND, f"cs-soufusaki-{place:03d}", one.atena, at),
            partial(letter, event),
            ("CARD_SHINSEI", "個人番号カードの交付申請"),
        )


def _processes(town: Town) -> Iterator[Told]:
    """The second leg of 符号の取得, once the first was taken; and some 処理通番 twice."""
    found = list(fugou_codes(town))
    for place, (one, code) in enumerate(found):
        yield _process(f"cs-fugou-{place:05d}", one, code, one.at + timedelta(milliseconds=place % 900 + 50), "")
    for place, (one, code) in enumerate(found[:_MISTAKEN]):
        at = found[-1][0].at + timedelta(seconds=5 + place)
        yield _process(f"cs-fugou-again-{place}", one, code, at, REQUEST_REPEATED)


def _process(name: str, one: nws.Fugou, code: str, at: datetime, rejection: str) -> Told:
    pairs = (("処理通番", one.process), ("住民票コード", code))
    return _told(
        *(CK_FGC, name, one.person, at),
        partial(element, "fugou", "符号取得用住民票コード通知", pairs),
        ("FUGOU", "符号取得のための住民票コードの通知"),
        rejection=rejection,
        awaits=one.message_id,
    )


# --- inside -------------------------------------------------------------------------------------------------------------


def _at(town: Town, series: int, place: int) -> datetime:
    """The time of the `place`-th message of a series; the series of a chain come one after the other."""
    start = datetime.combine(town.day, OPENS, JST) + timedelta(minutes=4 + 11 * series, milliseconds=137 * series)
    return start + timedelta(seconds=_SECONDS * place)


def _told(
    way: Way,
    name: str,
    person: str,
    at: datetime,
    build: Callable[[], etree._Element],
    reason: tuple[str, str],
    **more: object,
) -> Told:
    return Told(
        id=name,
        flow=way.flow,
        type=way.type,
        sender=way.sender,
        recipient=way.recipient,
        item=way.item,
        person=person,
        at=at,
        build=build,
        reason_code=reason[0],
        reason=reason[1],
        **more,  # type: ignore[arg-type]
    )
