"""What is filed or certified: the content belongs to the kind, a later 版 names the one it corrects, an entitlement ends after it began."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lxml import etree

from hub.codes import chk
from hub.domainchecks.dates import PLANNED_DAY, check_order
from hub.domainchecks.places import Record, record_of, refused

CONTENT_OF_CERTIFICATE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "INKAN": "印鑑登録証明情報",
        "KAZEI": "税証明情報",
        "NOUZEI": "税証明情報",
        "KOSEKI_ZENBU": "戸籍証明情報",
        "KOSEKI_KOJIN": "戸籍証明情報",
        "FUHYOU": "戸籍証明情報",
    }
)
CONTENT_OF_FILING: Final[Mapping[str, str]] = MappingProxyType(
    {"TENSHUTSU": PLANNED_DAY, "TENNYUU_YOYAKU": "来庁予定年月日"}
)


def check_certificate(payload: etree._Element) -> None:
    """証明書情報. Raises `Refused` CONTENT_OF_KIND."""
    _check_content(record_of(payload), "証明書種別", CONTENT_OF_CERTIFICATE)


def check_filing(payload: etree._Element) -> None:
    """電子申請. Raises `Refused`."""
    record = record_of(payload)
    _check_content(record, "申請種別", CONTENT_OF_FILING)
    _check_versions(record)
    for day in CONTENT_OF_FILING.values():
        check_order(record, "生年月日", day)


def check_entitlement(payload: etree._Element) -> None:
    """資格情報. Raises `Refused` DATE_ORDER."""
    for item in payload:
        scheme = record_of(item)
        check_order(scheme, "資格取得年月日", "資格喪失年月日")
        check_order(scheme, "受給開始年月", "受給終了年月")


def _check_content(record: Record, kind: str, contents: Mapping[str, str]) -> None:
    if contents[record[kind].text or ""] not in record:
        raise refused(chk.CONTENT_OF_KIND, record[kind], kind)


def _check_versions(record: Record) -> None:
    version, corrected = record["版"], record.get("訂正前の版")
    number = int(version.text or "")
    before = int(corrected.text or "") if corrected is not None else 0
    # The first corrects none; a later one names one before it.
    if before >= number or (before == 0) is not (number == 1):
        raise refused(chk.VERSION_LINK, version)
