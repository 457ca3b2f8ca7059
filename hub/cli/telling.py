"""Entries of the log in words for persons: what happened, between whom, under which law, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from hub.app.law import load_provisions, message_types
from hub.app.story import Line, Opened
from hub.calendar import JST
from hub.cli.output import Speaker
from hub.codes import catalogue
from hub.errors import Code, Language
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Entry
from hub.exchangelog.shapes import Legal
from hub.exchangelog.text import time_value
from hub.messages import AnswerLine, Level
from hub.provisions.model import Row, RowKey

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "permit": ("許可", "permitted"),
    "refuse": ("拒否", "refused"),
    "answer": ("回答", "answered"),
    "hold": ("保留", "held"),
    "release": ("解除", "released"),
    "erase": ("消去", "erased"),
    "config": ("設定", "configuration"),
    "admin": ("管理", "administration"),
    "statement": ("陳述", "statement"),
    "observation": ("観測", "observed"),
}
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "pending": ("配達待ち", "pending"),
    "delivered": ("回答待ち", "delivered"),
    "acknowledged": ("確認", "acknowledged"),
    "rejected": ("却下", "rejected"),
    "held": ("保留", "held"),
    "failed": ("失敗", "failed"),
    "expired": ("期限切れ", "expired"),
    "refused": ("拒否", "refused"),
}
_LEVELS: Final[Mapping[Level, tuple[str, str]]] = {
    Level.CONNECTOR_ACCEPTED: ("コネクタが受領", "taken by the connector"),
    Level.PARTNER_CONFIRMED: ("相手システムが確認", "confirmed by the partner"),
    Level.REJECTED: ("却下", "rejected"),
}


def moment(time: str) -> str:
    """A time of an entry as the ward's clock shows it."""
    return time_value(time).astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")


def kind(entry: Entry, lang: Language) -> str:
    """許可, 拒否, 回答 …"""
    return _one(KINDS[entry.KIND], lang)


def state(name: str, lang: Language) -> str:
    """配達待ち, 確認 …"""
    return _one(STATES[name], lang)


def code(id_: str, lang: Language) -> str:
    """A code with its sentence as far as that needs no facts; the code alone of another release."""
    known = _codes().get(id_)
    return f"{id_} {known.told({}, lang)}" if known else id_


def type_(entry: entries.Exchange, lang: Language) -> str:
    """`AT-REG 宛名登録`; in English the code alone."""
    if lang == "en":
        return entry.type
    root = _roots().get((entry.type, entry.version), "")
    return entry.type if root.upper() == entry.type else f"{entry.type} {root}".rstrip()


def type_name(type__: str, lang: Language) -> str:
    """`AT-REG 宛名登録` of whichever version; in English the code alone."""
    root = next((root for (name, _), root in _roots().items() if name == type__), "")
    return type__ if lang == "en" or root.upper() == type__ else f"{type__} {root}".rstrip()


def parties(entry: Entry) -> str:
    """`juki → atena`; blank for what is between nobody."""
    if not isinstance(entry, entries.Exchange):
        return ""
    return f"{entry.sender or '?'} → {entry.recipient or '?'}" if entry.sender or entry.recipient else ""


def what(entry: Entry, say: Speaker) -> str:
    """The rest of it in one line, without a person's data: an entry has none."""
    lang = say.lang
    if isinstance(entry, entries.Exchange):
        return _exchange(entry, say)
    match entry:
        case entries.Hold():
            return code(entry.code, lang)
        case entries.Release():
            return say.text(f"{len(entry.keys)} 人が署名", f"signed by {len(entry.keys)}")
        case entries.Erase():
            what_ = entry.slot or f"{entry.retention} {entry.due}"
            return say.text(f"{what_} の鍵 {entry.count} 個を破棄", f"{what_}: {entry.count} keys destroyed")
        case entries.Admin():
            about = "" if entry.entry is None else f"#{entry.entry}"
            return " ".join(filter(None, [entry.action, entry.about, about]))
        case entries.Statement():
            return entry.about
        case _:
            return ""


def _exchange(entry: entries.Exchange, say: Speaker) -> str:
    code_ = entry.code and code(entry.code, say.lang)
    match entry:
        case entries.Answered():
            return "; ".join(_line(line, say.lang) for line in entry.lines)
        case entries.Observation():
            with_ = say.text("相手", "with")
            return " ".join(filter(None, [entry.about, f"{with_} {entry.counterpart}", code_]))
        case _:
            law_ = _row(entry.legal) if entry.legal else ""
            return " ".join(filter(None, [entry.type and type_(entry, say.lang), law_, code_]))


def _row(legal: Legal) -> str:
    """`移転 beppyo/14 番号法9条1項`: the article as the tables of this release have it, if they know the row."""
    row = _rows().get((legal.table, legal.item))
    return " ".join(filter(None, [legal.kind, f"{legal.table}/{legal.item}", row.article if row else ""]))


def delivery(line: Line, say: Speaker) -> str:
    """How the delivery stands, and how often it failed; blank where nothing is delivered."""
    if line.carriage is None:
        return ""
    word = state(line.carriage.state, say.lang)
    tries = line.carriage.attempts
    return word + (say.text(f"(失敗 {tries} 回)", f" ({tries} failed)") if tries else "")


def proof(line: Line, say: Speaker) -> str:
    """Who got a proof of it, and to which checkpoint it leads."""
    entry = line.found.entry
    if not line.sealed or not isinstance(entry, entries.Exchange):
        return ""
    stamped = isinstance(entry, entries.Permit)
    word = say.text("証印・受領証", "stamp, receipt") if stamped else say.text("受領証", "receipt")
    return f"{word} @{line.sealed}"


def actor(one: Opened, say: Speaker) -> str:
    """Who acted, where and why, as far as it was revealed."""
    who = one.operator
    told = (
        [] if who is None else [who.staff, who.department, who.terminal, who.company or "", who.reason_code, who.reason]
    )
    reason = f"{say.text('理由', 'reason')}: {one.reason}" if one.reason else ""
    return " ".join(filter(None, [*told, reason]))


def original(line: Line, say: Speaker) -> str:
    """Whether the signed bytes are still there."""
    if line.body:
        return say.text("保存中", "kept")
    return say.text("消去済み", "erased") if isinstance(line.found.entry, entries.Permit) else ""


def _line(line: AnswerLine, lang: Language) -> str:
    said = _one(_LEVELS[line.level], lang)
    return f"{said}: {code(line.code, lang)}" if line.code else said


def _one(words: tuple[str, str], lang: Language) -> str:
    return words[0] if lang == "ja" else words[1]


@cache
def _codes() -> Mapping[str, Code]:
    return catalogue()


@cache
def _rows() -> Mapping[RowKey, Row]:
    return load_provisions().rows


@cache
def _roots() -> Mapping[tuple[str, int], str]:
    return {key: line.root for key, line in message_types().items()}
