"""Unusual use as one HTML page: when people act, hour by hour and day by day, and the findings with the entries that show them.

Stands alone: no script, nothing from elsewhere. Everything that came from a private part is escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from hub.calendar import JST
from hub.cli.output import Speaker
from hub.unusual import Finding, Kind, Use, Usual

SHOWN: Final = 12  # entries of a finding that a person reads; the others are counted
_CELL, _LEFT, _TOP, _HOURS = 26, 60, 24, 24
_DAYS_JA, _DAYS_EN = "月火水木金土日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WORDS: Final = {
    Kind.OWN_HOUSEHOLD: ("自分の世帯", "own household"),
    Kind.SUPPRESSED: ("支援措置の対象者", "suppressed resident"),
    Kind.VOLUME: ("件数が多い", "many acts"),
    Kind.HOURS: ("時間外・土日", "outside office hours"),
}
_STYLE: Final = """
body{font-family:system-ui,'Noto Sans JP','Hiragino Sans',sans-serif;margin:2rem;color:#222;background:#fff;max-width:70rem}
table{border-collapse:collapse;margin:1rem 0 2rem}td,th{border-bottom:1px solid #ccc;padding:.35rem .7rem;text-align:left;vertical-align:top}th{background:#f4f2ec}
td:not(:last-child),th{white-space:nowrap}td.n{text-align:right;font-variant-numeric:tabular-nums}.household,.suppressed{color:#a4161a}.volume{color:#8a5a00}
figure{margin:1rem 0}figcaption{color:#555}svg{max-width:100%;height:auto}svg text{font-size:12px;fill:#444}svg .free{fill:none;stroke:#a4161a;stroke-width:1.5}
"""


def word(kind: Kind, say: Speaker) -> str:
    """What a kind of finding is called."""
    return say.text(*_WORDS[kind])


def page(uses: Sequence[Use], found: Sequence[Finding], usual: Usual, run: str, say: Speaker) -> str:
    """The whole page; `run` says of which entries."""
    title = say.text("利用の点検", "Review of use")
    note = say.text(
        "件数は人の操作だけで、接続システム自身の送信を含みません。所見は確認すべきことであり、不正の認定ではありません。",
        "Acts of persons; what systems send by themselves is not counted. A finding says what to ask about, and accuses nobody.",
    )
    none = say.text("所見はありません。", "There are no findings.")
    return (
        f'<!doctype html><html lang="{say.lang}"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{escape(run)}</p><p>{note}</p>{_picture(uses, usual, say)}"
        f"{_table(found, say) if found else f'<p>{none}</p>'}</body></html>\n"
    )


def _table(found: Sequence[Finding], say: Speaker) -> str:
    heads = (
        *(say.text("所見", "finding"), say.text("職員", "staff"), say.text("所属", "department")),
        *(say.text("端末", "terminal"), say.text("日", "day"), say.text("件数", "acts"), say.text("記録", "entries")),
    )
    rows = "".join(f"<tr class='{one.kind}'>{''.join(_cells(one, say))}</tr>" for one in found)
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>"


def _cells(one: Finding, say: Speaker) -> Iterator[str]:
    for text in (word(one.kind, say), one.staff, "、".join(one.departments), "、".join(one.terminals), f"{one.day}"):
        yield f"<td>{escape(text)}</td>"
    beside = say.text(f"(通常 {one.usual:g})", f" (usually {one.usual:g})") if one.kind is Kind.VOLUME else ""
    yield f'<td class="n">{one.count}{beside}</td><td>{entries_of(one, say)}</td>'


def entries_of(one: Finding, say: Speaker) -> str:
    """The first of them, and how many more there are."""
    more = len(one.entries) - SHOWN
    shown = " ".join(f"#{index}" for index in one.entries[:SHOWN])
    return shown + (say.text(f" ほか {more} 件", f" and {more} more") if more > 0 else "")


def _picture(uses: Sequence[Use], usual: Usual, say: Speaker) -> str:
    """Acts by weekday and hour; the frame is the office hours."""
    counts = Counter((use.at.astimezone(JST).weekday(), use.at.astimezone(JST).hour) for use in uses)
    most = max(counts.values(), default=1)
    names = _DAYS_JA if say.lang == "ja" else _DAYS_EN
    width, height = _LEFT + _CELL * _HOURS + 10, _TOP + _CELL * 7 + 10
    label = say.text(
        "曜日と時刻ごとの操作の数(赤枠は執務時間)", "Acts by weekday and hour; the red frame is office hours"
    )
    cells = "".join(_cell(day, hour, counts[day, hour], most) for day in range(7) for hour in range(_HOURS))
    days = "".join(f'<text x="8" y="{_TOP + _CELL * day + 17}">{names[day]}</text>' for day in range(7))
    hours = "".join(f'<text x="{_LEFT + _CELL * hour + 6}" y="16">{hour}</text>' for hour in range(0, _HOURS, 3))
    left, right = usual.opens.hour + usual.opens.minute / 60, usual.closes.hour + usual.closes.minute / 60
    frame = f'<rect class="free" x="{_LEFT + _CELL * left:g}" y="{_TOP}" width="{_CELL * (right - left):g}" height="{_CELL * 5}"/>'
    svg = f'<svg role="img" aria-label="{label}" viewBox="0 0 {width} {height}" width="{width}">{days}{hours}{cells}{frame}</svg>'
    return f"<figure><figcaption>{label}</figcaption>{svg}</figure>"


def _cell(day: int, hour: int, count: int, most: int) -> str:
    shade = 0 if not count else 0.12 + 0.88 * count / most
    place = f'x="{_LEFT + _CELL * hour + 1}" y="{_TOP + _CELL * day + 1}" width="{_CELL - 2}" height="{_CELL - 2}"'
    fill = f'fill="#1d4e89" fill-opacity="{shade:.2f}"' if count else 'fill="#eee"'
    return f"<rect {place} {fill}><title>{count}</title></rect>"
