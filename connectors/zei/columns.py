"""The CSV of the 税務システム: which columns its records have. UTF-8, a column an item; invented, for the real ones are not public.

異動情報 and 照会結果 go out as one record a file; 証明書情報 and 情報照会 come in batches. A 照会結果 has a record for each of its items.
An item without a column is refused by its name, never left out.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Final

from lxml import etree

from connectors.kit.announcing import Announcement
from connectors.kit.flat import record
from connectors.kit.languages import rows
from connectors.kit.languages.records import CsvForm

# What the law may let the tax system have of 異動情報 is 宛名, 個人番号 and 抑止フラグ (beppyo/24).
CHANGE: Final = (
    *("異動事由", "異動年月日", "氏名", "氏名漢字", "氏名アルファベット", "氏名カタカナ", "生年月日", "性別", "住所"),
    *("個人番号", "宛名番号", "抑止フラグ"),
)
_RESULT: Final = (
    *("照会番号", "団体内統合宛名番号", "照会結果区分", "情報提供者", "特定個人情報名コード", "提供年月日"),
    *("照会結果項目/項目コード", "照会結果項目/項目値"),
)
_REPEATED: Final = "照会結果項目"
CERTIFIED: Final = Announcement(
    flow="D2",
    type="CV-CERT",
    recipient="conbini",
    table="statutes",
    item="conbini-zei",
    family="shoumei",
    root="証明書情報",
    items=(
        *("証明書種別", "版", "異動年月日", "抑止フラグ", "氏名", "生年月日", "住所", "宛名番号"),
        *("税証明情報/年度", "税証明情報/合計所得金額", "税証明情報/年税額", "税証明情報/納付済額"),
    ),
)
ENQUIRED: Final = Announcement(
    flow="C6",
    type="CK-SKI",
    recipient="atena",
    table="statutes",
    item="bangou-19-8-shoukai",
    family="shoukai",
    root="情報照会",
    items=(
        *("照会番号", "団体内統合宛名番号", "照会部署", "事務コード", "事務手続コード", "情報提供者"),
        *("特定個人情報名コード", "照会開始年月日", "照会終了年月日"),
    ),
)
FORMS: Final[Mapping[str, CsvForm]] = {
    "certificates": CsvForm(CERTIFIED.columns),
    "enquiries": CsvForm(ENQUIRED.columns),
}


def written(payload: etree._Element) -> bytes:
    """The records of an 異動情報 or a 照会結果. Raises `Refused` for an item without a column."""
    if etree.QName(payload).localname == "異動情報":
        return rows.written(CHANGE, [record(payload, CHANGE)])
    return rows.written(_RESULT, [record(one, _RESULT) for one in _alone(payload)])


def _alone(payload: etree._Element) -> Sequence[etree._Element]:
    """The payload once for each of its repeated items, with that one alone; itself where it has none."""
    repeated = list(payload.iterchildren(f"{{*}}{_REPEATED}"))
    return [_with_only(payload, number) for number in range(len(repeated))] or [payload]


def _with_only(payload: etree._Element, kept: int) -> etree._Element:
    made = copy.deepcopy(payload)
    for number, one in enumerate(list(made.iterchildren(f"{{*}}{_REPEATED}"))):
        if number != kept:
            made.remove(one)
    return made
