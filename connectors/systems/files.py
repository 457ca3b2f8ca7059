"""What stands in the files of the department systems: 資格情報 (B12), 情報照会 and 照会結果 (C6). CSV, UTF-8.

Each system has the columns of its own: a section can tell of no other scheme than the row of law behind it names (L202, L213).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from lxml import etree

from connectors.kit.announcing import Announcement
from connectors.kit.flat import flat, record
from connectors.kit.languages import rows
from connectors.kit.languages.records import CsvForm, RecordForm

SHIKAKU: Final = "shikaku"
SHOUKAI: Final = "shoukai"

_STATUTES: Final = "statutes"
_INSURED: Final = ("被保険者該当の有無", "資格取得年月日", "資格喪失年月日")
_PENSION: Final = (
    *("被保険者該当の有無", "基礎年金番号", "種別"),
    *("種別の変更があった年月日", "資格取得年月日", "資格喪失年月日"),
)


def _of(item: str, parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{item}/{part}" for part in parts)


_SECTIONS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "kokuho": (
            *_of("国民健康保険の被保険者該当の有無資格取得喪失年月日", _INSURED),
            *_of("後期高齢者医療の被保険者該当の有無資格取得喪失年月日", _INSURED),
            *_of("国民年金の被保険者該当の有無基礎年金番号種別種別の変更があった年月日資格取得喪失年月日", _PENSION),
        ),
        "kaigo": _of("介護保険の被保険者該当の有無資格取得喪失年月日", _INSURED),
        "jidou": _of("児童手当の受給開始終了年月", ("受給開始年月", "受給終了年月")),
        "senkyo": ("選挙人名簿への登録の有無",),
    }
)
_ASKING: Final = ("kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho")  # L101; zei has a room of its own
_QUESTION: Final = (
    *("照会番号", "団体内統合宛名番号", "照会部署", "事務コード", "事務手続コード", "情報提供者"),
    *("特定個人情報名コード", "照会開始年月日", "照会終了年月日"),
)
_RESULT: Final = ("照会番号", "団体内統合宛名番号", "照会結果区分", "情報提供者", "特定個人情報名コード", "提供年月日")
_ITEM: Final = "照会結果項目"
_ITEM_PARTS: Final = ("項目コード", "項目値")


def _entitlement(section: str, items: Sequence[str]) -> Announcement:
    names = ("宛名番号", "処理日", *items)
    return Announcement("B12", "SK-INFO", "juki", _STATUTES, f"juki-7-{section}", "shikaku", "資格情報", names)


_ENQUIRY: Final = Announcement(
    "C6", "CK-SKI", "atena", _STATUTES, "bangou-19-8-shoukai", "shoukai", "情報照会", _QUESTION
)


def announcements(system: str) -> Mapping[str, Announcement]:
    """The feeds of a system: name -> what its records say."""
    told = {SHIKAKU: _entitlement(system, _SECTIONS[system])} if system in _SECTIONS else {}
    return told | ({SHOUKAI: _ENQUIRY} if system in _ASKING else {})


def forms(system: str) -> Mapping[str, RecordForm]:
    """The feeds of a system: name -> the form of its batch files."""
    return {name: CsvForm(one.columns) for name, one in announcements(system).items()}


def result(payload: etree._Element) -> bytes:
    """A 照会結果 as CSV: a row for each 照会結果項目, one row with none where there is none.

    Raises `Refused` for an item that has no column, by its name.
    """
    head = copy.deepcopy(payload)
    found = [(child, flat(child)) for child in head.findall(f"{{*}}{_ITEM}")]
    for child, _ in found:
        head.remove(child)
    said = record(head, _RESULT)
    none = dict.fromkeys(_ITEM_PARTS, "")
    return rows.written((*_RESULT, *_ITEM_PARTS), [{**said, **none, **one} for _, one in found] or [{**said, **none}])
