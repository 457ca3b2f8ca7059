"""What a certificate says: its title, its lines in the order of the paper, and the sentence that certifies them.

One page about one person. A character that a printer's set lacks is printed as its 代替文字 and said to be one; the document
carries the text itself beside the page (`connectors.conbini.document`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from connectors.conbini.language import RESIDENCE, Record, Request
from connectors.kit.text import CharacterSet, substitute
from connectors.kit.text.days import Day
from connectors.kit.text.wareki import Form, write_wareki

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        RESIDENCE: "住民票の写し",
        "INKAN": "印鑑登録証明書",
        "KAZEI": "課税証明書",
        "NOUZEI": "納税証明書",
        "KOSEKI_ZENBU": "戸籍全部事項証明書",
        "KOSEKI_KOJIN": "戸籍個人事項証明書",
        "FUHYOU": "戸籍の附票の写し",
    }
)
# What is printed of each kind, by the column of the record; what a record does not have is not printed.
_RESIDENCE: Final = (
    *("氏名のフリガナ", "性別", "住所", "住民となった年月日", "外国人住民となった年月日", "住所を定めた年月日"),
    *("届出の年月日", "世帯主の氏名及び世帯主との続柄/世帯主の氏名", "戸籍の表示/本籍", "戸籍の表示/筆頭者"),
    *("国籍地域", "在留資格", "在留期間", "在留期間の満了の日"),
)
_SEAL: Final = ("住所", "印鑑登録証明情報/印鑑登録番号", "印鑑登録証明情報/登録年月日")
_TAX: Final = (*("住所", "税証明情報/年度", "税証明情報/合計所得金額", "税証明情報/年税額", "税証明情報/納付済額"),)
_KOSEKI: Final = ("戸籍証明情報/戸籍の表示/本籍", "戸籍証明情報/戸籍の表示/筆頭者")
_PRINTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        RESIDENCE: _RESIDENCE,
        "INKAN": _SEAL,
        "KAZEI": _TAX,
        "NOUZEI": _TAX,
        "KOSEKI_ZENBU": _KOSEKI,
        "KOSEKI_KOJIN": _KOSEKI,
        "FUHYOU": ("住所", *_KOSEKI),
    }
)
_SEXES: Final = MappingProxyType({"1": "男", "2": "女"})
_MAYOR: Final = "足立区長(模擬)"
_SENTENCE: Final = "この証明は、原本の内容と相違ないことを証明する。"
_SUBSTITUTED: Final = "※ 代替文字を含む。正しい文字はこの文書に添付した記録にある。"


@dataclass(frozen=True, slots=True)
class Page:
    """`lines` are (label, exact text)."""

    number: str
    certificate: str
    at: str
    lines: tuple[tuple[str, str], ...] = field(repr=False)

    def encode(self) -> bytes:
        """As the document carries it beside the page."""
        return json.dumps(asdict(self), ensure_ascii=False).encode("utf-8")

    @classmethod
    def decode(cls, data: bytes) -> Page:
        """Raises `ValueError` for anything that `encode` does not write."""
        match json.loads(data):
            case {"number": str(number), "certificate": str(certificate), "at": str(at), "lines": [*lines]}:
                return cls(number, certificate, at, tuple((str(label), str(text)) for label, text in lines))
            case _:
                raise ValueError("no page")

    @property
    def title(self) -> str:
        return TITLES[self.certificate]

    def printed(self) -> tuple[str, ...]:
        """The lines of the paper, in characters of JIS X 0213."""
        made = [substitute(f"{label}　{text}", label, CharacterSet.EUC_JIS_2004.holds) for label, text in self.lines]
        moment = datetime.fromisoformat(self.at)
        closing = [_SENTENCE, f"{_day(f'{moment:%Y-%m-%d}')}　{_MAYOR}", f"発行番号　{self.number}"]
        marked = [_SUBSTITUTED] if any("1" in one.positions for one in made) else []
        return (*(one.text for one in made), *closing, *marked)


def page_of(request: Request, residence: Record, record: Record) -> Page:
    """The page for what was asked: who it is says the 住民票, the rest the record. Raises `KeyError` for no certificate."""
    lines = _lines(residence, record, _PRINTED[request.certificate])
    return Page(request.number, request.certificate, request.at, tuple(lines))


def _lines(residence: Record, record: Record, columns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    yield "氏名", residence.name
    yield "生年月日", _birth(residence.birth)
    for column in columns:
        text = record.items.get(column, "")
        if text:
            label = column.rpartition("/")[2]
            yield (
                label,
                _day(text) if label.endswith(("年月日", "日")) else _SEXES.get(text, text) if label == "性別" else text,
            )


def _birth(text: str) -> str:
    """和暦 where every part is known; what is unknown is said to be."""
    year, month, day = text[:4], text[4:6], text[6:]
    if "00" not in (month, day):
        return _day(f"{year}-{month}-{day}")
    return "不詳" if year == "0000" else f"西暦{year}年{'' if month == '00' else f'{int(month)}月'}(以下不詳)"


def _day(iso: str) -> str:
    moment = datetime.fromisoformat(iso)
    if moment.year < 1873:  # the lunar calendar is not converted
        return iso
    return write_wareki(Day(moment.year, moment.month, moment.day), Form.WRITTEN, "年月日")
