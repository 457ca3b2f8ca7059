"""From an event to the payload of each message type: elements of xsd/<family>/1/, one person each.

A builder takes the event alone (`change_notice` also the permitted items), so that a message can be built again, the same to the byte.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from lxml import etree

from connectors.juki.event import Event
from connectors.juki.items import NAMES, NENKIN, Pair, compound, flag, iso, item, items
from connectors.juki.kana import hiragana, seion
from connectors.juki.kinds import Kind
from connectors.juki.letter import letter
from connectors.juki.places import ADACHI_CODE
from connectors.juki.resident import Resident
from connectors.juki.writing import element
from connectors.kit.text.characters import gaiji_count

ARRIVALS: Final = frozenset({Kind.TENNYUU, Kind.TENNYUU_TOKUREI, Kind.TENNYUU_30_46})
REMOVALS: Final = frozenset({Kind.TENSHUTSU, Kind.TENSHUTSU_KOKUGAI, Kind.SHIBOU})
# The code of 住民票関係情報 could not be verified in a public source: this one is invented.
HOUSEHOLD_INFORMATION: Final = "TM00000000000001"

_STATUS: Final = (
    "中長期在留者である旨",
    "在留資格",
    "在留期間",
    "在留期間の満了の日",
    "在留カードの番号",
    "特別永住者である旨",
    "特別永住者証明書の番号",
)
_RARE_STATUS: Final = (
    "一時庇護許可者である旨",
    "上陸期間",
    "仮滞在者である旨",
    "仮滞在期間",
    "出生又は国籍喪失による経過滞在者である旨",
)
_CERTIFICATE: Final = (
    *("氏名", "旧氏", "氏名漢字", "氏名アルファベット", "氏名カタカナ", "通称", "生年月日", "性別"),
    *(
        "世帯主の氏名及び世帯主との続柄",
        "世帯主である旨",
        "戸籍の表示",
        "住民となった年月日",
        "住所",
        "住所を定めた年月日",
    ),
    *("届出の年月日", "転入前住所", "外国人住民となった年月日", "国籍地域"),
    *_STATUS,
    *_RARE_STATUS,
    *(
        "消除事由",
        "転出先住所予定",
        "事由の生じた年月日",
        "宛名番号",
        "世帯番号",
        "世帯員の並び順",
        "住民状態",
        "抑止フラグ",
    ),
    *("氏名のフリガナ", "旧氏のフリガナ", "通称のフリガナ", "利用者証明用電子証明書シリアル番号"),
)
_MUNICIPAL: Final = (
    *(
        "氏名漢字",
        "氏名アルファベット",
        "通称",
        "生年月日",
        "性別",
        "住所",
        "住所を定めた年月日",
        "届出の年月日",
        "転入前住所",
    ),
    *("外国人住民となった年月日", "国籍地域"),
    *_STATUS,
    "特別永住者証有効期限",
    *_RARE_STATUS,
    *(
        "消除事由",
        "転出先住所予定",
        "事由の生じた年月日",
        "住居地の届出の有無",
        "法第30条の46転入である旨",
        "法第30条の47届出である旨",
    ),
)
_IMMIGRATION: Final = (
    *("氏名漢字", "氏名アルファベット", "生年月日", "性別", "住所", "国籍地域"),
    *_STATUS,
    "特別永住者証有効期限",
    *_RARE_STATUS,
)
_CERTIFIED: Final = (
    "国民健康保険の被保険者該当の有無資格取得喪失年月日",
    "後期高齢者医療の被保険者該当の有無資格取得喪失年月日",
    "介護保険の被保険者該当の有無資格取得喪失年月日",
    NENKIN,
    "児童手当の受給開始終了年月",
    "国籍地域",
    *_STATUS,
    "個人番号カード及び住基カードの発行状況",
)


def happened_on(event: Event) -> date:
    """異動年月日: the day on which it happened, which is rarely the day on which it was filed."""
    one = event.after
    if one.removal is not None:
        return one.removal.on
    if event.kind is Kind.TENKYO:
        return one.address_since
    if event.kind in ARRIVALS:
        return one.resident_since
    if event.kind is Kind.SHUSSHOU:
        return date(int(one.birth[:4]), int(one.birth[4:6]), int(one.birth[6:]))
    return event.at.date()


def _change(event: Event) -> Iterator[Pair]:
    yield "異動事由", event.kind.form.reason
    yield "異動年月日", iso(happened_on(event))


# --- 住基ネット: files 2 and 3 ------------------------------------------------------------------------------------------


def identification_update(event: Event) -> etree._Element:
    """`本人確認情報更新` (HK-UPD): the 40 items of file 2."""
    return element(
        "honnin", "本人確認情報更新", (*identification_items(event.after), *_arrival(event), *_update(event))
    )


def identification_items(one: Resident) -> Iterator[Pair]:
    """What file 2 says of a person whatever happens to them: items 1 to 16. A CS starts from this for everybody who is there."""
    kana = hiragana(one.kana)
    yield "住民票コード", one.juuminhyou_code
    yield "漢字氏名", one.name
    yield "外字数氏名", str(gaiji_count(one.name))
    yield "ふりがな氏名", kana
    yield "清音化かな氏名", seion(kana)
    yield "生年月日", one.birth
    yield "性別", one.sex.value
    yield "市町村コード", ADACHI_CODE
    yield "大字字コード", one.address.area_code
    yield "郵便番号", one.address.postal
    yield "住所", one.address.text
    yield "外字数住所", str(gaiji_count(one.address.text))
    yield "個人番号", one.kojin_bangou
    yield "住民となった日", iso(one.resident_since)
    yield "住所を定めた日", iso(one.address_since)
    yield "届出の年月日", iso(one.filed)


def _arrival(event: Event) -> Iterator[Pair]:
    previous = event.after.previous
    if event.kind in ARRIVALS and previous is not None:
        yield "市町村コード転入前", previous.lg_code
        yield "転入前住所", previous.text
        yield "外字数転入前住所", str(gaiji_count(previous.text))


def _update(event: Event) -> Iterator[Pair]:
    one, day = event.after, event.at.date()
    yield "続柄", one.relation
    yield from _change(event)
    yield "異動事由詳細", event.kind.form.detail
    if event.kind is Kind.JUUMINHYOU_CODE_HENKOU:
        yield "旧住民票コード", one.former_code
        yield "住民票コード使用年月日", iso(day)
    yield "依頼管理番号", event.id
    yield "操作者ID", event.clerk.staff
    yield "操作端末ID", event.clerk.terminal
    yield "更新順番号", f"{day:%Y%m%d}{event.number:06d}"
    yield "更新禁止フラグ", "0"
    yield "予定者フラグ", flag(one.removal is not None and one.removal.on > day)
    yield "排他フラグ", "0"
    old_name = one.old_name[0] if one.old_name else ""
    previous = one.previous.text if event.kind in ARRIVALS and one.previous else ""
    yield "外字フラグ", flag(gaiji_count(one.name + one.address.text + previous + old_name) > 0)
    yield "レコード状況フラグ", "3" if event.kind in REMOVALS else "1" if event.before is None else "2"
    yield "タイムスタンプ", f"{event.at:%Y%m%d%H%M%S}{event.at.microsecond // 1000:03d}"
    if one.old_name:
        yield "旧氏漢字", old_name
        yield "旧氏外字数", str(gaiji_count(old_name))
        yield "旧氏ふりがな", hiragana(one.old_name[1])
        yield "旧氏外字変更連番", "1"


def moving_certificate(event: Event) -> etree._Element:
    """`転出証明書情報` (TS-CERT): what the municipality that the person leaves says. Raises `ValueError` without a 転入前住所."""
    one = event.after
    if one.previous is None:
        raise ValueError("a 転出証明書情報 needs the address that is left")
    pairs: tuple[Pair, ...] = (
        ("転出予定年月日", iso(one.address_since)),
        ("転出元市町村コード", one.previous.lg_code),
        ("届出の年月日", iso(min(one.filed, one.address_since))),
        ("氏名", one.name),
        ("旧氏", item(one, "旧氏")),
        ("通称", item(one, "通称")),
        ("氏名のフリガナ", one.kana),
        ("旧氏のフリガナ", item(one, "旧氏のフリガナ")),
        ("通称のフリガナ", item(one, "通称のフリガナ")),
        ("生年月日", one.birth),
        ("性別", one.sex.value),
        # The household there is not ours to know: the person was the head of one.
        ("世帯主の氏名及び世帯主との続柄", compound(("世帯主の氏名", one.name), ("世帯主との続柄", one.relation))),
        ("戸籍の表示", item(one, "戸籍の表示")),
        ("住所", one.previous.text),
        ("転出先住所", one.address.text),
        ("転出先市町村コード", ADACHI_CODE),
        ("個人番号", one.kojin_bangou),
        ("住民票コード", one.juuminhyou_code),
        *items(one, _CERTIFIED),
    )
    return element("tenshutsu", "転出証明書情報", pairs)


def arrival_notice(event: Event) -> etree._Element:
    """`転入通知` (TN-NOTE): carries no number. Raises `ValueError` without a 転入前住所 in a municipality."""
    one = event.after
    if one.previous is None or not one.previous.lg_code:
        raise ValueError("a 転入通知 goes to a municipality")
    pairs: tuple[Pair, ...] = (
        ("異動事由", event.kind.form.reason),
        ("転入年月日", iso(one.resident_since)),
        ("届出の年月日", iso(one.filed)),
        ("氏名", one.name),
        ("旧氏", item(one, "旧氏")),
        ("生年月日", one.birth),
        ("性別", one.sex.value),
        ("戸籍の表示", item(one, "戸籍の表示")),
        ("住所", one.address.text),
        ("市町村コード", ADACHI_CODE),
        ("転入前住所", one.previous.text),
        ("市町村コード転入前", one.previous.lg_code),
        ("国籍地域", item(one, "国籍地域")),
    )
    return element("tennyuu", "転入通知", pairs)


# --- inside the ward ---------------------------------------------------------------------------------------------------


def change_notice(event: Event, permitted: Collection[str]) -> etree._Element:
    """`異動情報` (JK-CHG) with those items that the record has and the recipient may have, in the order of the file."""
    names = tuple(name for name in NAMES if name in permitted)
    return element("iten", "異動情報", (*_change(event), *items(event.after, names)))


def name_registration(event: Event) -> etree._Element:
    """`宛名登録` (AT-REG): the six basic items."""
    one = event.after
    pairs: tuple[Pair, ...] = (
        ("個人番号", one.kojin_bangou),
        ("氏名", one.name),
        ("生年月日", one.birth),
        ("性別", one.sex.value),
        ("住所", one.address.text),
        ("宛名番号", one.atena),
    )
    return element("atena", "宛名登録", pairs)


def copy_registration(event: Event) -> etree._Element:
    """`副本登録` (CK-DBM) by 宛名番号: 住民票関係情報. A suppressed person's copy is never answered from automatically (S14)."""
    one = event.after
    return element(
        "fukuhon",
        "副本登録",
        (
            ("特定個人情報名コード", HOUSEHOLD_INFORMATION),
            ("宛名番号", one.atena),
            ("版", str(one.version)),
            ("自動応答不可フラグ", flag(one.suppressed)),
            ("異動年月日", iso(happened_on(event))),
            (
                "副本",
                compound(
                    ("世帯番号", one.household),
                    ("世帯主である旨", flag(one.is_head)),
                    ("世帯主との続柄", one.relation),
                    ("世帯員の並び順", str(one.order)),
                ),
            ),
        ),
    )


def certificate_source(event: Event) -> etree._Element:
    """`証明書元情報` (CV-UPD)."""
    one = event.after
    return element("conbini", "証明書元情報", (*_change(event), ("版", str(one.version)), *certificate_items(one)))


def certificate_items(one: Resident) -> Iterator[Pair]:
    """What a certificate can show of a record."""
    return items(one, _CERTIFICATE)


# --- 法務省 -------------------------------------------------------------------------------------------------------------


def municipal_notice(event: Event) -> etree._Element:
    """`市町村通知` (MJ-OUT) about a foreign resident; no number of ours stands in it."""
    reason = "SHOUJO" if event.kind in REMOVALS else "KISAI" if event.before is None else "SHUUSEI"
    head: tuple[Pair, ...] = (("通知事由", reason), *_change(event), ("市町村コード", ADACHI_CODE))
    return element("houmu", "市町村通知", (*head, *municipal_items(event.after)))


def municipal_items(one: Resident) -> Iterator[Pair]:
    """What the 法務省 is told of a record."""
    return items(one, _MUNICIPAL)


def immigration_notice(event: Event) -> etree._Element:
    """`法務省通知` (MJ-IN): a new 在留期間 or 在留資格."""
    reason = "KIKAN" if event.kind is Kind.ZAIRYUU_KIKAN else "SHIKAKU"
    head: tuple[Pair, ...] = (("通知事由", reason), ("通知年月日", iso(event.at.date())))
    return element(
        "houmu", "法務省通知", (*head, *items(event.after, _IMMIGRATION), ("許可年月日", iso(event.at.date())))
    )


__all__ = [
    "ARRIVALS",
    "REMOVALS",
    "arrival_notice",
    "certificate_items",
    "certificate_source",
    "change_notice",
    "copy_registration",
    "happened_on",
    "identification_items",
    "identification_update",
    "immigration_notice",
    "letter",
    "moving_certificate",
    "municipal_items",
    "municipal_notice",
    "name_registration",
]
