"""What 印鑑, 税 and 戸籍 tell the certificate server (D2), what 戸籍 tells 住記 (B10), and who asks for a certificate (D3).

Only about residents to whom nothing else happens today, so that no outcome depends on which process is faster. Nobody of the
synthetic town has a 本籍 in the ward, so that of the 戸籍システム is made from the address.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from lxml import etree

from connectors.juki.day import JST, MILLISECONDS, OPENS
from connectors.juki.items import flag
from connectors.juki.places import ADACHI_CODE
from connectors.juki.resident import Resident, age_on
from connectors.juki.told import Told
from connectors.kit.domain import NO_MATCH, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.flat import built
from connectors.kit.ids import computed_id

if TYPE_CHECKING:
    from connectors.juki.town import Town

RESIDENCE: Final = "JUUMINHYOU"
ISSUED, SUPPRESSED, UNKNOWN, ABSENT = "issued", "suppressed", "unknown", "absent"
_EACH: Final = 30  # messages of each source
_FLAGGED: Final = 3
_KINDS: Final[Mapping[str, Sequence[str]]] = {
    "inkan": ("INKAN",),
    "zei": ("KAZEI", "NOUZEI"),
    "koseki": ("KOSEKI_ZENBU", "KOSEKI_KOJIN", "FUHYOU"),
}
_WORDS: Final = {"inkan": "印鑑登録の異動", "zei": "税証明の異動", "koseki": "戸籍の異動"}
_NOTICES: Final = ("KONIN", "RIKON", "TENSEKI", "SHIMEI", "YOUSHI", "SONOTA")
_RENAMED: Final = frozenset({"KONIN", "SHIMEI", "YOUSHI"})
_EVENING: Final = time(17, 30)  # shops stay open when the counters have closed
_NOBODY: Final = "見知　らぬ人"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request at a shop. `outcome`: `issued`, or the server's own reason for a refusal.

    `awaits` are the messages that the server must have taken before it decides.
    """

    number: str
    at: datetime
    certificate: str
    serial: str
    shop: str
    outcome: str
    awaits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """A record that `sender` tells of: the `edition`-th of this kind about a person. `serial` counts the sender's records."""

    sender: str
    serial: int
    kind: str
    one: Resident
    edition: int
    rejection: str

    @property
    def key(self) -> str:
        """The sender's own key for the person; 戸籍 has none of the ward's numbers."""
        one = self.one
        return "/".join((_register(one), one.name, one.birth)) if self.sender == "koseki" else one.atena


def told(town: Town) -> Iterable[Told]:
    """D2 of all three sources and the 戸籍通知 of B10."""
    yield from (one for one, _ in _certified(town))
    yield from _koseki_notices(town)


def requests(town: Town) -> tuple[Asked, ...]:
    """D3 in the order of the day; each outcome several times."""
    people = settled(town)
    cards = {one.atena: one for one in people if one.card}
    flagged = _flagged(people)
    records = [(message, source) for message, source in _certified(town) if not source.rejection]
    held = {(source.one.atena, source.kind) for _, source in records if source.one.atena in cards}
    free = [atena for atena in cards if atena not in flagged]
    wanted = [(atena, RESIDENCE, ISSUED) for atena in free[:10]]
    wanted += [(atena, kind, ISSUED) for atena, kind in sorted(held) if atena not in flagged][:20]
    wanted += [(atena, RESIDENCE, SUPPRESSED) for atena in sorted(flagged)]
    wanted += [(atena, kind, SUPPRESSED) for atena, kind in sorted(held) if atena in flagged][:3]
    wanted += [(atena, "INKAN", ABSENT) for atena in free if (atena, "INKAN") not in held][:3]
    wanted += [("", RESIDENCE, UNKNOWN)] * 3
    random.Random(f"full/certificates/requests/{town.seed}").shuffle(wanted)
    return tuple(
        _asked(
            (number, town.day),
            cards.get(atena),
            (certificate, outcome),
            tuple(message.message_id for message, source in records if source.one.atena == atena),
        )
        for number, (atena, certificate, outcome) in enumerate(wanted)
    )


def settled(town: Town) -> tuple[Resident, ...]:
    """Japanese adults to whom nothing happens today, nobody else has whose name and birth; those with a card first."""
    moved = {event.person for event in town.events}
    everybody = {(one.atena, one.name, one.birth) for one in town.population.residents}
    everybody |= {(event.after.atena, event.after.name, event.after.birth) for event in town.events}
    same = Counter((name, birth) for _, name, birth in everybody)
    found = (
        one
        for one in town.population.residents
        if one.atena not in moved
        and one.family_register is not None
        and not one.suppressed
        and same[one.name, one.birth] == 1
        and age_on(one.birth, town.day) >= 18
    )
    return tuple(sorted(found, key=lambda one: one.card is None))


def _flagged(people: Sequence[Resident]) -> frozenset[str]:
    """For whom the sources have a 抑止フラグ."""
    return frozenset(one.atena for one in people[:_FLAGGED])


# --- D2 -----------------------------------------------------------------------------------------------------------------


def _certified(town: Town) -> Iterator[tuple[Told, _Source]]:
    people = settled(town)
    flagged = _flagged(people)
    for sender in _KINDS if people else ():
        item, way = f"conbini-{sender}", ("D2", "CV-CERT", sender, "conbini")
        for at, source in zip(_times(town, sender), _records(sender, people), strict=True):
            suppressed = source.one.atena in flagged
            yield _told(item, way, source, at, partial(_certificate, source, at.date(), suppressed=suppressed)), source


def _records(sender: str, people: Sequence[Resident]) -> Iterator[_Source]:
    """Of ten messages one is about somebody whom the server does not have, and the next one is no news."""
    editions: Counter[tuple[str, str]] = Counter()
    kinds = _KINDS[sender]
    for serial in range(_EACH):
        one, kind = people[serial // len(kinds) % len(people)], kinds[serial % len(kinds)]
        if serial % 10 == 8:
            nobody = replace(one, name=_NOBODY, atena=f"99{serial:07}")
            yield _Source(sender, serial, kind, nobody, 1, NO_MATCH if sender == "koseki" else UNKNOWN_PERSON)
        elif serial % 10 == 9:
            yield _Source(sender, serial, kinds[0], people[0], editions[people[0].atena, kinds[0]], STALE_VERSION)
        else:
            editions[one.atena, kind] += 1
            yield _Source(sender, serial, kind, one, editions[one.atena, kind], "")


def _certificate(source: _Source, day: date, *, suppressed: bool) -> etree._Element:
    one = source.one
    items = {
        "証明書種別": source.kind,
        "版": str(source.edition),
        "異動年月日": day.isoformat(),
        "抑止フラグ": flag(suppressed),
        "氏名": one.name,
        "生年月日": one.birth,
        "住所": one.address.text,
        "宛名番号": "" if source.sender == "koseki" else one.atena,
    }
    return built("shoumei", "証明書情報", {**items, **_CONTENTS[source.sender](source)})


def _seal(source: _Source) -> Mapping[str, str]:
    registered = {
        "印鑑登録番号": f"{source.serial:05}",
        "登録年月日": source.one.resident_since.isoformat(),
        "登録状態": "1",
    }
    return {f"印鑑登録証明情報/{name}": text for name, text in registered.items()}


def _tax(source: _Source) -> Mapping[str, str]:
    due = 1_000 * (source.serial + 50)
    income, paid = (35 * due, "") if source.kind == "KAZEI" else ("", due)
    return {
        "税証明情報/年度": "2025",
        "税証明情報/合計所得金額": str(income),
        "税証明情報/年税額": str(due),
        "税証明情報/納付済額": str(paid),
    }


def _koseki(source: _Source) -> Mapping[str, str]:
    return {
        "戸籍証明情報/本籍地市町村コード": ADACHI_CODE,
        "戸籍証明情報/戸籍の表示/本籍": _register(source.one),
        "戸籍証明情報/戸籍の表示/筆頭者": _head(source.one),
    }


_CONTENTS: Final[Mapping[str, Callable[[_Source], Mapping[str, str]]]] = {
    "inkan": _seal,
    "zei": _tax,
    "koseki": _koseki,
}


# --- B10 ----------------------------------------------------------------------------------------------------------------


def _koseki_notices(town: Town) -> Iterator[Told]:
    people = settled(town)
    for serial, at in enumerate(_times(town, "notices") if people else ()):
        one, kind = people[serial % len(people)], _NOTICES[serial % len(_NOTICES)]
        rejection = NO_MATCH if serial % 8 == 7 else ""
        source = _Source("koseki", serial, kind, replace(one, name=_NOBODY) if rejection else one, 1, rejection)
        way = ("B10", "KS-NOTE", "koseki", "juki")
        yield _told("juki-9-2", way, source, at, partial(_notice, source, at.date()))


def _notice(source: _Source, day: date) -> etree._Element:
    one = source.one
    happened = (day - timedelta(days=1 + source.serial % 5)).isoformat()
    items = {
        "通知番号": f"KS-{day:%Y%m%d}-{source.serial:04}",
        "通知事由": source.kind,
        "事由の生じた年月日": happened,
        "届出の年月日": happened,
        "受理市町村コード": ADACHI_CODE,
        "氏名": one.name,
        "変更後の氏名": f"新　{one.name.rpartition('　')[2]}" if source.kind in _RENAMED else "",
        "生年月日": one.birth,
        "性別": one.sex.value,
        "住所": one.address.text,
        "戸籍の表示/本籍": _register(one),
        "戸籍の表示/筆頭者": _head(one),
    }
    return built("koseki", "戸籍通知", items)


# --- D3 -----------------------------------------------------------------------------------------------------------------


def _asked(place: tuple[int, date], one: Resident | None, wanted: tuple[str, str], awaits: tuple[str, ...]) -> Asked:
    number, day = place
    at = datetime.combine(day, _EVENING, JST) + timedelta(minutes=3 * number)
    return Asked(
        number=computed_id(round(at.timestamp() * 1000), f"D3-{number:03}", "D3", "j-center", "conbini"),
        at=at,
        certificate=wanted[0],
        # A serial of one digit is nobody's: those of the town have eight.
        serial=one.card.authentication_serial if one and one.card else str(number % 10),
        shop=f"KIOSK-{1 + number % 7:03}",
        outcome=wanted[1],
        awaits=awaits,
    )


# --- inside -------------------------------------------------------------------------------------------------------------


def _told(
    item: str, way: tuple[str, str, str, str], source: _Source, at: datetime, build: Callable[[], etree._Element]
) -> Told:
    flow, type_, sender, recipient = way
    return Told(
        id=f"{flow}-{sender}-{source.serial:03}",
        flow=flow,
        type=type_,
        sender=sender,
        recipient=recipient,
        item=item,
        person=source.key,
        at=at,
        build=build,
        reason_code=source.sender.upper(),
        reason=_WORDS[source.sender],
        rejection=source.rejection,
    )


def _times(town: Town, what: str) -> Sequence[datetime]:
    """`_EACH` times of the counters' hours, rising."""
    draw = random.Random(f"full/certificates/{town.seed}/{what}")
    opening = datetime.combine(town.day, OPENS, JST)
    return [opening + timedelta(milliseconds=offset) for offset in sorted(draw.sample(range(MILLISECONDS), _EACH))]


def _register(one: Resident) -> str:
    """本籍 in the ward: the address up to its 番."""
    return f"{one.address.text.partition('番')[0]}番地"


def _head(one: Resident) -> str:
    """筆頭者."""
    return one.family_register[1] if one.family_register else one.name
