"""Valid payloads of every message type for any test: invented persons, numbers with valid check digits.

`sample(kind)` is the plainest one; `samples(kind)` are all, among them foreign residents, 外字 (U+E000-, plane 16) and variation
selectors. `tree(kind, changes)` makes one with other values, so that a test says only what it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from hub.checkdigits import juuminhyou_code_digit, kojin_bangou_digit
from hub.domainchecks import character_count, gaiji_count

# An item's value: text, the children of a compound item, or several elements of one name. None leaves the item out.
Value = str | None | Mapping[str, "Value"] | tuple["Value", ...]

ADACHI: Final = "131211"
OTHER_CITY: Final = "141305"
IVS_NAME: Final = "葛\U000e0100城　花子"  # one 葛 with its variation selector
GAIJI_NAME: Final = "渡\ue001　\U0010de92子"  # one 外字 of the basic plane, one of plane 16
ADDRESS: Final = "東京都足立区中央本町一丁目17番1号"


def kojin_bangou(number: int) -> str:
    """The invented 個人番号 whose first eleven digits are `number`."""
    digits = f"{number:011d}"
    return digits + kojin_bangou_digit(digits)


def juuminhyou_code(number: int) -> str:
    """The invented 住民票コード whose first ten digits are `number`."""
    digits = f"{number:010d}"
    return digits + juuminhyou_code_digit(digits)


NUMBER: Final = kojin_bangou(90000000001)
CODE: Final = juuminhyou_code(9000000001)
HEAD: Final = {"世帯主の氏名": "試験　太郎", "世帯主との続柄": "02"}
INSURED: Final = {"被保険者該当の有無": "1", "資格取得年月日": "2020-04-01"}


def sample(kind: str) -> bytes:
    """A valid payload of type `kind`, serialised in UTF-8."""
    return samples(kind)[0]


def samples(kind: str) -> tuple[bytes, ...]:
    """Every valid payload of type `kind` that is made here."""
    return tuple(etree.tostring(_build(kind, items), encoding="UTF-8") for items in _ITEMS[kind])


def tree(kind: str, changes: Mapping[str, Value] | None = None, variant: int = 0) -> etree._Element:
    """The valid payload number `variant` of type `kind` with `changes` to its items (None takes an item out)."""
    return _build(kind, {**_ITEMS[kind][variant], **(changes or {})})


def types() -> tuple[str, ...]:
    """Every type that has samples: all of xsd/catalogue.yaml."""
    return tuple(_ITEMS)


def _build(kind: str, items: Mapping[str, Value]) -> etree._Element:
    namespace, root = _ROOTS[kind]
    element = etree.Element(f"{{{namespace}}}{root}", nsmap={None: namespace})
    _fill(element, namespace, items)
    return element


def _fill(parent: etree._Element, namespace: str, items: Mapping[str, Value]) -> None:
    for name, value in items.items():
        for one in value if isinstance(value, tuple) else (value,):
            if one is None:
                continue
            child = etree.SubElement(parent, f"{{{namespace}}}{name}")
            if isinstance(one, str):
                child.text = one
            elif isinstance(one, Mapping):
                _fill(child, namespace, one)


# --- 本人確認情報, 送付先情報 -----------------------------------------------------------------------------------------------


def honnin(name: str = "試験　一郎", address: str = ADDRESS) -> dict[str, Value]:
    """The items of a 本人確認情報更新 whose counts fit `name` and `address`."""
    gaiji = gaiji_count(name), gaiji_count(address)
    return {
        "住民票コード": CODE,
        "漢字氏名": name,
        "外字数氏名": str(gaiji[0]),
        "ふりがな氏名": "しけん　いちろう",
        "清音化かな氏名": "しけん　いちろう",
        "生年月日": "19850403",
        "性別": "1",
        "市町村コード": ADACHI,
        "大字字コード": "012001",
        "郵便番号": "1200011",
        "住所": address,
        "外字数住所": str(gaiji[1]),
        "個人番号": NUMBER,
        "住民となった日": "2020-04-01",
        "住所を定めた日": "2026-04-01",
        "届出の年月日": "2026-04-03",
        "市町村コード転入前": OTHER_CITY,
        "転入前住所": "神奈川県川崎市川崎区宮本町1番地",
        "外字数転入前住所": "0",
        "続柄": "02",
        "異動事由": "TENNYUU",
        "異動年月日": "2026-04-01",
        "異動事由詳細": "TENNYUU_KENGAI",
        "旧住民票コード": None,
        "住民票コード使用年月日": "2015-10-05",
        "依頼管理番号": "R-20260403-0001",
        "操作者ID": "S0042",
        "操作端末ID": "T-117",
        "更新順番号": "1",
        "異常時更新順番号": None,
        "更新禁止フラグ": "0",
        "予定者フラグ": "0",
        "排他フラグ": "0",
        "外字フラグ": "1" if any(gaiji) else "0",
        "レコード状況フラグ": "0",
        "タイムスタンプ": "20260403101530123",
    }


def soufusaki(persons: tuple[Mapping[str, Value], ...]) -> dict[str, Value]:
    """The items of a 送付先情報 to `persons` (see `soufusaki_person`)."""
    office, counter = "足立区役所", "東京都足立区中央本町一丁目17番1号"
    return {
        "送付先管理番号": "SF-20260403-0001",
        "送付先郵便番号": "1200011",
        **_counted("送付先住所漢字", ADDRESS, "送付先住所漢字項目長", "送付先住所漢字外字数"),
        **_counted("送付先氏名漢字", "試験　一郎", "送付先氏名漢字項目長", "送付先氏名漢字外字数"),
        "市町村コード": ADACHI,
        "市町村名項目長": "3",
        "市町村名": "足立区",
        "市町村郵便番号": "1208510",
        **_counted("市町村住所", counter, "市町村住所項目長", "市町村住所外字数"),
        "市町村電話番号": "03-3880-5111",
        **_counted("交付場所名", office, "交付場所名項目長", "交付場所名外字数"),
        "交付場所郵便番号": "1208510",
        **_counted("交付場所住所", counter, "交付場所住所項目長", "交付場所住所外字数"),
        "交付場所電話番号": "03-3880-5111",
        "対象となる人数": str(len(persons)),
        "処理年月日": "2026-04-03",
        "操作者ID": "S0042",
        "操作端末ID": "T-117",
        "印刷区分": "1",
        "対象者": tuple(persons),
    }


def soufusaki_person(
    name: str = "試験　一郎", substitute: str | None = None, address_substitute: str = ADDRESS, position: str = ""
) -> dict[str, Value]:
    """The items of one 対象者; with `substitute` also the 代替文字 items, whose maps are given or all 0."""
    items: dict[str, Value] = {
        "住民票コード": CODE,
        **_counted("氏名漢字", name, "氏名漢字項目長", "氏名漢字外字数"),
        "氏名かな項目長": "8",
        "氏名かな": "しけん　いちろう",
        "郵便番号": "1200011",
        **_counted("住所", ADDRESS, "住所項目長", "住所外字数"),
        "生年月日": "19850403",
        "性別": "1",
        "個人番号": NUMBER,
        "代替文字変換結果": "0",
    }
    if substitute is not None:
        items["代替文字変換結果"] = "9" if "〓" in substitute else "1"
        items |= {
            "代替文字氏名項目長": str(character_count(substitute)),
            "代替文字氏名": substitute,
            "代替文字住所項目長": str(character_count(address_substitute)),
            "代替文字住所": address_substitute,
            "代替文字氏名位置情報": position or "0" * character_count(substitute),
            "代替文字住所位置情報": "0" * character_count(address_substitute),
        }
    return {**items, "外字フラグ": "1" if gaiji_count(name) else "0"}


def _counted(name: str, text: str, length: str, gaiji: str) -> dict[str, Value]:
    return {length: str(character_count(text)), name: text, gaiji: str(gaiji_count(text))}


# --- the other families ---------------------------------------------------------------------------------------------------

_BORN: Final[dict[str, Value]] = {"生年月日": "19850403", "性別": "1"}
_CARD: Final[dict[str, Value]] = {
    "中長期在留者である旨": "1",
    "在留資格": "A10",
    "在留期間": "3年",
    "在留期間の満了の日": "2028-06-30",
    "在留カードの番号": "AB12345678CD",
}
_FOREIGN_NAME: Final[dict[str, Value]] = {"氏名漢字": "李　試験", "氏名アルファベット": "LI SHIKEN"}
_ARRIVED: Final[dict[str, Value]] = {"異動事由": "TENNYUU", "異動年月日": "2026-04-01"}

_IDO: Final[dict[str, Value]] = {
    **_ARRIVED,
    "氏名": "試験　一郎",
    **_BORN,
    "住所": ADDRESS,
    "個人番号": NUMBER,
    "宛名番号": "100000001",
    "抑止フラグ": "0",
}
_JUKI: Final[dict[str, Value]] = {
    "氏名": IVS_NAME,
    "旧氏": "試験",
    **_BORN,
    "世帯主の氏名及び世帯主との続柄": HEAD,
    "世帯主である旨": "1",
    "戸籍の表示": {"本籍": ADDRESS, "筆頭者": "試験　太郎"},
    "住民となった年月日": "2020-04-01",
    "住所": ADDRESS,
    "住所を定めた年月日": "2026-04-01",
    "届出の年月日": "2026-04-03",
    "転入前住所": "神奈川県川崎市川崎区宮本町1番地",
    "個人番号": NUMBER,
    "選挙人名簿への登録の有無": "1",
    "国民健康保険の被保険者該当の有無資格取得喪失年月日": INSURED,
    "後期高齢者医療の被保険者該当の有無資格取得喪失年月日": {"被保険者該当の有無": "0"},
    "介護保険の被保険者該当の有無資格取得喪失年月日": INSURED,
    "国民年金の被保険者該当の有無基礎年金番号種別種別の変更があった年月日資格取得喪失年月日": {
        "被保険者該当の有無": "1",
        "基礎年金番号": "0000000001",
        "種別": "1",
        "資格取得年月日": "2005-04-03",
    },
    "児童手当の受給開始終了年月": {"受給開始年月": "2026-04"},
    "住民票コード": CODE,
    "宛名番号": "100000001",
    "世帯番号": "200000001",
    "世帯員の並び順": "1",
    "異動履歴として管理する各項目": {"異動": ({**_ARRIVED, "届出の年月日": "2026-04-03"},)},
    "住民状態": "1",
    "住民種別": "1",
    "証明書の交付履歴": {"交付": ({"証明書の種別": "住民票の写し", "交付年月日": "2026-04-03", "通数": "1"},)},
    "抑止フラグ": "0",
    "備考": "一行目\n二行目",
    "氏名のフリガナ": "カツラギ　ハナコ",
    "氏名のフリガナ確認フラグ": "1",
    "住所コード": "012001",
    "住所の郵便番号": "1200011",
    "転入前住所の住所コード及びその郵便番号": {"住所コード": "14131", "郵便番号": "2100004"},
    "成年被後見人の該当有無": "0",
    "処理日": "2026-04-03",
    "署名用電子証明書シリアル番号": "0123ABCDEF",
}
_JUKI_FOREIGN: Final[dict[str, Value]] = {
    **_FOREIGN_NAME,
    "通称": "試験　次郎",
    "通称を記載した年月日": "2021-01-04",
    "通称を記載した市区町村": "足立区",
    "生年月日": "19900000",
    "性別": "2",
    "世帯主の氏名及び世帯主との続柄": HEAD,
    "住所": ADDRESS,
    "住民票コード": CODE,
    "外国人住民となった年月日": "2021-01-04",
    "国籍地域": "KOR",
    **_CARD,
    "宛名番号": "100000002",
    "世帯番号": "200000002",
    "住民状態": "1",
    "住民種別": "2",
    "抑止フラグ": "1",
    "通称を記載した市区町村コード": ADACHI,
    "住居地の届出の有無": "1",
    "氏名優先区分": "2",
}
_TENSHUTSU: Final[dict[str, Value]] = {
    "転出予定年月日": "2026-04-01",
    "転出元市町村コード": OTHER_CITY,
    "届出の年月日": "2026-03-25",
    "氏名": "試験　一郎",
    **_BORN,
    "世帯主の氏名及び世帯主との続柄": HEAD,
    "戸籍の表示": {"本籍": ADDRESS, "筆頭者": "試験　太郎"},
    "住所": "神奈川県川崎市川崎区宮本町1番地",
    "住所を定めた年月日": "2020-04-01",
    "転出先住所": ADDRESS,
    "転出先市町村コード": ADACHI,
    "個人番号": NUMBER,
    "住民票コード": CODE,
    "国民健康保険の被保険者該当の有無資格取得喪失年月日": INSURED,
    "児童手当の受給開始終了年月": {"受給開始年月": "2020-04"},
}
_TENNYUU: Final[dict[str, Value]] = {
    "異動事由": "TENNYUU_TOKUREI",
    "転入年月日": "2026-04-01",
    "届出の年月日": "2026-04-03",
    "氏名": GAIJI_NAME,
    **_BORN,
    "戸籍の表示": {"本籍": ADDRESS, "筆頭者": "試験　太郎"},
    "住所": ADDRESS,
    "市町村コード": ADACHI,
    "転入前住所": "神奈川県川崎市川崎区宮本町1番地",
    "市町村コード転入前": OTHER_CITY,
}
_MJ_OUT: Final[dict[str, Value]] = {
    "通知事由": "KISAI",
    **_ARRIVED,
    "市町村コード": ADACHI,
    **_FOREIGN_NAME,
    **_BORN,
    "住所": ADDRESS,
    "住所を定めた年月日": "2026-04-01",
    "国籍地域": "KOR",
    **_CARD,
    "住居地の届出の有無": "1",
}
_MJ_OUT_PERMANENT: Final[dict[str, Value]] = {
    **{name: value for name, value in _MJ_OUT.items() if name not in {*_CARD, "住居地の届出の有無", "氏名漢字"}},
    "特別永住者である旨": "2",
    "特別永住者証明書の番号": "AB12345678CD",
    "特別永住者証有効期限": "2030-04-03",
}
_MJ_IN: Final[dict[str, Value]] = {
    "通知事由": "KIKAN",
    "通知年月日": "2026-04-03",
    **_FOREIGN_NAME,
    **_BORN,
    "国籍地域": "KOR",
    **_CARD,
    "許可年月日": "2026-04-02",
}
_ATENA: Final[dict[str, Value]] = {
    "個人番号": NUMBER,
    "氏名": "試験　一郎",
    **_BORN,
    "住所": ADDRESS,
    "宛名番号": "100000001",
}
_FUKUHON: Final[dict[str, Value]] = {
    "特定個人情報名コード": "TM00000000000001",
    "宛名番号": "100000001",
    "版": "1",
    "自動応答不可フラグ": "0",
    "異動年月日": "2026-04-01",
    "副本": {"世帯番号": "200000001", "世帯主である旨": "1", "世帯主との続柄": "02", "世帯員の並び順": "1"},
}
_CONBINI: Final[dict[str, Value]] = {
    **_ARRIVED,
    "版": "1",
    "氏名": GAIJI_NAME,
    **_BORN,
    "世帯主の氏名及び世帯主との続柄": HEAD,
    "戸籍の表示": {"本籍": ADDRESS, "筆頭者": "試験　太郎"},
    "住所": ADDRESS,
    "住所を定めた年月日": "2026-04-01",
    "宛名番号": "100000001",
    "世帯番号": "200000001",
    "住民状態": "1",
    "抑止フラグ": "1",
    "氏名のフリガナ": "ワタナベ　ハナコ",
    "利用者証明用電子証明書シリアル番号": "0123ABCDEF",
}
_ANSWER: Final[dict[str, Value]] = {
    "Checkpoint": {"Origin": "juki-hub/131211/kikan", "Size": "4711", "Root": "A" * 43 + "="},
    "Line": (
        {"MessageId": "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa", "Digest": "0" * 64, "Level": "partner-confirmed"},
        {
            "MessageId": "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77ab",
            "Digest": "f" * 64,
            "Level": "rejected",
            "Code": "HUB-DOM-001",
        },
    ),
}
_SEEN: Final[dict[str, Value]] = {
    "Flow": "A1-4",
    "Counterpart": "to-sv",
    "SeenAt": "2026-04-01T00:15:00.000Z",
    "Evidence": "0" * 64,
}

# --- the other flows of 別添1: with the CS, around the 共通機能, filings and certificates ------------------------------------

PROCESS: Final = "202604010000000000000001"
TOUGOU: Final = "000000012345678"
OTHER_BODY: Final = "見本県見本市"
_NAMED: Final[dict[str, Value]] = {"氏名": "試験　一郎", **_BORN}
_CITIZEN: Final[dict[str, Value]] = {"氏名": IVS_NAME, **_BORN}

_TS_REQ: Final[dict[str, Value]] = {
    "依頼番号": "TR-20260401-0001",
    "転出元市町村コード": OTHER_CITY,
    "届出の年月日": "2026-04-01",
    **_CITIZEN,
}
_RECONCILED: Final[dict[str, Value]] = {**_NAMED, "住所": ADDRESS, "異動年月日": "2026-04-01"}


def seigou(persons: int) -> dict[str, Value]:
    """The items of a 整合性確認 about so many invented persons."""
    records = ({"住民票コード": juuminhyou_code(9000000001 + one), **_RECONCILED} for one in range(persons))
    return {
        "整合番号": "SG-20260401-0001",
        "基準年月日": "2026-04-01",
        "対象となる人数": str(persons),
        "対象者": tuple(records),
    }


_SG_RES: Final[dict[str, Value]] = {
    "整合番号": "SG-20260401-0001",
    "基準年月日": "2026-04-01",
    "照合した人数": "3",
    "一致した人数": "1",
    "不一致の人数": "3",
    "対象者": (
        {"住民票コード": juuminhyou_code(9000000001), "不一致区分": "1"},
        {"住民票コード": juuminhyou_code(9000000002), "不一致区分": "2"},
        {"住民票コード": juuminhyou_code(9000000003), "不一致区分": "3", "不一致項目名": ("氏名", "住所")},
    ),
}
_SG_RES_ALIKE: Final[dict[str, Value]] = {
    **_SG_RES,
    "照合した人数": "1000",
    "一致した人数": "1000",
    "不一致の人数": "0",
    "対象者": (),
}
_BN_REQ: Final[dict[str, Value]] = {
    "依頼番号": "BN-20260401-0001",
    "住民票コード": CODE,
    "生成要求事由": "SHINKI",
}
_BN_RES: Final[dict[str, Value]] = {
    "依頼番号": "BN-20260401-0001",
    "住民票コード": CODE,
    "個人番号": NUMBER,
    "生成年月日": "2026-04-02",
}
_CK_FGC: Final[dict[str, Value]] = {"処理通番": PROCESS, "住民票コード": CODE}
_CK_FGU: Final[dict[str, Value]] = {"処理通番": PROCESS, "宛名番号": "100000001", "団体内統合宛名番号": TOUGOU}
_TN_IN: Final[dict[str, Value]] = {
    "異動事由": "TENNYUU",
    "転入年月日": "2026-04-01",
    "届出の年月日": "2026-04-03",
    **_CITIZEN,
    "住所": "神奈川県川崎市川崎区宮本町1番地",
    "市町村コード": OTHER_CITY,
    "転入前住所": ADDRESS,
    "市町村コード転入前": ADACHI,
}
_CK_TKY: Final[dict[str, Value]] = {
    "照会番号": "SH-20260401-0001",
    "処理通番": PROCESS,
    "照会機関": OTHER_BODY,
    "事務名": "児童手当の支給に関する事務",
    "特定個人情報名コード": "TM00000000000001",
    "提供項目": ("世帯番号", "世帯主である旨", "世帯主との続柄"),
    "提供許可証番号": "KY-20260401-0001",
    "経路情報": "見本県情報提供経路01",
    "提供内容ダイジェスト": "5f" * 32,
    "自動応答不可フラグ": "1",
}
_CK_TKR: Final[dict[str, Value]] = {
    "照会番号": "SH-20260401-0001",
    "処理通番": PROCESS,
    "提供許可証番号": "KY-20260401-0001",
    "提供内容ダイジェスト": "5f" * 32,
    "承認区分": "1",
}
_CK_4J: Final[dict[str, Value]] = {
    "照会番号": "SH-20260401-0002",
    "団体内統合宛名番号": TOUGOU,
    "照会項目": ("氏名", "生年月日", "性別", "住所"),
}
_CK_4R: Final[dict[str, Value]] = {
    "照会番号": "SH-20260401-0002",
    "団体内統合宛名番号": TOUGOU,
    "回答区分": "1",
    "回答項目": ("氏名", "生年月日", "性別", "住所"),
    **_CITIZEN,
    "住所": ADDRESS,
}
_CK_4R_UNKNOWN: Final[dict[str, Value]] = {
    **{name: value for name, value in _CK_4R.items() if name not in {*_CITIZEN, "住所"}},
    "回答区分": "9",
    "回答項目": ("住所",),
}
_CK_SKI: Final[dict[str, Value]] = {
    "照会番号": "SH-20260401-0003",
    "団体内統合宛名番号": TOUGOU,
    "照会部署": "介護保険課",
    "事務コード": "JM00000000000001",
    "事務手続コード": "JT00000000000001",
    "情報提供者": OTHER_BODY,
    "特定個人情報名コード": "TM00000000000002",
    "照会開始年月日": "2025-04-01",
    "照会終了年月日": "2026-03-31",
}
_CK_SKR: Final[dict[str, Value]] = {
    "照会番号": "SH-20260401-0003",
    "団体内統合宛名番号": TOUGOU,
    "照会結果区分": "1",
    "情報提供者": OTHER_BODY,
    "特定個人情報名コード": "TM00000000000002",
    "提供年月日": "2026-04-02",
    "照会結果項目": (
        {"項目コード": "TK00000000000001", "項目値": "令和7年度"},
        {"項目コード": "TK00000000000002", "項目値": "0"},
    ),
}
_CK_EXP: Final[dict[str, Value]] = {
    "出力年月日": "2026-04-01",
    "特定個人情報名コード": "TM00000000000001",
    "団体内統合宛名番号": TOUGOU,
    "版": "1",
    "自動応答不可フラグ": "0",
    "異動年月日": "2026-04-01",
    "副本": _FUKUHON["副本"],
}
_CV_CERT: Final[dict[str, Value]] = {
    "証明書種別": "INKAN",
    "版": "1",
    "異動年月日": "2026-04-01",
    "抑止フラグ": "0",
    "氏名": GAIJI_NAME,
    "生年月日": "19850403",
    "住所": ADDRESS,
    "宛名番号": "100000001",
}
_SEAL: Final[dict[str, Value]] = {"印鑑登録番号": "0012345", "登録年月日": "2026-04-01", "登録状態": "1"}
_TAX: Final[dict[str, Value]] = {"年度": "2025", "合計所得金額": "0", "年税額": "5000"}
_REGISTER: Final[dict[str, Value]] = {
    "本籍地市町村コード": ADACHI,
    "戸籍の表示": {"本籍": ADDRESS, "筆頭者": "試験　太郎"},
}
_KS_NOTE: Final[dict[str, Value]] = {
    "通知番号": "KS-20260401-0001",
    "通知事由": "KONIN",
    "事由の生じた年月日": "2026-04-01",
    "届出の年月日": "2026-04-01",
    "受理市町村コード": OTHER_CITY,
    "氏名": GAIJI_NAME,
    "変更後の氏名": "見本　花子",
    **_BORN,
    "住所": ADDRESS,
    "戸籍の表示": {"本籍": ADDRESS, "筆頭者": "試験　太郎"},
}
_SK_INFO: Final[dict[str, Value]] = {"宛名番号": "100000001", "処理日": "2026-04-01"}
_SCHEMES: Final[tuple[dict[str, Value], ...]] = (
    {"国民健康保険の被保険者該当の有無資格取得喪失年月日": INSURED},
    {"後期高齢者医療の被保険者該当の有無資格取得喪失年月日": INSURED},
    {"介護保険の被保険者該当の有無資格取得喪失年月日": {**INSURED, "資格喪失年月日": "2026-04-01"}},
    {
        "国民年金の被保険者該当の有無基礎年金番号種別種別の変更があった年月日資格取得喪失年月日": {
            "被保険者該当の有無": "1",
            "基礎年金番号": "0000000001",
            "種別": "1",
        }
    },
    {"児童手当の受給開始終了年月": {"受給開始年月": "2026-04", "受給終了年月": "2026-04"}},
    {"選挙人名簿への登録の有無": "1"},
)
_SN_FILE: Final[dict[str, Value]] = {
    "申請番号": "SN-20260401-0001",
    "版": "2",
    "訂正前の版": "1",
    "申請種別": "TENSHUTSU",
    "届出の年月日": "2026-04-01",
    "個人番号": NUMBER,
    **_CITIZEN,
    "住所": ADDRESS,
    "連絡先電話番号": "03-3880-5111",
    "転出予定年月日": "2026-04-20",
    "転出先住所予定": "神奈川県川崎市川崎区宮本町1番地",
    "署名用電子証明書シリアル番号": "0123ABCDEF",
    "署名検証結果": "1",
    "署名検証日時": "20260401093000123",
}
_SN_BOOKING: Final[dict[str, Value]] = {
    "申請番号": "SN-20260401-0002",
    "版": "1",
    "申請種別": "TENNYUU_YOYAKU",
    "届出の年月日": "2026-04-01",
    "個人番号": NUMBER,
    **_NAMED,
    "住所": "神奈川県川崎市川崎区宮本町1番地",
    "来庁予定年月日": "2026-04-20",
    "署名用電子証明書シリアル番号": "0123ABCDEF",
    "署名検証結果": "1",
    "署名検証日時": "20260401093000123",
}
_SN_LINK: Final[dict[str, Value]] = {
    "宛名番号": "100000001",
    "処理日": "2026-04-01",
    "紐付区分": "1",
    "署名用電子証明書シリアル番号": "0123ABCDEF",
    "利用者証明用電子証明書シリアル番号": "0123ABCDF0",
}

_OLD_NAME: Final[dict[str, Value]] = {
    "旧氏漢字": "試験",
    "旧氏外字数": "0",
    "旧氏ふりがな": "しけん",
    "旧氏外字変更連番": "1",
}
_ROOTS: Final[Mapping[str, tuple[str, str]]] = {
    "HK-UPD": ("urn:juki-hub:honnin:1", "本人確認情報更新"),
    "SF-SEND": ("urn:juki-hub:soufusaki:1", "送付先情報"),
    "TS-CERT": ("urn:juki-hub:tenshutsu:1", "転出証明書情報"),
    "TN-NOTE": ("urn:juki-hub:tennyuu:1", "転入通知"),
    "JK-CHG": ("urn:juki-hub:iten:1", "異動情報"),
    "KK-CHG": ("urn:juki-hub:iten:1", "異動情報"),
    "MJ-OUT": ("urn:juki-hub:houmu:1", "市町村通知"),
    "MJ-IN": ("urn:juki-hub:houmu:1", "法務省通知"),
    "AT-REG": ("urn:juki-hub:atena:1", "宛名登録"),
    "CK-DBM": ("urn:juki-hub:fukuhon:1", "副本登録"),
    "CV-UPD": ("urn:juki-hub:conbini:1", "証明書元情報"),
    "TS-REQ": ("urn:juki-hub:soushin:1", "転出証明書送信依頼"),
    "SG-CHK": ("urn:juki-hub:seigou:1", "整合性確認"),
    "SG-RES": ("urn:juki-hub:seigou:1", "整合性結果"),
    "BN-REQ": ("urn:juki-hub:bangou:1", "番号生成要求"),
    "BN-RES": ("urn:juki-hub:bangou:1", "番号通知"),
    "CK-FGC": ("urn:juki-hub:fugou:1", "符号取得用住民票コード通知"),
    "TN-IN": ("urn:juki-hub:tennyuu-in:1", "転入通知受信"),
    "CK-FGU": ("urn:juki-hub:fugou:1", "符号取得要求"),
    "CK-TKY": ("urn:juki-hub:teikyou:1", "提供承認要求"),
    "CK-TKR": ("urn:juki-hub:teikyou:1", "提供承認回答"),
    "CK-4J": ("urn:juki-hub:shijouhou:1", "四情報照会"),
    "CK-4R": ("urn:juki-hub:shijouhou:1", "四情報回答"),
    "CK-SKI": ("urn:juki-hub:shoukai:1", "情報照会"),
    "CK-SKR": ("urn:juki-hub:shoukai:1", "照会結果"),
    "CK-EXP": ("urn:juki-hub:fukuhon-export:1", "副本照合データ"),
    "CV-CERT": ("urn:juki-hub:shoumei:1", "証明書情報"),
    "KS-NOTE": ("urn:juki-hub:koseki:1", "戸籍通知"),
    "SK-INFO": ("urn:juki-hub:shikaku:1", "資格情報"),
    "SN-FILE": ("urn:juki-hub:shinsei:1", "電子申請"),
    "SN-LINK": ("urn:juki-hub:himoduke:1", "番号紐付情報"),
    "JK-REC": ("urn:juki-hub:juki:1", "住民基本台帳"),
    "ANSWER": ("urn:juki-hub:exchange:1", "Answer"),
    "OB-SEEN": ("urn:juki-hub:exchange:1", "Observation"),
}


def _household() -> Iterator[Mapping[str, Value]]:
    yield soufusaki_person()
    yield soufusaki_person("髙橋　花子", "高橋　花子", position="10000")
    yield soufusaki_person(GAIJI_NAME, "渡〓　〓子", position="01010")
    yield soufusaki_person(IVS_NAME, "葛城　花子", position="10000")


_ITEMS: Final[Mapping[str, tuple[Mapping[str, Value], ...]]] = {
    "HK-UPD": (honnin(), {**honnin(GAIJI_NAME), **_OLD_NAME}, honnin(IVS_NAME), {**honnin(), "個人番号": None}),
    "SF-SEND": (soufusaki((soufusaki_person(),)), soufusaki(tuple(_household()))),
    "TS-CERT": (_TENSHUTSU, {**_TENSHUTSU, "生年月日": "00000000", "氏名": IVS_NAME}),
    "TN-NOTE": (_TENNYUU,),
    "JK-CHG": (_IDO, {**_ARRIVED}),
    "KK-CHG": (_IDO,),
    "MJ-OUT": (_MJ_OUT, _MJ_OUT_PERMANENT),
    "MJ-IN": (_MJ_IN,),
    "AT-REG": (_ATENA, {**_ATENA, "氏名": GAIJI_NAME}),
    "CK-DBM": (
        _FUKUHON,
        {("団体内統合宛名番号" if name == "宛名番号" else name): value for name, value in _FUKUHON.items()},
    ),
    "CV-UPD": (_CONBINI,),
    "TS-REQ": (_TS_REQ,),
    "SG-CHK": (seigou(1), seigou(3)),
    "SG-RES": (_SG_RES, _SG_RES_ALIKE),
    "BN-REQ": (_BN_REQ,),
    "BN-RES": (_BN_RES,),
    "CK-FGC": (_CK_FGC,),
    "TN-IN": (_TN_IN,),
    "CK-FGU": (_CK_FGU, {**_CK_FGU, "団体内統合宛名番号": None}),
    "CK-TKY": (_CK_TKY, {**_CK_TKY, "自動応答不可フラグ": "0"}),
    "CK-TKR": (_CK_TKR, {**_CK_TKR, "承認区分": "9"}),
    "CK-4J": (
        _CK_4J,
        {"照会番号": "SH-20260401-0002", "団体内統合宛名番号": TOUGOU, "宛名番号": "100000001", "照会項目": ("住所",)},
    ),
    "CK-4R": (_CK_4R, _CK_4R_UNKNOWN, {**_CK_4R, "氏名": None, "性別": None}),
    "CK-SKI": (_CK_SKI,),
    "CK-SKR": (_CK_SKR, {**_CK_SKR, "照会結果区分": "9", "照会結果項目": None}),
    "CK-EXP": (
        _CK_EXP,
        {("宛名番号" if name == "団体内統合宛名番号" else name): value for name, value in _CK_EXP.items()},
    ),
    "CV-CERT": (
        {**_CV_CERT, "印鑑登録証明情報": _SEAL},
        {**_CV_CERT, "証明書種別": "KAZEI", "抑止フラグ": "1", "税証明情報": _TAX},
        {**_CV_CERT, "証明書種別": "KOSEKI_ZENBU", "宛名番号": None, "戸籍証明情報": _REGISTER},
    ),
    "KS-NOTE": (_KS_NOTE,),
    "SK-INFO": tuple({**_SK_INFO, **scheme} for scheme in _SCHEMES),
    "SN-FILE": (_SN_FILE, _SN_BOOKING),
    "SN-LINK": (_SN_LINK,),
    "JK-REC": (_JUKI, _JUKI_FOREIGN),
    "ANSWER": (_ANSWER,),
    "OB-SEEN": (_SEEN, {**_SEEN, "Code": "HUB-DOM-001"}),
}
