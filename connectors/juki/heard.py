"""What 住記 gets to read of a message: records in cp932 with 外字, a file each, by the layout of its type (layouts.tsv).

Before the items stands 作成日時, the time of the message: 住記 judges as of then. A message in which a person's part repeats (整合性結果)
has a record for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from lxml import etree

from connectors.juki.layouts import columns, form, layouts
from connectors.kit.languages.fields import Field, Kind
from connectors.kit.languages.records import FixedForm
from connectors.kit.partner import Effect
from connectors.kit.rows import Rows
from connectors.kit.text import Gaiji

_AT: Final = Field("作成日時", 32, Kind.CODE)
# Type -> family and root of its payload, and what repeats in it.
_ROOTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "TS-CERT": ("tenshutsu", "転出証明書情報", ""),
    "MJ-IN": ("houmu", "法務省通知", ""),
    "TN-IN": ("tennyuu-in", "転入通知受信", ""),
    "BN-RES": ("bangou", "番号通知", ""),
    "SG-RES": ("seigou", "整合性結果", "対象者"),
    "KS-NOTE": ("koseki", "戸籍通知", ""),
    "SK-INFO": ("shikaku", "資格情報", ""),
    "SN-FILE": ("shinsei", "電子申請", ""),
    "CK-FGU": ("fugou", "符号取得要求", ""),
    "CK-4J": ("shijouhou", "四情報照会", ""),
    "CK-EXP": ("fukuhon-export", "副本照合データ", ""),
}
TYPES: Final = tuple(_ROOTS)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as 住記 reads it: type, time, payload."""

    type: str
    at: datetime
    payload: etree._Element


def written(type_: str, at: datetime, payload: etree._Element, gaiji: Gaiji | None = None) -> bytes:
    """The records of a message. Raises `Refused` for an item or a character without a place in them, `KeyError` for a type."""
    time = {_AT.name: at.isoformat()}
    records = _rows(type_).records(payload)
    return _form(type_, gaiji).encode([time | dict(one) for one in records])


def read(effect: Effect, gaiji: Gaiji | None = None) -> Heard:
    """The message behind the content of an effect. Raises `ValueError` for what is none, and for a type that 住記 is never told."""
    if effect.type not in _ROOTS:
        raise ValueError("no such type")
    records = [dict(one) for one in _form(effect.type, gaiji).decode(effect.content)]
    times = {one.pop(_AT.name) for one in records}
    if len(times) != 1:
        raise ValueError("not the records of one message")
    return Heard(effect.type, datetime.fromisoformat(times.pop()), _rows(effect.type).payload(records))


@cache
def _rows(type_: str) -> Rows:
    family, root, detail = _ROOTS[type_]
    return Rows(family, root, columns(type_), detail)


def _form(type_: str, gaiji: Gaiji | None) -> FixedForm:
    return _own_form(type_) if gaiji is None else form((_AT, *layouts()[type_]), gaiji)


@cache
def _own_form(type_: str) -> FixedForm:
    return form((_AT, *layouts()[type_]))
