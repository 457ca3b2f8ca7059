"""What the systems of 住基ネット say to one another on the simulated line behind the CS: telegrams, whose type is the flow.

The CS passes on the records of 住記 as they are; the tables below are those that it makes itself. Simulators only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from functools import partial
from types import MappingProxyType
from typing import Final

from connectors.cs.layouts import NUMBERED, Table
from connectors.kit.errands import Errand
from connectors.kit.flat import flat
from connectors.kit.ids import computed_id, derived_id
from connectors.kit.languages.fields import UCS2, Field, Kind, Layout, fitting
from connectors.kit.languages.telegrams import Dialect
from connectors.kit.ledger import Tokens
from connectors.kit.payload import payload_of

ADACHI: Final = "131211"
TOKYO: Final = "13"
DOOR: Final = "cs-net.sock"  # where the CS listens for the other systems, beside its own socket
CS: Final = "cs"
_JST: Final = timezone(timedelta(hours=9))

PERSON: Final = Table.of(
    """
    住民票コード code 11
    氏名 text 150
    生年月日 code 8
    性別 code 1
    住所 text 300
    個人番号 code 12
    異動事由 code 24
    異動年月日 date 8
    """
)
ENQUIRY: Final = Table.of(
    """
    照会番号 code 40
    住所地市町村コード code 6
    住民票コード code 11
    個人番号 code 12
    氏名 text 150
    生年月日 code 8
    性別 code 1
    住所 text 300
    """
)
CARD: Final = Table.of(
    """
    住民票コード code 11
    処理区分 code 20
    処理年月日 date 8
    """
)
COMPARISON: Final = Table.of(
    """
    整合番号 code 40
    人数 number 4
    """
)
FOUND: Final = Table((Field("該当人数", 4, Kind.NUMBER), *PERSON.fields[:6]))
DIFFERING: Final = "不一致の人数"
RESULT: Final = Layout([Field(name, 4, Kind.NUMBER) for name in ("人数", "一致した人数", DIFFERING)], UCS2)
FOUR: Final = ("氏名", "生年月日", "性別", "住所")
_SAME_IN_LETTERS: Final = ("住民票コード", "生年月日", "性別", "住所")
CARD_ACTS: Final = ("KOUFU", "HAISHI", "KAISHUU", "ICHIJITEISHI-KAIJO", "HENKAN")  # A8-1, our own codes

KINDS: Final = MappingProxyType(
    {
        "A1-4": "2010",
        "A3-5b": "2020",
        "B8-2": "2030",
        "A6-123": "2040",
        "A2-234": "2050",
        "A4-1": "2060",
        "A5-12": "2070",
        "B11": "2080",
        "C2b": "2090",
        "A7-2": "2110",
        "A3-6": "2120",
        "A8-1": "2130",
        "A3-5a": "2210",
        "A3-x2": "2220",
        "A3-1": "2230",
        "B10": "2240",
    }
)
DIALECT: Final = Dialect(
    kinds=KINDS,
    replies=MappingProxyType(
        {
            **dict.fromkeys(("A2-234", "A4-1", "A5-12"), FOUND.layout),
            **dict.fromkeys(("A6-123", "A7-2"), RESULT),
            "B11": NUMBERED,
        }
    ),
)

Person = Mapping[str, str]
Update = Mapping[str, str]


def person(update: Update) -> Person:
    """The eight items of an update that leave the ward (L437)."""
    same = ("住民票コード", "生年月日", "性別", "住所", "個人番号", "異動事由", "異動年月日")
    return {**{name: update.get(name, "") for name in same}, "氏名": update["漢字氏名"]}


def neighbour(update: Update) -> tuple[str, Person] | None:
    """Somebody of another municipality, made of a record of another town by where they came from: (市町村コード, person)."""
    if not update.get("市町村コード転入前"):
        return None
    return update["市町村コード転入前"], {**person(update), "住所": update["転入前住所"]}


def found(one: Person | None) -> Mapping[str, str]:
    """The reply to an enquiry, its texts as the line has them."""
    values = {name: (one or {}).get(name, "") for name in FOUND.columns[1:]}
    return FOUND.coded({"該当人数": "1" if one else "0", **values})


def four(one: Person) -> tuple[str, ...]:
    """The four items, as a letter and a record are held against each other."""
    return tuple(one.get(name, "") for name in FOUR)


def comparison(number: str, persons: Sequence[Person]) -> bytes:
    """整合性確認用本人確認情報."""
    head = COMPARISON.encode({"整合番号": number, "人数": str(len(persons))})
    return head + b"".join(PERSON.encode(one) for one in persons)


def addressees(letter: bytes) -> Iterator[Person]:
    """Whom a 送付先情報 is about, as 機構保存本人確認情報 knows them (L519). Of a text that the line cannot bear nothing is said.

    Nothing said agrees with nothing kept, so that a finding is made of it: what could not be compared is not confirmed.
    """
    for one in payload_of(letter).iterchildren("{*}対象者"):
        said = flat(one)
        known = {"氏名": said.get("氏名漢字", ""), **{name: said.get(name, "") for name in _SAME_IN_LETTERS}}
        yield known if fitting(partial(PERSON.encode, known)) else {"住民票コード": known["住民票コード"]}


def compared(content: bytes) -> Iterator[Person]:
    """The persons of a comparison. Raises `ValueError` for bytes that are none."""
    size = COMPARISON.layout.size
    count = int(COMPARISON.decode(content[:size])["人数"])
    step = PERSON.layout.size
    if len(content) != size + count * step:
        raise ValueError("not as many as it says")
    for place in range(size, len(content), step):
        yield PERSON.decode(content[place : place + step])


def errand(way: tuple[str, str], content: bytes, id_: str, tokens: Tokens, cause: str = "") -> Errand:
    """An errand of the flow `way[0]` to the system `way[1]`.

    Its digest is salted under the sender's key: a ledger shows it, and a number alone could be guessed from a plain one.
    """
    digest = hashlib.sha256(tokens.of("salt", id_).encode("ascii") + content).hexdigest()
    return Errand(id_, *way, digest, content, cause)


def following(cause: str, flow: str, to: str) -> str:
    """The id of the errand to `to` that follows from the message `cause`."""
    return derived_id(cause, flow, cause, to)


def of_the_day(day: date, flow: str, number: int, to: str) -> str:
    """The id of the `number`-th errand of a system's own work on that day."""
    morning = datetime.combine(day, time(9), _JST) + timedelta(seconds=number)
    return computed_id(round(morning.timestamp() * 1000), flow, str(number), to)


def search(persons: Mapping[tuple[str, ...], Person], said: Mapping[str, str]) -> Person | None:
    """Whoever an enquiry is about: by 住民票コード, else by 個人番号, else by all four items."""
    for keys in (("住民票コード",), ("個人番号",), FOUR):
        if all(said.get(name) for name in keys):
            return persons.get((keys[0], *(said[name] for name in keys)))
    return None


def indexed(persons: Sequence[Person]) -> Mapping[tuple[str, ...], Person]:
    """Persons by every way in which they may be searched for."""
    return {
        (keys[0], *(one[name] for name in keys)): one
        for one in persons
        for keys in (("住民票コード",), ("個人番号",), FOUR)
    }
