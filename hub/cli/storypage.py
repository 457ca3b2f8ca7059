"""The story of an exchange as one HTML page: a table and a picture of who told whom what, and what the hub made of it.

Stands alone: no script, nothing from elsewhere. Everything that came from a log is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from hub.app.story import Line, Opened, Story
from hub.cli import telling
from hub.cli.output import Speaker
from hub.exchangelog.entry import Admin, Entry, Erase, Exchange, Hold, Permit, Refuse

_HUB: Final = "hub"
_COLUMN, _NARROW, _FEW = 230, 150, 5  # pixels between two parties; between more than a few
_ROW: Final = 58
_TOP: Final = 70
_EDGE: Final = 120

_STYLE: Final = """
body{font-family:system-ui,'Noto Sans JP','Hiragino Sans',sans-serif;margin:2rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0 2rem}td,th{border-bottom:1px solid #ccc;padding:.35rem .7rem;text-align:left;vertical-align:top}
td,th{white-space:nowrap}td:nth-child(5){white-space:normal}th{background:#f4f2ec}td.n{text-align:right;font-variant-numeric:tabular-nums}.refuse{color:#a4161a}.hold{color:#8a5a00}
svg{max-width:100%;height:auto}svg text{font-size:13px;fill:#222}svg .party{font-weight:600}svg .life{stroke:#bbb}svg .go{stroke:#1d4e89;fill:none}svg .no{stroke:#a4161a;fill:none}
svg .box{fill:#fff7e0;stroke:#c9a227}svg .small{font-size:11px;fill:#555}svg .bad{fill:#a4161a}
"""


def page(story: Story, origin: str, opened: Mapping[int, Opened], say: Speaker) -> str:
    """The whole page; `opened` is what a person had revealed for it."""
    title = say.text("やり取りの顛末", "The story of an exchange")
    note = say.text(
        "交換記録の記録を、証明を確かめて並べました。記録は誰の情報も含みません。時刻は日本時間です。@ の後は、証印・受領証の導くチェックポイントの大きさです。",
        "Entries of the exchange log, each proven. Entries name nobody. Times are Japan's. Behind @ stands the size of the checkpoint to which stamp and receipt lead.",
    )
    cut = f"<p>{say.text('続きがあります', 'There is more')}</p>" if story.cut else ""
    return (
        f'<!doctype html><html lang="{say.lang}"><head><meta charset="utf-8"><title>{title} {escape(story.asked)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><p>{escape(story.asked)}<br>{escape(origin)}</p><p>{note}</p>"
        f"{_table(story.lines, opened, say)}{cut}{_picture(story.lines, say)}{_contents(opened, say)}</body></html>\n"
    )


def _table(lines: Sequence[Line], opened: Mapping[int, Opened], say: Speaker) -> str:
    heads = (
        say.text("番号", "entry"),
        say.text("時刻", "time"),
        say.text("記録", "what"),
        say.text("誰から誰へ", "between"),
        say.text("内容", "content"),
        say.text("配達", "delivery"),
        say.text("原本", "original"),
        say.text("証明", "proof"),
        *([say.text("操作者", "who acted")] if opened else ()),
    )
    rows = "".join(f"<tr class='{one.found.entry.KIND}'>{''.join(_cells(one, opened, say))}</tr>" for one in lines)
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>"


def _contents(opened: Mapping[int, Opened], say: Speaker) -> str:
    """What was in the messages, numbers masked."""
    title = say.text("電文の内容(番号は伏せてあります)", "Contents; numbers are masked")
    tables = [
        f"<h3>#{index}</h3><table>{''.join(f'<tr><th>{escape(path)}</th><td>{escape(text)}</td></tr>' for path, text in one.items)}</table>"
        for index, one in sorted(opened.items())
        if one.items
    ]
    return f"<h2>{title}</h2>{''.join(tables)}" if tables else ""


def _cells(line: Line, opened: Mapping[int, Opened], say: Speaker) -> Iterator[str]:
    entry = line.found.entry
    yield f'<td class="n">{line.found.index}</td>'
    for text in (
        telling.moment(entry.time),
        telling.kind(entry, say.lang),
        telling.parties(entry),
        telling.what(entry, say),
        telling.delivery(line, say),
        telling.original(line, say),
        telling.proof(line, say),
        *([telling.actor(opened.get(line.found.index, Opened()), say)] if opened else ()),
    ):
        yield f"<td>{escape(text)}</td>"


# --- the picture --------------------------------------------------------------------------------------------------------


def _picture(lines: Sequence[Line], say: Speaker) -> str:
    parties = _parties(lines)
    column = _COLUMN if len(parties) <= _FEW else _NARROW
    at = {name: _EDGE + place * column for place, name in enumerate(parties)}
    width, height = 2 * _EDGE + (len(parties) - 1) * column, _TOP + len(lines) * _ROW + 20
    shapes = [*_columns(at, height, say)]
    for row, line in enumerate(lines):
        shapes += _row(line, at, _TOP + row * _ROW, say)
    arrow = (
        '<marker id="{0}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="{1}"/></marker>'
    )
    marks = arrow.format("go", "#1d4e89") + arrow.format("no", "#a4161a")
    label = say.text("やり取りの図", "Picture of the exchange")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f"<defs>{marks}</defs>{''.join(shapes)}</svg>"
    )


def _parties(lines: Sequence[Line]) -> list[str]:
    """In the order in which they appear, the hub second."""
    named = [name for line in lines for name in _ends(line) if name and name != _HUB]
    found = list(dict.fromkeys(named))
    return [*found[:1], _HUB, *found[1:]]


def _ends(line: Line) -> tuple[str, ...]:
    entry = line.found.entry
    return (entry.sender, entry.recipient) if isinstance(entry, Exchange) else ()


def _columns(at: dict[str, int], height: int, say: Speaker) -> Iterator[str]:
    for name, x in at.items():
        said = say.text("ハブ", "hub") if name == _HUB else name
        yield f'<text class="party" x="{x}" y="24" text-anchor="middle">{escape(said)}</text>'
        yield f'<line class="life" x1="{x}" y1="34" x2="{x}" y2="{height - 10}"/>'


def _row(line: Line, at: dict[str, int], y: int, say: Speaker) -> Iterator[str]:
    entry, hub = line.found.entry, at[_HUB]
    yield f'<text class="small" x="4" y="{y + 4}">#{line.found.index} {telling.moment(entry.time)[11:]}</text>'
    said = telling.kind(entry, say.lang)
    if not isinstance(entry, Exchange) or not entry.sender:
        yield from _box(hub, y, f"{said} {_short(entry)}".strip())
        return
    bad = isinstance(entry, Refuse)
    yield from _arrow(at[entry.sender], hub, y, f"{entry.type} {said}", bad=bad)
    if isinstance(entry, Permit):
        yield from _arrow(hub, at[entry.recipient], y + 18, telling.delivery(line, say), bad=_lost(line))
    elif bad:
        yield f'<text class="small bad" x="{hub + 8}" y="{y + 18}">{escape(entry.code)}</text>'


def _short(entry: Entry) -> str:
    match entry:
        case Hold(code=word) | Erase(slot=word) | Admin(action=word):
            return escape(word)
        case _:
            return ""


def _lost(line: Line) -> bool:
    return line.carriage is not None and line.carriage.state in {"expired", "refused", "rejected", "failed"}


def _arrow(start: int, end: int, y: int, label: str, *, bad: bool) -> Iterator[str]:
    kind = "no" if bad else "go"
    gap = 6 if end > start else -6
    yield f'<line class="{kind}" x1="{start}" y1="{y}" x2="{end - gap}" y2="{y}" marker-end="url(#{kind})"/>'
    yield f'<text class="small" x="{(start + end) / 2}" y="{y - 4}" text-anchor="middle">{escape(label)}</text>'


def _box(x: int, y: int, label: str) -> Iterator[str]:
    width = 26 + 9 * len(label)
    yield f'<rect class="box" x="{x - width / 2}" y="{y - 14}" width="{width}" height="24" rx="4"/>'
    yield f'<text class="small" x="{x}" y="{y + 3}" text-anchor="middle">{label}</text>'
