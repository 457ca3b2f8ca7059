"""Prints docs/errors.md from the catalogue of codes (`make docs`); tests/unit/test_codes.py keeps the two the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from hub.codes import catalogue
from hub.codes.withdrawn import WITHDRAWN, Withdrawn
from hub.errors import Code

# What each area of codes is about. A new area of hub/codes stands here too, or the test fails.
AREAS: Mapping[str, tuple[str, str]] = {
    "BRK": ("ブローカー", "The broker"),
    "CFG": ("ホームと設定", "Homes and configuration"),
    "CHK": ("XSDで書けない内容検査", "What XSD cannot say"),
    "CLI": ("コマンドの使い方", "How a command was called"),
    "CRT": ("証明書と登録", "Certificates and registration"),
    "DOM": ("接続先の業務上の却下", "What a partner rejects on its own data"),
    "DUP": ("重複", "Same message twice"),
    "FLW": ("流れの決まり", "What flows demand of several messages"),
    "HLD": ("保留と解除", "Holds and releases"),
    "IDN": ("番号の通行", "Where numbers may travel"),
    "JNL": ("記録簿と時計", "Journal, home and clock"),
    "KEY": ("鍵庫と記録鍵", "Key store and log signer"),
    "KIT": ("コネクタキット", "Connector kit"),
    "LOG": ("交換記録", "Exchange log"),
    "MED": ("媒体への書出し", "Output on a medium"),
    "MSG": ("電文", "Message"),
    "OPR": ("操作者の決まり", "Who may act for an endpoint"),
    "PER": ("人と承認", "Persons and approvals"),
    "PRV": ("根拠", "Provisions"),
    "RES": ("製品の資源", "Resources of the distribution"),
    "RTE": ("経路", "Routes"),
    "SIG": ("署名とXML", "Signature and XML"),
    "TSA": ("交換記録のタイムスタンプ", "Timestamps of the exchange log"),
    "WIT": ("交換記録の証人", "Witnesses of the exchange log"),
    "ZON": ("区画のプロセス", "The process of a zone"),
    "XSD": ("スキーマ", "Schemas"),
}

OPENING = """\
# エラーコード一覧 / Error codes

`HUB-<領域>-<番号>`。番号は変わらず、使い回されません。波括弧は場所・規則・形を示す欄で、電文の値(個人情報)は入りません。
Codes are stable and never reused. Braces stand for places, rules and shapes, never for a value taken from a message.

This file is generated from `hub/codes` by `make docs`; please change the codes, not this file.
"""


def render(codes: Iterable[Code]) -> str:
    """The whole page. Raises `KeyError` for an area without a title."""
    return "\n".join([OPENING, *_areas(sorted(codes, key=lambda code: code.id)), *_withdrawn(WITHDRAWN)])


def area(code: Code) -> str:
    """The middle of `HUB-<AREA>-<NNN>`."""
    return code.id.split("-")[1]


def _areas(codes: Iterable[Code]) -> Iterator[str]:
    for name, members in groupby(codes, key=area):
        japanese, english = AREAS[name]
        yield f"## {name}: {japanese} / {english}\n"
        yield "| コード | 意味 | Meaning | 対処 | Remedy |"
        yield "|---|---|---|---|---|"
        yield from (_row(code) for code in members)
        yield ""


def _withdrawn(numbers: Iterable[Withdrawn]) -> Iterator[str]:
    yield "## 廃止した番号 / Withdrawn numbers\n"
    yield "古い記録と受領証に残る番号。使い回さない。 / Old logs and receipts bear them; they are never given again.\n"
    yield "| コード | 意味 | Meaning | 今のコード / now |"
    yield "|---|---|---|---|"
    for one in numbers:
        yield f"| `{one.id}` | {one.ja} | {one.en} | {'、'.join(f'`{code}`' for code in one.instead)} |"
    yield ""


def _row(code: Code) -> str:
    cells = (f"`{code.id}`", code.ja, code.en, code.remedy_ja, code.remedy_en)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(render(catalogue().values()), end="")
