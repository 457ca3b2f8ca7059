"""An event as a record of 住記's file of 異動 (feed `day`), and back. Strict both ways: what comes in is what went out.

Columns are those of layouts.tsv, all texts: 1 and 0 for yes and no, codes as the register keeps them, days and times in ISO 8601.
What a person has not (a 旧氏, a card, papers of a foreigner) is blank, and so is everybody who was not there before.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from connectors.juki.event import Event
from connectors.juki.layouts import AFTER, BEFORE
from connectors.juki.resident import Resident

Record = Mapping[str, str]
_FLAGS: Final = MappingProxyType({"1": True, "0": False})
_HEAD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "id": "異動番号",
        "number": "異動通番",
        "at": "異動日時",
        "kind": "異動種別",
        "person": "異動者の宛名番号",
        "origin": "入力元",
        "clerk.staff": "操作者ID",
        "clerk.department": "操作者の所属",
        "clerk.terminal": "操作端末ID",
        "conversation": "会話番号",
        "planned": "却下予定",
    }
)
_PERSON: Final[Mapping[str, str]] = MappingProxyType(
    {
        "atena": "宛名番号",
        "household": "世帯番号",
        "order": "世帯員の並び順",
        "juuminhyou_code": "住民票コード",
        "kojin_bangou": "個人番号",
        "name": "氏名",
        "kana": "氏名のフリガナ",
        "kana_confirmed": "氏名のフリガナ確認フラグ",
        "birth": "生年月日",
        "sex": "性別",
        "head_name": "世帯主の氏名",
        "relation": "世帯主との続柄",
        "address.text": "住所",
        "address.code": "住所コード",
        "address.area_code": "大字字コード",
        "address.postal": "住所の郵便番号",
        "address_since": "住所を定めた年月日",
        "resident_since": "住民となった年月日",
        "filed": "届出の年月日",
        "previous.text": "転入前住所",
        "previous.lg_code": "市町村コード転入前",
        "previous.code": "転入前住所の住所コード",
        "previous.postal": "転入前住所の郵便番号",
        "family_register.0": "戸籍の表示/本籍",
        "family_register.1": "戸籍の表示/筆頭者",
        "old_name.0": "旧氏",
        "old_name.1": "旧氏のフリガナ",
        "foreign.alphabet": "氏名アルファベット",
        "foreign.kanji": "氏名漢字",
        "foreign.katakana": "氏名カタカナ",
        "foreign.nationality": "国籍地域",
        "foreign.status.kind": "第30条の45に規定する区分",
        "foreign.status.code": "在留資格",
        "foreign.status.period": "在留期間等",
        "foreign.status.expires": "在留期間等の満了の日",
        "foreign.status.card": "在留カード等の番号",
        "foreign.alias.text": "通称",
        "foreign.alias.kana": "通称のフリガナ",
        "foreign.alias.since": "通称を記載した年月日",
        "foreign.alias.place": "通称を記載した市区町村",
        "foreign.alias.place_code": "通称を記載した市区町村コード",
        "foreign.from_abroad": "法第30条の46転入である旨",
        "entitlements.kokuho.since": "国民健康保険/資格取得年月日",
        "entitlements.kokuho.until": "国民健康保険/資格喪失年月日",
        "entitlements.kouki.since": "後期高齢者医療/資格取得年月日",
        "entitlements.kouki.until": "後期高齢者医療/資格喪失年月日",
        "entitlements.kaigo.since": "介護保険/資格取得年月日",
        "entitlements.kaigo.until": "介護保険/資格喪失年月日",
        "entitlements.nenkin.number": "国民年金/基礎年金番号",
        "entitlements.nenkin.kind": "国民年金/種別",
        "entitlements.nenkin.since": "国民年金/資格取得年月日",
        "entitlements.nenkin.until": "国民年金/資格喪失年月日",
        "entitlements.child_allowance.0": "児童手当/受給開始年月",
        "entitlements.child_allowance.1": "児童手当/受給終了年月",
        "elector": "選挙人名簿への登録の有無",
        "suppressed": "抑止フラグ",
        "guarded": "成年被後見人の該当有無",
        "card.signature_serial": "署名用電子証明書シリアル番号",
        "card.authentication_serial": "利用者証明用電子証明書シリアル番号",
        "former_code": "旧住民票コード",
        "state": "住民状態",
        "removal.reason": "消除事由",
        "removal.on": "事由の生じた年月日",
        "removal.to.text": "転出先住所予定",
        "removal.to.lg_code": "転出先市町村コード予定",
        "removal.to.code": "転出先住所予定の住所コード",
        "removal.to.postal": "転出先住所予定の郵便番号",
        "processed": "処理日",
        "version": "版",
    }
)


def encode(event: Event) -> Record:
    """The record of an event. Raises `ValueError` for one that would not come back: a part that is there, and all blank."""
    made = {column: _text(_found(event, path)) for path, column in _HEAD.items()}
    for side, one in ((BEFORE, event.before), (AFTER, event.after)):
        made |= {side + column: _text(_found(one, path)) for path, column in _PERSON.items()}
    if _event(made) != event:
        raise ValueError("an event that no record holds")
    return made


def decode(record: Mapping[str, Any]) -> Event:
    """The inverse. Raises `ValueError` for anything that `encode` does not write."""
    try:
        event = _event(record)
        same = dict(encode(event)) == dict(record)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("not an event") from error
    if not same:
        raise ValueError("not an event")
    return event


# --- to texts -----------------------------------------------------------------------------------------------------------


def _found(value: object, path: str) -> object:
    """What stands at the end of the path, None where a part on the way is not there."""
    for step in path.split("."):
        if value is None:
            return None
        value = value[int(step)] if isinstance(value, tuple) else getattr(value, step)
    return value


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case Enum():
            return _code(value)
        case date():  # and datetime, which is one
            return value.isoformat()
        case _:
            return str(value)


def _code(value: Enum) -> str:
    """As the register writes it: its value where that is a code, else its name."""
    code = str(value.value)
    return code if code.isascii() else value.name


# --- from texts ---------------------------------------------------------------------------------------------------------


def _event(record: Record) -> Event:
    texts = {path: record[column] for path, column in _HEAD.items()}
    persons: dict[str, object] = {}
    for name, side in (("before", BEFORE), ("after", AFTER)):
        parts = {path: record[side + column] for path, column in _PERSON.items()}
        persons[name] = _built(Resident | None, "", parts)
    head = {name: _built(kind, name, texts) for name, kind in _parts(Event).items() if name not in persons}
    if persons["after"] is None:
        raise ValueError("not an event")
    return Event(**head, **persons)  # type: ignore[arg-type]  # each by the type of its field


def _built(kind: Any, path: str, texts: Record) -> object:
    """A value of that type out of the texts at and below `path`; None where all of them are blank and it may be."""
    if isinstance(kind, types.UnionType):
        if not any(_below(path, texts)):
            return None
        (kind,) = (one for one in typing.get_args(kind) if one is not types.NoneType)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: _built(part, _step(path, name), texts) for name, part in _parts(kind).items()})
    if typing.get_origin(kind) is tuple:
        return tuple(_built(part, _step(path, str(place)), texts) for place, part in enumerate(typing.get_args(kind)))
    return _meant(kind, texts[path])


def _meant(kind: Any, text: str) -> object:
    if kind is bool:
        return _FLAGS[text]
    if kind in (date, datetime):
        return kind.fromisoformat(text)
    if issubclass(kind, Enum):
        return _codes(kind)[text]
    return kind(text)


def _below(path: str, texts: Record) -> Iterator[str]:
    return (text for name, text in texts.items() if not path or name == path or name.startswith(f"{path}."))


def _step(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def _parts(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


@cache
def _codes(kind: type[Enum]) -> Mapping[str, Enum]:
    return {_code(one): one for one in kind}
