"""The items of the 住民基本台帳ファイル (別添2(1)): from a record to the value of each item, by its element name (xsd/item-names.yaml).

A value is a text, or pairs of (child element, text) for a compound item, or None where the record has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from connectors.juki.resident import Alias, Insured, Resident, State, Status, StatusKind

Value = str | tuple[tuple[str, str], ...] | None
Pair = tuple[str, Value]

NENKIN: Final = "国民年金の被保険者該当の有無基礎年金番号種別種別の変更があった年月日資格取得喪失年月日"


def item(resident: Resident, name: str) -> Value:
    """The value of one item. Raises `KeyError` for a name that is no item of the file."""
    return _ITEMS[name](resident)


def items(resident: Resident, names: Iterable[str]) -> Iterator[Pair]:
    """(element name, value) of those items that the record has, in the given order."""
    for name in names:
        value = item(resident, name)
        if value:
            yield name, value


def iso(day: date | None) -> str | None:
    """YYYY-MM-DD."""
    return day.isoformat() if day else None


def flag(fact: bool) -> str:
    """1 or 0."""
    return "1" if fact else "0"


def compound(*pairs: tuple[str, str | None]) -> Value:
    """The child elements that have a text."""
    return tuple((name, text) for name, text in pairs if text)


def qualification(insured: Insured | None) -> Value:
    """被保険者該当の有無 with its days; None for somebody who never was insured."""
    if insured is None:
        return None
    return compound(
        ("被保険者該当の有無", flag(insured.until is None)),
        ("資格取得年月日", iso(insured.since)),
        ("資格喪失年月日", iso(insured.until)),
    )


def _pension(one: Resident) -> Value:
    pension = one.entitlements.nenkin
    if pension is None:
        return None
    return compound(
        ("被保険者該当の有無", flag(pension.until is None)),
        ("基礎年金番号", pension.number),
        ("種別", pension.kind),
        ("資格取得年月日", iso(pension.since)),
        ("資格喪失年月日", iso(pension.until)),
    )


def _allowance(one: Resident) -> Value:
    allowance = one.entitlements.child_allowance
    return compound(("受給開始年月", allowance[0]), ("受給終了年月", allowance[1])) if allowance else None


def _koseki(one: Resident) -> Value:
    register = one.family_register
    return compound(("本籍", register[0]), ("筆頭者", register[1])) if register else None


def _head(one: Resident) -> Value:
    return compound(("世帯主の氏名", one.head_name), ("世帯主との続柄", one.relation))


def _previous_code(one: Resident) -> Value:
    place = one.previous
    return compound(("住所コード", place.code), ("郵便番号", place.postal)) if place and place.code else None


def _destination_code(one: Resident) -> Value:
    place = one.removal.to if one.removal else None
    return compound(("住所コード", place.code), ("郵便番号", place.postal)) if place and place.code else None


def _status(one: Resident, kind: StatusKind, pick: Callable[[Status], str | None]) -> Value:
    status = one.foreign.status if one.foreign else None
    return pick(status) if status and status.kind is kind else None


def _of_status(kind: StatusKind, pick: Callable[[Status], str | None]) -> Callable[[Resident], Value]:
    return lambda one: _status(one, kind, pick)


def _of_alias(pick: Callable[[Alias], str | None]) -> Callable[[Resident], Value]:
    return lambda one: pick(one.foreign.alias) if one.foreign and one.foreign.alias else None


def _born_or_lost(one: Resident) -> Value:
    status = one.foreign.status if one.foreign else None
    return status.kind.value if status and status.kind in (StatusKind.BORN, StatusKind.LOST_NATIONALITY) else None


def _removed(pick: Callable[[Resident], Value]) -> Callable[[Resident], Value]:
    return lambda one: pick(one) if one.removal else None


def _absent(_: Resident) -> Value:
    # The register of the simulator does not keep this item.
    return None


_MID_LONG, _PERMANENT = StatusKind.MID_LONG, StatusKind.PERMANENT

_ITEMS: Final[Mapping[str, Callable[[Resident], Value]]] = MappingProxyType(
    {
        "氏名": lambda one: None if one.foreign else one.name,
        "旧氏": lambda one: one.old_name[0] if one.old_name else None,
        "氏名漢字": lambda one: one.foreign.kanji if one.foreign else None,
        "氏名アルファベット": lambda one: one.foreign.alphabet if one.foreign else None,
        "氏名カタカナ": lambda one: one.foreign.katakana if one.foreign else None,
        "通称": _of_alias(lambda alias: alias.text),
        "通称を記載した年月日": _of_alias(lambda alias: iso(alias.since)),
        "通称を記載した市区町村": _of_alias(lambda alias: alias.place),
        "通称を削除した年月日": _absent,
        "通称を削除した市区町村": _absent,
        "生年月日": lambda one: one.birth,
        "性別": lambda one: one.sex.value,
        "世帯主の氏名及び世帯主との続柄": _head,
        "世帯主である旨": lambda one: flag(one.is_head),
        "戸籍の表示": _koseki,
        "住民となった年月日": lambda one: None if one.foreign else iso(one.resident_since),
        "住所": lambda one: one.address.text,
        "住所を定めた年月日": lambda one: iso(one.address_since),
        "届出の年月日": lambda one: iso(one.filed),
        "転入前住所": lambda one: one.previous.text if one.previous else None,
        "個人番号": lambda one: one.kojin_bangou,
        "選挙人名簿への登録の有無": lambda one: None if one.foreign else flag(one.elector),
        "国民健康保険の被保険者該当の有無資格取得喪失年月日": lambda one: qualification(one.entitlements.kokuho),
        "後期高齢者医療の被保険者該当の有無資格取得喪失年月日": lambda one: qualification(one.entitlements.kouki),
        "介護保険の被保険者該当の有無資格取得喪失年月日": lambda one: qualification(one.entitlements.kaigo),
        NENKIN: _pension,
        "児童手当の受給開始終了年月": _allowance,
        "住民票コード": lambda one: one.juuminhyou_code,
        "外国人住民となった年月日": lambda one: iso(one.resident_since) if one.foreign else None,
        "旧外登法による登録年月日": _absent,
        "国籍地域": lambda one: one.foreign.nationality if one.foreign else None,
        "中長期在留者である旨": _of_status(_MID_LONG, lambda status: status.kind.value),
        "在留資格": _of_status(_MID_LONG, lambda status: status.code),
        "在留期間": _of_status(_MID_LONG, lambda status: status.period),
        "在留期間の満了の日": _of_status(_MID_LONG, lambda status: iso(status.expires)),
        "在留カードの番号": _of_status(_MID_LONG, lambda status: status.card),
        "特別永住者である旨": _of_status(_PERMANENT, lambda status: status.kind.value),
        "特別永住者証明書の番号": _of_status(_PERMANENT, lambda status: status.card),
        "一時庇護許可者である旨": _of_status(StatusKind.REFUGE, lambda status: status.kind.value),
        "上陸期間": _of_status(StatusKind.REFUGE, lambda status: status.period),
        "仮滞在者である旨": _of_status(StatusKind.PROVISIONAL, lambda status: status.kind.value),
        "仮滞在期間": _of_status(StatusKind.PROVISIONAL, lambda status: status.period),
        "出生又は国籍喪失による経過滞在者である旨": _born_or_lost,
        "消除事由": lambda one: one.removal.reason if one.removal else None,
        "転出先住所予定": lambda one: one.removal.to.text if one.removal and one.removal.to else None,
        "事由の生じた年月日": lambda one: iso(one.removal.on) if one.removal else None,
        "宛名番号": lambda one: one.atena,
        "世帯番号": lambda one: one.household,
        "世帯員の並び順": lambda one: str(one.order),
        "異動履歴として管理する各項目": _absent,
        "住民状態": lambda one: one.state.value,
        "住民種別": lambda one: "2" if one.foreign else "1",
        "証明書の交付履歴": _absent,
        "抑止フラグ": lambda one: flag(one.suppressed),
        "備考": _absent,
        "メモ": _absent,
        "氏名のフリガナ": lambda one: one.kana,
        "氏名のフリガナ確認フラグ": lambda one: flag(one.kana_confirmed),
        "旧氏のフリガナ": lambda one: one.old_name[1] if one.old_name else None,
        "旧氏のフリガナ確認フラグ": lambda one: flag(one.kana_confirmed) if one.old_name else None,
        "通称のフリガナ": _of_alias(lambda alias: alias.kana),
        "通称のフリガナ確認フラグ": _of_alias(lambda _: "0"),
        "通称を記載した市区町村コード": _of_alias(lambda alias: alias.place_code),
        "通称を削除した市区町村コード": _absent,
        "住所コード": lambda one: one.address.code,
        "住所の郵便番号": lambda one: one.address.postal,
        "転入前住所の住所コード及びその郵便番号": _previous_code,
        "最終登録住所地": _absent,
        "住居地の届出の有無": lambda one: "1" if one.foreign else None,
        "法第30条の46転入である旨": lambda one: flag(one.foreign.from_abroad) if one.foreign else None,
        "法第30条の47届出である旨": lambda one: "0" if one.foreign else None,
        "個人番号カード及び住基カードの発行状況": lambda one: "1" if one.card else "0",
        "成年被後見人の該当有無": lambda one: flag(one.guarded),
        "処理日": lambda one: iso(one.processed),
        "署名用電子証明書シリアル番号": lambda one: one.card.signature_serial if one.card else None,
        "利用者証明用電子証明書シリアル番号": lambda one: one.card.authentication_serial if one.card else None,
        "転出先住所確定": _absent,
        "除票の届出の年月日": _removed(lambda one: iso(one.filed)),
        "転入通知年月日": _absent,
        "転出年月日": _removed(lambda one: iso(one.removal.on) if one.removal and one.removal.to else None),
        "除票の住民状態": lambda one: one.state.value if one.state is not State.RESIDENT else None,
        "転出先住所予定の住所コード及びその郵便番号": _destination_code,
        "転出先住所確定の住所コード及びその郵便番号": _absent,
        "旧世帯主": _absent,
        "氏名優先区分": lambda one: "1" if one.foreign else None,
        "特別永住者証有効期限": _of_status(_PERMANENT, lambda status: iso(status.expires)),
    }
)
NAMES: Final = tuple(_ITEMS)
