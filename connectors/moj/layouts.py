"""The records that this room and the 法務省情報連携システム exchange: layout tables, 外字 and the days of 和暦. cp932, fixed length.

Invented: the real layouts are not public. The order of the fields is that of xsd/houmu/1/houmu.xsd. 生年月日 and the days that
stand on a 在留カード are of the Western calendar, as there; the days of the ward's own doing and of the notice are 和暦.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final

from lxml import etree

from connectors.kit.announcing import HEADING, Announcement, Turn, translated
from connectors.kit.flat import built, record
from connectors.kit.languages.fields import Field, Kind
from connectors.kit.languages.records import FixedForm
from connectors.kit.text import Gaiji, read_gaiji
from connectors.kit.text.days import iso, read_iso
from connectors.kit.text.wareki import Form, read_wareki, write_wareki

_FAMILY: Final = "houmu"
_OUT: Final = "市町村通知"
_IN: Final = "法務省通知"

_NAMES: Final = (Field("氏名漢字", 150, Kind.TEXT), Field("氏名アルファベット", 150, Kind.TEXT))
_STATUS: Final = (
    Field("中長期在留者である旨", 1, Kind.CODE),
    Field("在留資格", 8, Kind.CODE),
    Field("在留期間", 200, Kind.TEXT),
    Field("在留期間の満了の日", 8, Kind.DATE),
    Field("在留カードの番号", 12, Kind.CODE),
    Field("特別永住者である旨", 1, Kind.CODE),
    Field("特別永住者証明書の番号", 20, Kind.CODE),
    Field("特別永住者証有効期限", 8, Kind.DATE),
    Field("一時庇護許可者である旨", 1, Kind.CODE),
    Field("上陸期間", 200, Kind.TEXT),
    Field("仮滞在者である旨", 1, Kind.CODE),
    Field("仮滞在期間", 200, Kind.TEXT),
    Field("出生又は国籍喪失による経過滞在者である旨", 1, Kind.CODE),
)


_WAREKI_WIDTH: Final = 7  # GYYMMDD


def _wareki(name: str) -> Field:
    return Field(name, _WAREKI_WIDTH, Kind.CODE)


# 市町村通知 (B8-3). The MessageId is the name of its file.
MUNICIPAL: Final = (
    Field("通知事由", 8, Kind.CODE),
    Field("異動事由", 24, Kind.CODE),
    _wareki("異動年月日"),
    Field("市町村コード", 6, Kind.CODE),
    *_NAMES,
    Field("通称", 150, Kind.TEXT),
    Field("生年月日", 8, Kind.CODE),  # 00 for what is unknown
    Field("性別", 1, Kind.CODE),
    Field("住所", 300, Kind.TEXT),
    _wareki("住所を定めた年月日"),
    _wareki("届出の年月日"),
    Field("転入前住所", 300, Kind.TEXT),
    _wareki("外国人住民となった年月日"),
    _wareki("旧外登法による登録年月日"),
    Field("国籍地域", 3, Kind.CODE),
    *_STATUS,
    Field("消除事由", 24, Kind.CODE),
    Field("転出先住所予定", 300, Kind.TEXT),
    _wareki("事由の生じた年月日"),
    Field("住居地の届出の有無", 1, Kind.CODE),
    Field("法第30条の46転入である旨", 1, Kind.CODE),
    Field("法第30条の47届出である旨", 1, Kind.CODE),
)
# 法務省通知 (B9).
IMMIGRATION: Final = (
    Field("通知事由", 8, Kind.CODE),
    _wareki("通知年月日"),
    *_NAMES,
    Field("生年月日", 8, Kind.CODE),
    Field("性別", 1, Kind.CODE),
    Field("住所", 300, Kind.TEXT),
    Field("国籍地域", 3, Kind.CODE),
    *_STATUS,
    _wareki("許可年月日"),
)
_HEADING: Final = tuple(
    Field(name, width, Kind.TEXT if name == "処理事由" else Kind.CODE)
    for name, width in zip(HEADING, (36, 36, 32, 32, 24, 100), strict=True)
)


def _shown(text: str, column: str) -> str:
    return write_wareki(read_iso(text, column), Form.CODED, column)


def _meant(text: str, column: str) -> str:
    return iso(read_wareki(text, Form.CODED, column), column)


def _days(fields: tuple[Field, ...], turn: Turn) -> Mapping[str, Turn]:
    return MappingProxyType({field.name: turn for field in fields if field.width == _WAREKI_WIDTH})


NOTICE: Final = Announcement(
    flow="B9",
    type="MJ-IN",
    recipient="juki",
    table="statutes",
    item="juki-30-50",
    family=_FAMILY,
    root=_IN,
    items=tuple(field.name for field in IMMIGRATION),
    shown=_days(IMMIGRATION, _shown),
    meant=_days(IMMIGRATION, _meant),
)


def own_gaiji() -> Gaiji:
    """The room's own 外字 table (gaiji.tsv): that of the synthetic ward. Raises `Faults` for a table that is none."""
    text = resources.files("connectors.moj").joinpath("gaiji.tsv").read_text(encoding="utf-8")
    return read_gaiji(text, "gaiji.tsv")


class Forms:
    """The records of both directions in one 外字 table."""

    def __init__(self, gaiji: Gaiji) -> None:
        self.notices = FixedForm((*_HEADING, *IMMIGRATION), gaiji=gaiji)
        self._municipal = FixedForm(MUNICIPAL, gaiji=gaiji)

    def written(self, payload: etree._Element) -> bytes:
        """The record of a 市町村通知. Raises `Refused` for an item or a character that has no place in it."""
        items = record(payload, [field.name for field in MUNICIPAL])
        return self._municipal.encode([translated(items, _days(MUNICIPAL, _shown))])

    def read(self, content: bytes) -> Mapping[str, str]:
        """The items of the one record in `content`, days as in the message. Raises `ValueError` for anything else."""
        (found,) = self._municipal.decode(content)
        return translated(found, _days(MUNICIPAL, _meant))

    def payload(self, content: bytes) -> etree._Element:
        """The 市町村通知 behind a record. Raises as `read`."""
        return built(_FAMILY, _OUT, self.read(content))
