"""送付先情報 (flow A7-1): the letter and the person of items 1-67 of 別添2(3). Nobody edits it between 住記 and the 機構 (S18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from connectors.juki.event import Event
from connectors.juki.gaijipattern import pattern
from connectors.juki.items import Pair, flag, iso
from connectors.juki.kana import hiragana
from connectors.juki.kinds import Kind
from connectors.juki.places import ADACHI_CODE
from connectors.juki.resident import Resident
from connectors.juki.writing import append, element
from connectors.kit.text import CharacterSet, result, substitute
from connectors.kit.text.characters import gaiji_count, length

_WARD: Final = "足立区"
_OFFICE: Final = "足立区役所"
_OFFICE_POSTAL: Final = "1208510"
_OFFICE_ADDRESS: Final = "東京都足立区中央本町一丁目17番1号"
_OFFICE_PHONE: Final = "03-0000-0000"  # invented: nobody shall be called because of a demonstration
_CARD_CHARACTERS: Final = CharacterSet.EUC_JIS_2004  # a card shows JIS X 0213
_NOTICE, _CARD = "1", "2"  # 印刷区分: 個人番号通知書, 個人番号カード. Our own numbering.


def letter(event: Event) -> etree._Element:
    """`送付先情報` to the person of the event, one 対象者."""
    made = element("soufusaki", "送付先情報", (*_envelope(event), *_offices(), *_handling(event)))
    person = etree.SubElement(made, str(made.tag).rpartition("}")[0] + "}対象者")
    append(person, _person(event.after))
    return made


def _measured(name: str, text: str, *, counted: bool = True) -> Iterator[Pair]:
    yield f"{name}項目長", str(length(text))
    yield name, text
    if counted:
        yield f"{name}外字数", str(gaiji_count(text))


def _envelope(event: Event) -> Iterator[Pair]:
    one = event.after
    yield "送付先管理番号", f"SF-{event.id}"
    yield "送付先郵便番号", one.address.postal
    yield from _measured("送付先住所漢字", one.address.text)
    yield from _measured("送付先氏名漢字", one.name)
    yield "市町村コード", ADACHI_CODE
    yield from _measured("市町村名", _WARD, counted=False)
    yield "市町村郵便番号", _OFFICE_POSTAL
    yield from _measured("市町村住所", _OFFICE_ADDRESS)
    yield "市町村電話番号", _OFFICE_PHONE


def _offices() -> Iterator[Pair]:
    for place in ("交付場所", "カード送付場所"):
        yield from _measured(f"{place}名", _OFFICE)
        yield f"{place}郵便番号", _OFFICE_POSTAL
        yield from _measured(f"{place}住所", _OFFICE_ADDRESS)
        yield f"{place}電話番号", _OFFICE_PHONE


def _handling(event: Event) -> Iterator[Pair]:
    yield "対象となる人数", "1"
    yield "処理年月日", iso(event.at.date())
    yield "操作者ID", event.clerk.staff
    yield "操作端末ID", event.clerk.terminal
    yield "印刷区分", _CARD if event.kind is Kind.CARD_SHINSEI else _NOTICE


def _person(one: Resident) -> Iterator[Pair]:
    kana = hiragana(one.kana)
    yield "住民票コード", one.juuminhyou_code
    yield from _measured("氏名漢字", one.name)
    yield "氏名かな項目長", str(length(kana))
    yield "氏名かな", kana
    yield "郵便番号", one.address.postal
    yield from _measured("住所", one.address.text)
    yield "生年月日", one.birth
    yield "性別", one.sex.value
    yield "個人番号", one.kojin_bangou
    if one.foreign:
        yield "第30条の45に規定する区分", one.foreign.status.kind.value
        yield "在留期間の満了の日", iso(one.foreign.status.expires)
    yield from _substitutes(one)
    old_name = one.old_name[0] if one.old_name else ""
    own = one.name + one.address.text + old_name
    yield "外字フラグ", flag(gaiji_count(own) > 0)
    yield "外字パターン", pattern(own)
    if one.old_name:
        yield "旧氏漢字", old_name
        yield "旧氏外字数", str(gaiji_count(old_name))
        yield "旧氏ふりがな", hiragana(one.old_name[1])
        yield "旧氏外字変更連番", "1"
    if one.foreign:
        yield "ローマ字氏名", one.foreign.alphabet


def _substitutes(one: Resident) -> Iterator[Pair]:
    name = substitute(one.name, "氏名漢字", _CARD_CHARACTERS.holds)
    address = substitute(one.address.text, "住所", _CARD_CHARACTERS.holds)
    found = result(name, address)
    yield "代替文字変換結果", found
    if found == "0":
        return
    yield "代替文字氏名項目長", str(length(name.text))
    yield "代替文字氏名", name.text
    yield "代替文字住所項目長", str(length(address.text))
    yield "代替文字住所", address.text
    yield "代替文字氏名位置情報", name.positions
    yield "代替文字住所位置情報", address.positions
