"""整合 between 住記 and CS: the counts of a batch, everybody once, and a reason for every mismatch."""

from __future__ import annotations

from typing import Final

from lxml import etree

from hub.codes import chk
from hub.domainchecks.enquiries import check_unique
from hub.domainchecks.places import Record, record_of, refused

_COUNT: Final = "対象となる人数"
_CS_ONLY: Final = "1"
_ITEMS_DIFFER: Final = "3"


def check_batch(payload: etree._Element) -> None:
    """整合性確認. Raises `Refused` PERSON_COUNT or REPEATED."""
    count = record_of(payload)[_COUNT]
    if count.text != str(len(_codes(payload))):
        raise refused(chk.PERSON_COUNT, count)
    check_unique(_codes(payload))


def check_outcome(payload: etree._Element) -> None:
    """整合性結果. Raises `Refused`."""
    persons = list(payload.iterchildren("{*}対象者"))
    check_unique(_codes(payload))
    for person in persons:
        _check_mismatch(person)
    kinds = [record_of(person)["不一致区分"].text for person in persons]
    _check_counts(record_of(payload), len(persons), sum(kind != _CS_ONLY for kind in kinds))


def _codes(payload: etree._Element) -> list[etree._Element]:
    return list(payload.iterfind("{*}対象者/{*}住民票コード"))


def _check_mismatch(person: etree._Element) -> None:
    names = list(person.iterchildren("{*}不一致項目名"))
    check_unique(names)
    kind = record_of(person)["不一致区分"]
    if (kind.text == _ITEMS_DIFFER) is not bool(names):
        raise refused(chk.CONTENT_OF_KIND, kind, "不一致区分")


def _check_counts(record: Record, listed: int, of_question: int) -> None:
    """`listed` persons stand in the result, `of_question` of them stood in the question too."""
    compared, equal, unequal = (
        (record[name], int(record[name].text or "")) for name in ("照合した人数", "一致した人数", "不一致の人数")
    )
    if unequal[1] != listed:
        raise refused(chk.RESULT_COUNTS, unequal[0])
    if compared[1] != equal[1] + of_question:
        raise refused(chk.RESULT_COUNTS, compared[0])
