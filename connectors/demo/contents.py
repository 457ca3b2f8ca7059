"""What the attacks of a demo say: payloads about nobody, in order as the schemas want them; what is wrong in one, its caller asks for."""

from __future__ import annotations

from lxml import etree

from connectors.demo.places import DAY
from connectors.kit.payload import composed
from hub.checkdigits import kojin_bangou_digit

_TOWN_HALL = "東京都足立区中央本町一丁目17番1号"
_DAY = DAY.isoformat()


def number() -> str:
    """A 個人番号 with a right check digit that belongs to nobody in either town (they never issue a leading 00)."""
    return "00100200300" + kojin_bangou_digit("00100200300")


def notice_of_register(registry: str) -> etree._Element:
    """戸籍通知 about nobody; `registry` is 本籍."""
    person = {"氏名": "見本　花子", "生年月日": "19850403", "性別": "2", "住所": _TOWN_HALL}
    notice = {"通知番号": "KS-20260401-9001", "通知事由": "KONIN", "事由の生じた年月日": _DAY, "届出の年月日": _DAY}
    register = {"本籍": registry, "筆頭者": "見本　太郎"}
    return composed("koseki", "戸籍通知", {**notice, "受理市町村コード": "141305", **person, "戸籍の表示": register})


def approval() -> etree._Element:
    number = {"照会番号": "SH-20260401-9001", "処理通番": "202604010000000000009001", "照会機関": "見本県見本市"}
    asked = {
        "事務名": "児童手当の支給に関する事務",
        "特定個人情報名コード": "TM00000000000001",
        "提供項目": ["世帯番号"],
    }
    permit = {"提供許可証番号": "KY-20260401-9001", "経路情報": "見本県情報提供経路01", "自動応答不可フラグ": "0"}
    return composed("teikyou", "提供承認要求", {**number, **asked, **permit})


def four_items(*asked: str) -> etree._Element:
    """四情報回答 with all four items, whatever was `asked`."""
    head = {"照会番号": "SH-20260401-9002", "団体内統合宛名番号": "000000000009001", "回答区分": "1", "回答項目": asked}
    person = {"氏名": "見本　花子", "生年月日": "19850403", "性別": "2", "住所": _TOWN_HALL}
    return composed("shijouhou", "四情報回答", {**head, **person})


def filing(version: str, corrected: str) -> etree._Element:
    """A 転入予約 of this 版 that says it corrects that one."""
    head = {"申請番号": "SN-20260401-9001", "版": version, "訂正前の版": corrected, "申請種別": "TENNYUU_YOYAKU"}
    person = {"氏名": "見本　花子", "生年月日": "19850403", "性別": "2", "住所": "神奈川県見本市見本町1番地"}
    visit = {
        "届出の年月日": _DAY,
        "個人番号": number(),
        **person,
        "連絡先電話番号": "000-0000-0000",
        "来庁予定年月日": "2026-04-20",
    }
    verdict = {"署名用電子証明書シリアル番号": "0123ABCDEF", "署名検証結果": "1", "署名検証日時": "20260401093000123"}
    return composed("shinsei", "電子申請", {**head, **visit, **verdict})


def enquiry() -> etree._Element:
    """情報照会 about nobody."""
    asked = {"照会番号": "SH-20260401-9003", "団体内統合宛名番号": "000000000009001", "照会部署": "課税課"}
    affair = {"事務コード": "JM00000000000001", "事務手続コード": "JT00000000000001", "情報提供者": "見本県見本市"}
    return composed("shoukai", "情報照会", {**asked, **affair, "特定個人情報名コード": "TM00000000000001"})


def change() -> etree._Element:
    person = {"氏名": "見本　次郎", "生年月日": "20150403", "性別": "1", "住所": _TOWN_HALL}
    return composed(
        "iten",
        "異動情報",
        {"異動事由": "TENKYO", "異動年月日": _DAY, **person, "宛名番号": "100000001", "抑止フラグ": "0"},
    )
