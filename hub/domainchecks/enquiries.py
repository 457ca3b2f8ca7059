"""Questions and their answers: nothing is asked twice, nothing is answered that was not asked (S17), no answer contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lxml import etree

from hub.codes import chk
from hub.domainchecks.dates import check_order
from hub.domainchecks.places import record_of, refused

_ASKED: Final = "回答項目"
_FOUR: Final = ("氏名", "生年月日", "性別", "住所")
_ANSWERED: Final = "1"


def check_unique(items: Iterable[etree._Element]) -> None:
    """Hold that no two of `items` have the same text. Raises `Refused` REPEATED at the second."""
    seen = set()
    for item in items:
        if item.text in seen:
            raise refused(chk.REPEATED, item)
        seen.add(item.text)


def check_question(payload: etree._Element) -> None:
    """四情報照会. Raises `Refused`."""
    check_unique(payload.iterchildren("{*}照会項目"))


def check_four_items(payload: etree._Element) -> None:
    """四情報回答: some of 回答項目, and none for 該当者なし. Raises `Refused`."""
    asked = list(payload.iterchildren(f"{{*}}{_ASKED}"))
    check_unique(asked)
    record, names = record_of(payload), {item.text for item in asked}
    answered = [name for name in _FOUR if name in record]
    for name in answered:
        if name not in names:
            raise refused(chk.NOT_ASKED, record[name], _ASKED)
    kind = record["回答区分"]
    if (kind.text == _ANSWERED) is not bool(answered):
        raise refused(chk.CONTENT_OF_KIND, kind, "回答区分")


def check_approval(payload: etree._Element) -> None:
    """提供承認要求. Raises `Refused`."""
    check_unique(payload.iterchildren("{*}提供項目"))


def check_enquiry(payload: etree._Element) -> None:
    """情報照会. Raises `Refused`."""
    check_order(record_of(payload), "照会開始年月日", "照会終了年月日")


def check_result(payload: etree._Element) -> None:
    """照会結果: items exactly where there is a result. Raises `Refused`."""
    record = record_of(payload)
    kind = record["照会結果区分"]
    if (kind.text == _ANSWERED) is not ("照会結果項目" in record):
        raise refused(chk.CONTENT_OF_KIND, kind, "照会結果区分")
