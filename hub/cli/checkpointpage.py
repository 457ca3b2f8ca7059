"""A checkpoint as a page to be printed, signed by two persons and put away: paper is the anchor that no administrator rewrites.

The QR code holds the signed note itself, so what comes off the paper goes straight into `hub log verify --checkpoint`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import Final

import segno

from hub.calendar import JST
from hub.cli.output import Speaker
from hub.exchangelog.checkpoint import Checkpoint

_GROUP: Final = 8  # hex digits that a person reads at a time
_STYLE: Final = """
@page{size:A4;margin:20mm}body{font-family:system-ui,'Noto Sans JP','Hiragino Sans',sans-serif;color:#111;background:#fff;max-width:170mm;margin:0 auto;padding:8mm 0}
h1{font-size:20pt;margin:0 0 4mm}dl{display:grid;grid-template-columns:max-content 1fr;gap:2mm 6mm;margin:0 0 6mm}dt{color:#555}dd{margin:0;font-variant-numeric:tabular-nums}
.root{font-family:ui-monospace,'Noto Sans Mono',monospace;font-size:12pt;letter-spacing:.02em}pre{font-size:8pt;white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #bbb;padding:3mm;margin:0 0 6mm}
.code{display:flex;gap:8mm;align-items:flex-start;margin:0 0 6mm}.code svg{width:62mm;height:62mm;flex:none}.code p{margin:0 0 3mm}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #888;height:11mm;padding:1mm 3mm;text-align:left;font-weight:400}th{width:20mm;background:#f4f2ec}
"""


def page(said: Checkpoint, note: str, at: datetime, say: Speaker) -> str:
    """The whole page; `at` is when it was made. It needs nothing from elsewhere."""
    title = say.text("交換記録のチェックポイント", "Checkpoint of the exchange log")
    return (
        f'<!doctype html><html lang="{say.lang}"><head><meta charset="utf-8"><title>{title} {said.size}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{''.join(_facts(said, at, say))}"
        f'<div class="code">{_code(note)}<div>{"".join(_words(say))}</div></div>'
        f"<pre>{escape(note)}</pre>{_signatures(say)}</body></html>\n"
    )


def _facts(said: Checkpoint, at: datetime, say: Speaker) -> Iterator[str]:
    root = said.root.hex()
    groups = " ".join(root[start : start + _GROUP] for start in range(0, len(root), _GROUP))
    facts = (
        (say.text("発信元名", "origin"), escape(said.origin), ""),
        (say.text("記録の件数", "entries"), f"{said.size:,}", ""),
        (say.text("根", "root"), groups, "root"),
        (say.text("印刷の日時", "made"), f"{at.astimezone(JST):%Y-%m-%d %H:%M:%S} JST", ""),
    )
    yield "<dl>"
    for name, value, kind in facts:
        yield f"<dt>{name}</dt><dd class='{kind}'>{value}</dd>"
    yield "</dl>"


def _code(note: str) -> str:
    """Error correction M: a crease or a stain may take 15 % of it."""
    return str(segno.make(note, error="m", micro=False).svg_inline(border=4, omitsize=True))


def _words(say: Speaker) -> Iterator[str]:
    texts = (
        say.text(
            "この紙は、この件数までの交換記録がこの内容であったことの証拠です。ハブの管理者の手の届かない所に保管してください。",
            "This paper proves what the exchange log was up to this size. Keep it where no administrator of the hub reaches.",
        ),
        say.text(
            "QRコードには下の署名付きノートがそのまま入っています。読み取った文字をファイルに保存し、"
            "hub log verify --checkpoint に渡すと、以後の書換え、削除、巻戻しが分かります。",
            "The QR code holds the signed note below. Saved to a file it goes into hub log verify --checkpoint,"
            " which finds whatever was rewritten, removed or rolled back since.",
        ),
    )
    return (f"<p>{text}</p>" for text in texts)


def _signatures(say: Speaker) -> str:
    """Two persons saw it come out of the printer."""
    name, date, sign = say.text("氏名", "name"), say.text("日付", "date"), say.text("署名", "signature")
    row = f"<tr><th>{name}</th><td></td><th>{date}</th><td></td><th>{sign}</th><td></td></tr>"
    return f"<table>{row}{row}</table>"
