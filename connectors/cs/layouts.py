"""The layout tables of the CS: what stands at which place of its telegrams. UCS-2, fixed length, a table for each 電文種別.

Invented: the real formats are confidential. A line of a table is an item of 別添2 (a path, for a compound item), its kind and its
width in characters. An item that is not there is blank. 外字 cross by the room's table; a character without a place is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from lxml import etree

from connectors.kit.flat import built, flat, record
from connectors.kit.languages.fields import ASCII, UCS2, Field, Kind, Layout
from connectors.kit.languages.telegrams import Dialect
from connectors.kit.text import Gaiji, read_gaiji
from connectors.kit.text.charset import OWN

MOST_PERSONS: Final = 1000
MOST_OWN: Final = 90  # persons that the CS alone has, in one reply of 整合


@cache
def gaiji() -> Gaiji:
    """The room's 外字 table. Raises `Faults` for a table that is none."""
    text = resources.files("connectors.cs").joinpath("gaiji.tsv").read_text(encoding="utf-8")
    return read_gaiji(text, "gaiji.tsv")


@dataclass(frozen=True, slots=True)
class Table:
    """One layout table. Texts go through the 外字 table, everything else stands as it is."""

    fields: Sequence[Field]
    layout: Layout = field(init=False, repr=False)
    columns: tuple[str, ...] = field(init=False, repr=False)
    texts: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layout", Layout(self.fields, UCS2))
        object.__setattr__(self, "columns", tuple(one.name for one in self.fields))
        object.__setattr__(self, "texts", frozenset(one.name for one in self.fields if one.kind is Kind.TEXT))

    @classmethod
    def of(cls, text: str) -> Table:
        """Out of lines `item kind width`."""
        rows = (line.split() for line in text.strip().splitlines())
        return cls(tuple(Field(name, int(width), Kind(kind)) for name, kind, width in rows))

    def coded(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """Texts as the line has them. Raises `Refused` for a 外字 without a code."""
        own = gaiji()
        return {name: own.outgoing(text, name) if name in self.texts else text for name, text in values.items()}

    def meant(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """Texts as we have them. Raises `ValueError` for a code that the table does not know."""
        own = gaiji()
        if any(code not in own.meant for name in self.texts for code in OWN.findall(values.get(name, ""))):
            raise ValueError("a 外字 without a meaning")
        return {name: own.incoming(text, name) if name in self.texts else text for name, text in values.items()}

    def encode(self, values: Mapping[str, str]) -> bytes:
        """The record; an item that `values` lack is blank. Raises as `Layout.encode`."""
        blank = dict.fromkeys(self.columns, "")
        return self.layout.encode(self.coded({**blank, **values}))

    def decode(self, data: bytes) -> Mapping[str, str]:
        """The items that are there. Raises `ValueError` for bytes that are no such record."""
        return MappingProxyType({name: text for name, text in self.meant(self.layout.decode(data)).items() if text})


# --- from 住記 ----------------------------------------------------------------------------------------------------------

UPDATE: Final = Table.of(
    """
    住民票コード code 11
    漢字氏名 text 150
    外字数氏名 number 3
    ふりがな氏名 text 150
    清音化かな氏名 text 150
    生年月日 code 8
    性別 code 1
    市町村コード code 6
    大字字コード code 12
    郵便番号 code 7
    住所 text 300
    外字数住所 number 3
    個人番号 code 12
    住民となった日 date 8
    住所を定めた日 date 8
    届出の年月日 date 8
    市町村コード転入前 code 6
    転入前住所 text 300
    外字数転入前住所 number 3
    続柄 code 8
    異動事由 code 24
    異動年月日 date 8
    異動事由詳細 code 40
    旧住民票コード code 11
    住民票コード使用年月日 date 8
    依頼管理番号 code 40
    操作者ID code 20
    操作端末ID code 20
    更新順番号 code 18
    異常時更新順番号 code 18
    更新禁止フラグ code 1
    予定者フラグ code 1
    排他フラグ code 1
    外字フラグ code 1
    レコード状況フラグ code 8
    タイムスタンプ code 17
    旧氏漢字 text 150
    旧氏外字数 number 3
    旧氏ふりがな text 150
    旧氏外字変更連番 code 18
    """
)
ARRIVAL: Final = Table.of(
    """
    異動事由 code 24
    転入年月日 date 8
    届出の年月日 date 8
    氏名 text 150
    旧氏 text 150
    生年月日 code 8
    性別 code 1
    戸籍の表示/本籍 text 300
    戸籍の表示/筆頭者 text 150
    住所 text 300
    市町村コード code 6
    転入前住所 text 300
    市町村コード転入前 code 6
    国籍地域 code 3
    """
)
REQUEST: Final = Table.of(
    """
    依頼番号 code 40
    転出元市町村コード code 6
    届出の年月日 date 8
    氏名 text 150
    生年月日 code 8
    性別 code 1
    """
)
NUMBER: Final = Table.of(
    """
    依頼番号 code 40
    住民票コード code 11
    生成要求事由 code 8
    """
)
PROCESS: Final = Table.of(
    """
    処理通番 code 30
    住民票コード code 11
    """
)
RECONCILIATION: Final = Table.of(
    """
    整合番号 code 40
    基準年月日 date 8
    分割番号 number 4
    分割数 number 4
    対象となる人数 number 4
    """
)
RECONCILED: Final = Table.of(
    """
    住民票コード code 11
    氏名 text 150
    生年月日 code 8
    性別 code 1
    住所 text 300
    異動年月日 date 8
    """
)
RECORDS: Final[Mapping[str, tuple[Table, str, str]]] = MappingProxyType(
    {
        "HK-UPD": (UPDATE, "honnin", "本人確認情報更新"),
        "TN-NOTE": (ARRIVAL, "tennyuu", "転入通知"),
        "TS-REQ": (REQUEST, "soushin", "転出証明書送信依頼"),
        "BN-REQ": (NUMBER, "bangou", "番号生成要求"),
        "CK-FGC": (PROCESS, "fugou", "符号取得用住民票コード通知"),
    }
)

# --- to 住記 ------------------------------------------------------------------------------------------------------------

UPDATED: Final = Layout([Field("更新順番号", 18, Kind.CODE)], UCS2)
NUMBERED: Final = Layout([Field("個人番号", 12, Kind.CODE), Field("生成年月日", 8, Kind.DATE)], UCS2)
# 判定 has one character for each person of the question, in its order: see `connectors.cs.reconciling`.
COMPARED: Final = Layout(
    [
        Field("判定", MOST_PERSONS, Kind.CODE),
        Field("CSのみの人数", 4, Kind.NUMBER),
        Field("CSのみの住民票コード", 11 * MOST_OWN, Kind.CODE),
    ],
    ASCII,
)
_HEADING: Final = """
    電文種類 code 8
    流れ code 8
    根拠 code 40
    電文番号 code 36
    会話番号 code 36
    作成日時 code 32
    対象者整理番号 code 32
    処理事由コード code 24
    処理事由 text 100
    失効日時 code 32
    """
_QUALIFIED: Final = tuple(
    f"{name}の被保険者該当の有無資格取得喪失年月日" for name in ("国民健康保険", "後期高齢者医療", "介護保険")
)
_PENSION: Final = "国民年金の被保険者該当の有無基礎年金番号種別種別の変更があった年月日資格取得喪失年月日"
_CERTIFICATE: Final = f"""
    転出予定年月日 date 8
    転出元市町村コード code 6
    届出の年月日 date 8
    氏名 text 150
    旧氏 text 150
    通称 text 150
    氏名のフリガナ text 150
    旧氏のフリガナ text 150
    通称のフリガナ text 150
    生年月日 code 8
    性別 code 1
    世帯主の氏名及び世帯主との続柄/世帯主の氏名 text 150
    世帯主の氏名及び世帯主との続柄/世帯主との続柄 code 8
    戸籍の表示/本籍 text 300
    戸籍の表示/筆頭者 text 150
    住所 text 300
    住所を定めた年月日 date 8
    転出先住所 text 300
    転出先市町村コード code 6
    個人番号 code 12
    住民票コード code 11
    {_QUALIFIED[0]}/被保険者該当の有無 code 1
    {_QUALIFIED[0]}/資格取得年月日 date 8
    {_QUALIFIED[0]}/資格喪失年月日 date 8
    {_QUALIFIED[1]}/被保険者該当の有無 code 1
    {_QUALIFIED[1]}/資格取得年月日 date 8
    {_QUALIFIED[1]}/資格喪失年月日 date 8
    {_QUALIFIED[2]}/被保険者該当の有無 code 1
    {_QUALIFIED[2]}/資格取得年月日 date 8
    {_QUALIFIED[2]}/資格喪失年月日 date 8
    {_PENSION}/被保険者該当の有無 code 1
    {_PENSION}/基礎年金番号 code 10
    {_PENSION}/種別 code 1
    {_PENSION}/種別の変更があった年月日 date 8
    {_PENSION}/資格取得年月日 date 8
    {_PENSION}/資格喪失年月日 date 8
    児童手当の受給開始終了年月/受給開始年月 code 7
    児童手当の受給開始終了年月/受給終了年月 code 7
    国籍地域 code 3
    中長期在留者である旨 code 1
    在留資格 code 8
    在留期間 text 200
    在留期間の満了の日 date 8
    在留カードの番号 code 12
    特別永住者である旨 code 1
    特別永住者証明書の番号 code 20
    個人番号カード及び住基カードの発行状況 code 8
    """
HEADING: Final = Table.of(_HEADING)
CERTIFICATE: Final = Table.of(_CERTIFICATE)
# One record for both kinds of notice, as a feed has one order: behind the heading the items of a 転出証明書情報, then those of a
# 転入通知 under names of their own. The items of the other kind are blank.
_ARRIVED: Final = "転入通知:"
INCOMING: Final = Table(
    (
        *HEADING.fields,
        *CERTIFICATE.fields,
        *(Field(_ARRIVED + one.name, one.width, one.kind) for one in ARRIVAL.fields),
    )
)
# 観測: what the CS did with the systems behind it, one exchange a record. The columns are English, as in every room's.
OBSERVED: Final = Layout(
    [
        Field("reference", 36, Kind.CODE),
        Field("flow", 16, Kind.CODE),
        Field("counterpart", 40, Kind.CODE),
        Field("at", 32, Kind.CODE),
        Field("evidence", 64, Kind.CODE),
        Field("code", 11, Kind.CODE),
        Field("cause", 36, Kind.CODE),
        Field("conversation", 36, Kind.CODE),
    ],
    ASCII,
)

DIALECT: Final = Dialect(
    kinds=MappingProxyType(
        {
            "HK-UPD": "1010",
            "TN-NOTE": "1020",
            "TS-REQ": "1030",
            "SF-SEND": "1040",
            "BN-REQ": "1050",
            "CK-FGC": "1060",
            "SG-CHK": "1070",
        }
    ),
    replies=MappingProxyType({"HK-UPD": UPDATED, "BN-REQ": NUMBERED, "SG-CHK": COMPARED}),
    feeds=MappingProxyType({"certificates": INCOMING.layout, "observations": OBSERVED}),
)


# --- payloads and records -----------------------------------------------------------------------------------------------


def written(type_: str, payload: etree._Element) -> bytes:
    """The record of a payload. Raises `Refused` for an item or a character that has no place in it."""
    table, _, _ = RECORDS[type_]
    return table.encode(record(payload, table.columns))


def read(type_: str, content: bytes) -> Mapping[str, str]:
    """The items of a record. Raises `ValueError` for anything else."""
    return RECORDS[type_][0].decode(content)


def payload(type_: str, content: bytes) -> etree._Element:
    """The payload behind a record. Raises as `read`."""
    table, family, root = RECORDS[type_]
    values = table.decode(content)
    return built(family, root, {name: values.get(name, "") for name in table.columns})


@dataclass(frozen=True, slots=True)
class Question:
    """整合性確認: part `part` of `parts`, and the persons by item."""

    number: str
    day: str
    part: int
    parts: int
    persons: Sequence[Mapping[str, str]]

    @classmethod
    def of(cls, said: etree._Element, part: int, parts: int) -> Question:
        """Out of the payload of an SG-CHK."""
        heads = {etree.QName(one).localname: one.text or "" for one in said.iterchildren(etree.Element) if not len(one)}
        persons = tuple(flat(one) for one in said.iterchildren("{*}対象者"))
        return cls(heads["整合番号"], heads["基準年月日"], part, parts, persons)

    def encode(self) -> bytes:
        """The heading, then a record for each person. Raises as `Table.encode`."""
        head = {
            "整合番号": self.number,
            "基準年月日": self.day,
            "分割番号": str(self.part),
            "分割数": str(self.parts),
            "対象となる人数": str(len(self.persons)),
        }
        return RECONCILIATION.encode(head) + b"".join(RECONCILED.encode(one) for one in self.persons)

    @classmethod
    def decode(cls, content: bytes) -> Question:
        """Raises `ValueError` for bytes that are none."""
        size = RECONCILIATION.layout.size
        head = RECONCILIATION.decode(content[:size])
        persons = tuple(_persons(content[size:]))
        try:
            if int(head["対象となる人数"]) != len(persons):
                raise ValueError("not as many as it says")
            return cls(head["整合番号"], head["基準年月日"], int(head["分割番号"]), int(head["分割数"]), persons)
        except KeyError:
            raise ValueError("a heading lacks an item") from None


def _persons(data: bytes) -> Iterator[Mapping[str, str]]:
    size = RECONCILED.layout.size
    for place in range(0, len(data), size):
        yield RECONCILED.decode(data[place : place + size])


def incoming(heading: Mapping[str, str], said: etree._Element) -> Mapping[str, str]:
    """The record of the feed for a TS-CERT or TN-IN, its texts as the line has them. Raises as `written`."""
    if heading["電文種類"] == "TN-IN":
        items = {_ARRIVED + name: text for name, text in record(said, ARRIVAL.columns).items()}
    else:
        items = dict(record(said, CERTIFICATE.columns))
    return INCOMING.coded({**dict.fromkeys(INCOMING.columns, ""), **heading, **items})


def arrived(event: Mapping[str, str]) -> tuple[Mapping[str, str], etree._Element]:
    """Heading and payload out of a record of the feed. Raises `ValueError`, `KeyError` for anything else."""
    values = INCOMING.meant(event)
    heading = {name: values[name] for name in HEADING.columns}
    if heading["電文種類"] == "TN-IN":
        items = {name: values[_ARRIVED + name] for name in ARRIVAL.columns}
        return heading, built("tennyuu-in", "転入通知受信", items)
    return heading, built("tenshutsu", "転出証明書情報", {name: values[name] for name in CERTIFICATE.columns})
