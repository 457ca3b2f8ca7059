"""The one entry: every item's own rules, then the rules between the items of a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from lxml import etree

from hub.checkdigits import is_juuminhyou_code, is_kojin_bangou, is_lg_code
from hub.codes import chk
from hub.domainchecks.characters import character_fault, is_suspicious
from hub.domainchecks.dates import PLANNED_DAY, check_day, check_order
from hub.domainchecks.enquiries import check_approval, check_enquiry, check_four_items, check_question, check_result
from hub.domainchecks.filings import check_certificate, check_entitlement, check_filing
from hub.domainchecks.gaiji import Companions, check_counts, check_flag, has_gaiji
from hub.domainchecks.places import name_of, record_of, refused
from hub.domainchecks.reconciliation import check_batch, check_outcome
from hub.domainchecks.substitutes import check_substitutes
from hub.errors import Code

_Rule = tuple[Callable[[str], bool], Code]
_KOJIN: Final[_Rule] = (is_kojin_bangou, chk.KOJIN_BANGOU)
_JUUMINHYOU: Final[_Rule] = (is_juuminhyou_code, chk.JUUMINHYOU_CODE)
_LG: Final[_Rule] = (is_lg_code, chk.LG_CODE)
NUMBERS: Final[Mapping[str, _Rule]] = MappingProxyType(
    {
        "個人番号": _KOJIN,
        "住民票コード": _JUUMINHYOU,
        "旧住民票コード": _JUUMINHYOU,
        "市町村コード": _LG,
        "市町村コード転入前": _LG,
        "転出元市町村コード": _LG,
        "転出先市町村コード": _LG,
        "受理市町村コード": _LG,
        "本籍地市町村コード": _LG,
        "通称を記載した市区町村コード": _LG,
        "通称を削除した市区町村コード": _LG,
    }
)
_NUMBER_TAGS: Final = tuple(f"{{*}}{name}" for name in NUMBERS)
_DAY_TAGS: Final = ("{*}生年月日", "{*}タイムスタンプ", "{*}署名検証日時")
_LINES: Final = frozenset({"備考", "メモ"})
_MARKS: Final = frozenset({"代替文字氏名", "代替文字住所"})


def check(payload: etree._Element, type: str) -> None:  # noqa: A002 - the header's own word
    """Hold `payload`, which fits the schema of `type`, against every rule of HUB-CHK. Raises `Refused` at the first fault."""
    if is_suspicious(payload.itertext()):
        _check_characters(payload)
    for item in payload.iter(*_NUMBER_TAGS):
        holds, code = NUMBERS[name_of(item)]
        if not holds(item.text or ""):
            raise refused(code, item)
    for item in payload.iter(*_DAY_TAGS):
        check_day(item)
    between = _BETWEEN.get(type)
    if between is not None:
        between(payload)


def _check_characters(payload: etree._Element) -> None:
    for item in payload.iter():
        if len(item) == 0:
            name = name_of(item)
            fault = character_fault(item.text or "", lines=name in _LINES, marks=name in _MARKS)
            if fault is not None:
                raise refused(fault, item)


_HONNIN: Final = Companions(
    lengths=MappingProxyType({}),
    gaiji=MappingProxyType(
        {
            "外字数氏名": "漢字氏名",
            "外字数住所": "住所",
            "外字数転入前住所": "転入前住所",
            "旧氏外字数": "旧氏漢字",
        }
    ),
)
_LETTER: Final = Companions(
    lengths=MappingProxyType(
        {
            "送付先住所漢字項目長": "送付先住所漢字",
            "送付先氏名漢字項目長": "送付先氏名漢字",
            "市町村名項目長": "市町村名",
            "市町村住所項目長": "市町村住所",
            "交付場所名項目長": "交付場所名",
            "交付場所住所項目長": "交付場所住所",
            "カード送付場所名項目長": "カード送付場所名",
            "カード送付場所住所項目長": "カード送付場所住所",
        }
    ),
    gaiji=MappingProxyType(
        {
            "送付先住所漢字外字数": "送付先住所漢字",
            "送付先氏名漢字外字数": "送付先氏名漢字",
            "市町村住所外字数": "市町村住所",
            "交付場所名外字数": "交付場所名",
            "交付場所住所外字数": "交付場所住所",
            "カード送付場所名外字数": "カード送付場所名",
            "カード送付場所住所外字数": "カード送付場所住所",
        }
    ),
)
_PERSON: Final = Companions(
    lengths=MappingProxyType(
        {
            "氏名漢字項目長": "氏名漢字",
            "氏名かな項目長": "氏名かな",
            "住所項目長": "住所",
            "代替文字氏名項目長": "代替文字氏名",
            "代替文字住所項目長": "代替文字住所",
        }
    ),
    gaiji=MappingProxyType({"氏名漢字外字数": "氏名漢字", "住所外字数": "住所", "旧氏外字数": "旧氏漢字"}),
)


def _check_honnin(payload: etree._Element) -> None:
    record = record_of(payload)
    check_counts(record, _HONNIN)
    check_flag(record, expected=has_gaiji(record, _HONNIN))


def _check_soufusaki(payload: etree._Element) -> None:
    letter = record_of(payload)
    check_counts(letter, _LETTER)
    persons = list(payload.iterchildren("{*}対象者"))
    if letter["対象となる人数"].text != str(len(persons)):
        raise refused(chk.PERSON_COUNT, letter["対象となる人数"])
    for person in map(record_of, persons):
        check_counts(person, _PERSON)
        check_flag(person, expected=has_gaiji(person, _PERSON) or has_gaiji(letter, _LETTER))
        check_substitutes(person)


def _check_tenshutsu(payload: etree._Element) -> None:
    record = record_of(payload)
    check_order(record, "生年月日", PLANNED_DAY)
    check_order(record, "住所を定めた年月日", PLANNED_DAY)


def _check_tennyuu(payload: etree._Element) -> None:
    check_order(record_of(payload), "生年月日", "転入年月日")


def _check_koseki(payload: etree._Element) -> None:
    record = record_of(payload)
    check_order(record, "生年月日", "事由の生じた年月日")
    check_order(record, "事由の生じた年月日", "届出の年月日")


_BETWEEN: Final[Mapping[str, Callable[[etree._Element], None]]] = MappingProxyType(
    {
        "HK-UPD": _check_honnin,
        "SF-SEND": _check_soufusaki,
        "TS-CERT": _check_tenshutsu,
        "TN-NOTE": _check_tennyuu,
        "TN-IN": _check_tennyuu,
        "SG-CHK": check_batch,
        "SG-RES": check_outcome,
        "CK-TKY": check_approval,
        "CK-4J": check_question,
        "CK-4R": check_four_items,
        "CK-SKI": check_enquiry,
        "CK-SKR": check_result,
        "CV-CERT": check_certificate,
        "KS-NOTE": _check_koseki,
        "SK-INFO": check_entitlement,
        "SN-FILE": check_filing,
    }
)
