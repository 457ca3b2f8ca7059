"""情報提供ネットワーク side of a full day: what the 中間サーバー and the department systems tell through the 共通機能 (C1, C2a, C3, C4, C6, C7).

It concerns residents to whom nothing else happens on that day, so that no outcome depends on which process is faster. What
`chukan` and its peers know of the morning stands here too: the copies, the 符号, the enquiries of other bodies.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from lxml import etree

from connectors.juki.day import JST, MILLISECONDS, OPENS
from connectors.juki.items import Pair, flag
from connectors.juki.messages import AT_REG, ways
from connectors.juki.payloads import HOUSEHOLD_INFORMATION
from connectors.juki.resident import Resident
from connectors.juki.told import Follow, Told
from connectors.juki.writing import element
from connectors.kit.domain import COPY_DIFFERS, COPY_FORM, NO_FUGOU, NO_GROUND, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.ids import computed_id, follow_up_id
from connectors.kit.shown import content_digest

if TYPE_CHECKING:
    from connectors.juki.town import Town

CHUKAN, ATENA, JUKI = "chukan", "atena", "juki"
SYSTEMS: Final = ("kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho", "zei")
FOUR: Final = ("氏名", "生年月日", "性別", "住所")
ITEMS: Final = ("世帯番号", "世帯主である旨", "世帯主との続柄", "世帯員の並び順")
TAXES: Final = "TM00000000000002"  # 地方税関係情報
#: An affair that stands on the national list but in a row that the ward has not confirmed (別紙1の152の項).
UNCONFIRMED: Final = "職業訓練受講給付金の支給に関する事務"
_AFFAIRS: Final = (
    "児童扶養手当の支給に関する事務",
    "生活保護の決定及び実施に関する事務",
    "健康保険の被扶養者の認定に関する事務",
    "住宅の使用料の減免に関する事務",
    UNCONFIRMED,
)
_OFF_LIST: Final = "観光案内の送付に関する事務"
#: Bodies that ask (C3) and are asked (C6).
BODIES: Final = ("見本県", "見本市", "見本町", "試験健康保険組合")
_EACH, _MOST, _SUPPRESSED = 24, 40, 4
_EXPORTS = 28  # every fifth of them is found to differ


@dataclass(frozen=True, slots=True)
class Enquiry:
    """提供の求め of another body about one resident, as the 情報提供ネットワークシステム hands it on (C3). `id` is its MessageId there.

    `refusal` is the code with which the 中間サーバー must refuse it; otherwise `approval` (承認区分) is what the ward must say.
    `withheld`: the copy may not be answered from automatically.
    """

    id: str
    number: str
    process: str
    person: str
    body: str
    affair: str
    items: tuple[str, ...]
    permit: str
    route: str
    at: datetime
    withheld: bool
    refusal: str
    approval: str


@dataclass(frozen=True, slots=True)
class Fugou:
    """A 符号取得要求 (CK-FGU) of the day, which follows from the first AT-REG `cause` of a new person (C2a).

    `person` is their 宛名番号; `at` the time of the 異動 that made them known.
    """

    cause: str
    message_id: str
    process: str
    person: str
    at: datetime

    @property
    def follow(self) -> Follow:
        """As the plan knows it."""
        return Follow("C2a", "CK-FGU", ATENA, JUKI)


def told(town: Town) -> Iterator[Told]:
    """All of it, in order of time within each flow."""
    yield from _copies(town)
    yield from _approvals(town)
    yield from _four_items(town)
    yield from _enquiries(town)
    yield from _exports(town)


# --- the morning --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def quiet(town: Town) -> tuple[Resident, ...]:
    """The residents of the morning to whom nothing happens on the day, in an order of the seed's, a few suppressed ones first. Raises `ValueError` for none."""
    busy = {event.person for event in town.events}
    found = [one for one in town.population.residents if one.atena not in busy]
    if not found:
        raise ValueError("a full day needs somebody to whom nothing happens")
    random.Random(f"full/nws/{town.seed}").shuffle(found)
    suppressed = [one for one in found if one.suppressed][:_SUPPRESSED]
    return tuple([*suppressed, *(one for one in found if one not in suppressed)][: 2 * _MOST])


def fugou_of(number: str) -> str:
    """符号 of a 団体内統合宛名番号 at this body (invented: between 中間サーバー and 情報提供ネットワークシステム alone)."""
    return hashlib.sha256(f"fugou/{number}".encode()).hexdigest()[:32].upper()


def process_number(town: Town, *parts: str) -> str:
    """処理通番: 20 digits, the day first."""
    digest = hashlib.sha256("/".join((str(town.seed), *parts)).encode()).digest()
    return f"{town.day:%Y%m%d}{int.from_bytes(digest[:8], 'big') % 10**12:012d}"


@lru_cache(maxsize=2)
def without_fugou(town: Town) -> frozenset[str]:
    """宛名番号 of residents whose 符号 has not been obtained yet: nobody can enquire about them (「符号が未取得です」)."""
    return frozenset(one.atena for one in quiet(town)[-2:])


@lru_cache(maxsize=2)
def outdated(town: Town) -> frozenset[str]:
    """宛名番号 of residents of whose 副本 a registration was lost before the day: what C7 is there to find."""
    return frozenset(one.atena for one in _several(town, _EXPORTS, 2)[::5])


def copy_of(town: Town, one: Resident) -> tuple[Pair, ...]:
    """What the 中間サーバー holds of a resident in the morning, from 版 on."""
    return (
        ("版", str(one.version)),
        ("自動応答不可フラグ", flag(one.suppressed)),
        ("異動年月日", one.address_since.isoformat()),
        ("副本", household_of(town, one)),
    )


def household_of(town: Town, one: Resident) -> tuple[tuple[str, str], ...]:
    """The 住民票関係情報 of that copy."""
    order = one.order + 1 if one.atena in outdated(town) else one.order
    return _household(one, relation=one.relation, order=order)


def enquiries(town: Town) -> tuple[Enquiry, ...]:
    """提供の求め of the day, in order of time."""
    return _enquired(town)


@lru_cache(maxsize=2)
def _enquired(town: Town) -> tuple[Enquiry, ...]:
    draw = random.Random(f"full/nws/c3/{town.seed}")
    people = sorted(quiet(town)[: _EACH + 4], key=lambda one: not one.suppressed)
    found = []
    for place, at in enumerate(_times(town, "C3", _EACH + 4)):
        one = people[place % len(people)]
        off_list = place % 7 == 3
        affair = _OFF_LIST if off_list else _AFFAIRS[place % len(_AFFAIRS)]
        id_ = computed_id(_ms(at), f"C3/{town.seed}/{place}", "提供の求め")
        found.append(
            Enquiry(
                id=id_,
                number=_number(town, "SH-C3", place),
                process=process_number(town, "C3", str(place)),
                person=one.atena,
                body=draw.choice(BODIES),
                affair=affair,
                items=ITEMS[: 1 + place % len(ITEMS)],
                permit=_number(town, "KY", place),
                route=f"見本県情報提供経路{place % 9 + 1:02d}",
                at=at,
                # A suppressed person's copy, and a few that the ward has set apart for another reason.
                withheld=one.suppressed or place % 6 == 1,
                refusal=NO_GROUND if off_list else "",
                approval="9" if affair == UNCONFIRMED else "1",
            )
        )
    return tuple(found)


@lru_cache(maxsize=2)
def fugou(town: Town) -> tuple[Fugou, ...]:
    """The 符号取得要求 of the day: one for each person whom the 共通機能 did not know in the morning."""
    known = set(town.registered())
    found = []
    for event in town.events:
        if event.planned or event.person in known or AT_REG not in ways(event):
            continue
        known.add(event.person)
        cause = computed_id(event.at_ms, event.id, AT_REG.flow, AT_REG.sender, AT_REG.recipient)
        process = process_number(town, "C2", cause)
        found.append(Fugou(cause, follow_up_id(cause, JUKI), process, event.person, event.at))
    return tuple(found)


# --- what is told -------------------------------------------------------------------------------------------------------


def _copies(town: Town) -> Iterator[Told]:
    """C1 on purpose wrong: copies that the form check refuses (L1119), and ones that come after a newer one."""
    people = quiet(town)[_EACH + 4 :] or quiet(town)
    times = iter(_times(town, "C1", 10))
    for place in range(4):
        one = people[place % len(people)]
        relation = "20" if one.is_head else "02"
        pairs = _copy_pairs(one, 100 + place, HOUSEHOLD_INFORMATION if place % 2 else TAXES, relation)
        yield _copy(f"C1-form-{place}", one, next(times), pairs, COPY_FORM)
    for place in range(3):
        one = people[(4 + place) % len(people)]
        for version, code in ((202 + place, ""), (201 + place, STALE_VERSION)):
            pairs = _copy_pairs(one, version, HOUSEHOLD_INFORMATION, one.relation)
            yield _copy(f"C1-version-{place}-{version}", one, next(times), pairs, code)


def _copy(name: str, one: Resident, at: datetime, pairs: Sequence[Pair], rejection: str) -> Told:
    return Told(
        id=name,
        flow="C1",
        type="CK-DBM",
        sender=JUKI,
        recipient=ATENA,
        item="bangou-19-8-fukuhon",
        person=one.atena,
        at=at,
        build=partial(element, "fukuhon", "副本登録", tuple(pairs)),
        reason_code="FUKUHON",
        reason="副本の登録",
        follows=(Follow("C1", "CK-DBM", ATENA, CHUKAN, rejection),),
    )


def _approvals(town: Town) -> Iterator[Told]:
    """C3: one for every enquiry that the list allows."""
    for one in enquiries(town):
        if not one.refusal:
            yield Told(
                id=f"C3-{one.number}",
                flow="C3",
                type="CK-TKY",
                sender=CHUKAN,
                recipient=ATENA,
                item="bangou-19-8-shounin",
                person=one.process,
                at=one.at,
                build=partial(_approval, town, one),
                reason_code="TEIKYOU",
                reason="情報提供の承認の求め",
                follows=(Follow("C3", "CK-TKR", ATENA, CHUKAN),),
                held=one.withheld,
            )


def _approval(town: Town, one: Enquiry) -> etree._Element:
    copy = dict(household_of(town, town.population.by_atena[one.person]))
    told = {name: copy[name] for name in one.items}
    pairs: tuple[Pair, ...] = (
        ("照会番号", one.number),
        ("処理通番", one.process),
        ("照会機関", one.body),
        ("事務名", one.affair),
        ("特定個人情報名コード", HOUSEHOLD_INFORMATION),
        *(("提供項目", name) for name in one.items),
        ("提供許可証番号", one.permit),
        ("経路情報", one.route),
        ("提供内容ダイジェスト", content_digest(one.number, one.permit, told)),
        ("自動応答不可フラグ", flag(one.withheld)),
    )
    return element("teikyou", "提供承認要求", pairs)


def _four_items(town: Town) -> Iterator[Told]:
    """C4: questions about residents, and two about nobody whom the 共通機能 knows."""
    draw = random.Random(f"full/nws/c4/{town.seed}")
    back = (Follow("C4", "CK-4R", JUKI, ATENA, follows=(Follow("C4", "CK-4R", ATENA, CHUKAN),)),)
    onward = (Follow("C4", "CK-4J", ATENA, JUKI, follows=back),)
    for place, (person, at) in enumerate(zip(_asked(town, 1), _times(town, "C4", _EACH + 2), strict=True)):
        number = town.integrated(person)
        asked = tuple(name for name in FOUR if draw.random() < 0.6) or ("氏名",)
        pairs = (
            ("照会番号", _number(town, "SH-C4", place)),
            ("団体内統合宛名番号", number),
            *(("照会項目", name) for name in asked),
        )
        unknown = person in strangers(town)
        yield Told(
            id=f"C4-{place}",
            flow="C4",
            type="CK-4J",
            sender=CHUKAN,
            recipient=ATENA,
            item="bangou-19-8-shoukai-4",
            person=number,
            at=at,
            build=partial(element, "shijouhou", "四情報照会", pairs),
            reason_code="YONJOUHOU",
            reason="4情報の照会",
            rejection=UNKNOWN_PERSON if unknown else "",
            follows=() if unknown else onward,
        )


def _enquiries(town: Town) -> Iterator[Told]:
    """C6: of each system of L101, never of 住基事務; some about strangers, some about persons without 符号."""
    missing = sorted(without_fugou(town))
    people = [*_asked(town, 3), *missing]
    for place, (person, at) in enumerate(zip(people, _times(town, "C6", len(people)), strict=True)):
        system = SYSTEMS[place % len(SYSTEMS)]
        unknown = person in strangers(town)
        back = (Follow("C6", "CK-SKR", CHUKAN, ATENA, follows=(Follow("C6", "CK-SKR", ATENA, system),)),)
        code = NO_FUGOU if person in missing else ""
        onward = (Follow("C6", "CK-SKI", ATENA, CHUKAN, code, () if code else back),)
        yield Told(
            id=f"C6-{place}",
            flow="C6",
            type="CK-SKI",
            sender=system,
            recipient=ATENA,
            item="bangou-19-8-shoukai",
            person=person,
            at=at,
            build=partial(_enquiry, town, place, system, town.integrated(person)),
            reason_code="SHOUKAI",
            reason="情報照会",
            rejection=UNKNOWN_PERSON if unknown else "",
            follows=() if unknown else onward,
        )


def _enquiry(town: Town, place: int, system: str, number: str) -> etree._Element:
    year = town.day.year - 1
    pairs: tuple[Pair, ...] = (
        ("照会番号", _number(town, "SH-C6", place)),
        ("団体内統合宛名番号", number),
        ("照会部署", _SECTIONS[SYSTEMS.index(system)]),
        ("事務コード", f"JM{SYSTEMS.index(system) + 1:014d}"),
        ("事務手続コード", f"JT{place % 5 + 1:014d}"),
        ("情報提供者", BODIES[place % len(BODIES)]),
        ("特定個人情報名コード", TAXES),
        ("照会開始年月日", f"{year}-04-01"),
        ("照会終了年月日", f"{year + 1}-03-31"),
    )
    return element("shoukai", "情報照会", pairs)


_SECTIONS: Final = (
    "介護保険課",
    "障がい福祉課",
    "保健予防課",
    "国民健康保険課",
    "福祉管理課",
    "足立福祉事務所",
    "課税課",
)


def _exports(town: Town) -> Iterator[Told]:
    """C7: copies of the morning, some of them outdated, and one of nobody."""
    people = _several(town, _EXPORTS, 2)
    times = _times(town, "C7", _EXPORTS + 1)
    for place, (one, at) in enumerate(zip(people, times, strict=False)):
        code = COPY_DIFFERS if one.atena in outdated(town) else ""
        onward = (Follow("C7", "CK-EXP", ATENA, JUKI, code),)
        yield _export(town, f"C7-{place}", town.integrated(one.atena), one, at, "", onward)
    stranger = town.integrated(strangers(town)[0])
    yield _export(town, "C7-stranger", stranger, people[0], times[-1], UNKNOWN_PERSON, ())


def _export(
    town: Town, name: str, number: str, one: Resident, at: datetime, rejection: str, follows: tuple[Follow, ...]
) -> Told:
    pairs: tuple[Pair, ...] = (
        ("出力年月日", town.day.isoformat()),
        ("特定個人情報名コード", HOUSEHOLD_INFORMATION),
        ("団体内統合宛名番号", number),
    )
    return Told(
        id=name,
        flow="C7",
        type="CK-EXP",
        sender=CHUKAN,
        recipient=ATENA,
        item="bangou-19-8-shougou",
        person=number,
        at=at,
        build=partial(element, "fukuhon-export", "副本照合データ", (*pairs, *copy_of(town, one))),
        reason_code="SHOUGOU",
        reason="副本と原本の照合",
        rejection=rejection,
        follows=follows,
    )


# --- inside -------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def strangers(town: Town) -> tuple[str, str]:
    """Two 宛名番号 that nobody bears: neither in the morning nor later."""
    borne = {*town.registered(), *(event.person for event in town.events)}
    draw = random.Random(f"full/nws/strangers/{town.seed}")
    free = (number for number in iter(lambda: str(draw.randint(10**9, 10**10 - 1)), "") if number not in borne)
    return next(free), next(free)


def _asked(town: Town, turn: int) -> Sequence[str]:
    """Residents who are asked about, and the two strangers among them."""
    people = [one.atena for one in _several(town, _EACH, turn) if one.atena not in without_fugou(town)]
    while len(people) < _EACH:
        people.append(people[-1])
    first, second = strangers(town)
    return [*people[:9], first, *people[9:17], second, *people[17:]]


def _several(town: Town, count: int, turn: int) -> Sequence[Resident]:
    """`count` quiet residents, beginning elsewhere for every `turn`; in a small town some come again."""
    people = quiet(town)
    return [people[(turn * 7 + place) % len(people)] for place in range(count)]


def _household(one: Resident, *, relation: str, order: int) -> tuple[tuple[str, str], ...]:
    return (
        ("世帯番号", one.household),
        ("世帯主である旨", flag(one.is_head)),
        ("世帯主との続柄", relation),
        ("世帯員の並び順", str(order)),
    )


def _copy_pairs(one: Resident, version: int, information: str, relation: str) -> Sequence[Pair]:
    return (
        ("特定個人情報名コード", information),
        ("宛名番号", one.atena),
        ("版", str(version)),
        ("自動応答不可フラグ", flag(one.suppressed)),
        ("異動年月日", one.address_since.isoformat()),
        ("副本", _household(one, relation=relation, order=one.order)),
    )


def _times(town: Town, flow: str, count: int) -> Sequence[datetime]:
    """Strictly rising moments of the day."""
    draw = random.Random(f"full/nws/times/{flow}/{town.seed}")
    opening = datetime.combine(town.day, OPENS, JST)
    return [opening + timedelta(milliseconds=one) for one in sorted(draw.sample(range(MILLISECONDS), count))]


def _number(town: Town, kind: str, place: int) -> str:
    return f"{kind}-{town.day:%Y%m%d}-{place + 1:04d}"


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
