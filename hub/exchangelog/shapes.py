"""The shapes of an entry's fields: one name, one shape, in every kind of entry (docs/spec/exchange-log.md section 3).

Narrow on purpose: leaves hold no personal data (design promise 8), so nothing here accepts free text but a ds:Signature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from hub.exchangelog.canonical import MAX_INTEGER, Value
from hub.exchangelog.text import base64_bytes, base64_text, time_value
from hub.exchangelog.tree import HASH_SIZE
from hub.messages import AnswerLine, LegalKind, Level

MAX_LINES = 1000
MAX_KEYS = 16
MAX_DIGESTS = 1000
MAX_SIGNATURE = 16 * 1024  # characters

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Legal:
    """The row of law that decided: legal kind (提供 …), table, item, and the SHA-256 (hex) of the table in force."""

    kind: str
    table: str
    item: str
    digest: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The checkpoint that an answering recipient had seen: answers are witnesses. `root` as a checkpoint prints it."""

    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Shape:
    """`load` turns JSON into the Python value and raises `ValueError`; `blank` stands for "not known, does not apply"."""

    load: Callable[[Value], object]
    blank: Value = ""


def text(pattern: str) -> Callable[[Value], str]:
    """Loads a string that matches the whole pattern."""
    match = re.compile(pattern).fullmatch

    def load(value: Value) -> str:
        if not isinstance(value, str) or not match(value):
            raise ValueError("not of the pattern")
        return value

    return load


def array(item: Callable[[Value], T], most: int) -> Callable[[Value], tuple[T, ...]]:
    """Loads an array of at most so many items."""

    def load(value: Value) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError("not an array, or too long")
        return tuple(item(one) for one in value)

    return load


_token = text(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}")
_digest = text(r"[0-9a-f]{64}")


def is_origin(name: str) -> bool:
    """Whether an entry may name its log so."""
    try:
        return _origin(name) == name
    except ValueError:
        return False


_origin = text(r"[!-*,-~]{1,255}")  # printable ASCII but "+", so that it is also a key name (signed-note)
_uuid = text(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")  # version 7, RFC 9562
_endpoint = text(  # as xsd/exchange/1/envelope.xsd: a code, or a department by its Japanese name
    r"(?=.{1,40}$)(?:[a-z][a-z0-9-]*"
    r"|[A-Za-z0-9]*[ぁ-ゖァ-ヺ々〇㐀-䶿一-鿿][A-Za-z0-9ぁ-ゖァ-ヺー・々〇㐀-䶿一-鿿（）]*)"
)
_base64 = text(r"[A-Za-z0-9+/]+={0,2}")
_code = text(r"HUB-[A-Z]{3}-[0-9]{3}")
_item = text(r"[^\s\x00-\x1f\x7f-\x9f]{1,64}")  # 項 as the law prints it, not always ASCII
# kind:name of a row, alias or grant; names of departments are Japanese.
_about = text(r"[^\s\x00-\x1f\x7f-\x9f]{1,200}")
_legal_kind = text("|".join(kind.value for kind in LegalKind))


def _natural(value: Value) -> int:
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:
        raise ValueError("not a natural number")
    return value


def _instant(value: Value) -> str:
    time_value(text_ := _token(value))
    return text_


def _day(value: Value) -> str:
    day = date.fromisoformat(_token(value)).isoformat()
    if day != value:
        raise ValueError("not YYYY-MM-DD")
    return day


def members(value: Value, *names: str) -> list[Value]:
    """The values of an object that has exactly these members, in the order named."""
    if not isinstance(value, dict) or value.keys() != set(names):
        raise ValueError("not an object of these members")
    return [value[name] for name in names]


def _legal(value: Value) -> Legal:
    kind, table, item, digest = members(value, "kind", "table", "item", "digest")
    return Legal(_legal_kind(kind), _token(table), _item(item), _digest(digest))


def _seen(value: Value) -> Seen:
    origin, size, root = members(value, "origin", "size", "root")
    return Seen(_origin(origin), _natural(size), base64_text(base64_bytes(_base64(root), HASH_SIZE)))


def _line(value: Value) -> AnswerLine:
    if not isinstance(value, list) or len(value) != 4:
        raise ValueError("not a line")
    message, digest, level, code = value
    rejected = level == Level.REJECTED.value
    if not rejected and code != "":
        raise ValueError("only a line that rejects has a code")
    return AnswerLine(_uuid(message), _digest(digest), Level(level), _code(code) if rejected else "")


def _keys(value: Value) -> tuple[str, ...]:
    keys = array(_digest, MAX_KEYS)(value)
    if len(set(keys)) < len(keys):
        raise ValueError("one key twice")  # it would count as two persons
    return keys


def _digests(value: Value) -> Mapping[str, str]:
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_DIGESTS:
        raise ValueError("not an object of digests")
    return MappingProxyType({_token(name): _digest(digest) for name, digest in value.items()})


FIELDS: Mapping[str, Shape] = MappingProxyType(
    {
        "time": Shape(_instant),
        "origin": Shape(_origin),
        "tenant": Shape(text(r"[0-9]{6}")),
        "environment": Shape(text("production|test|demo")),
        "after": Shape(_natural),
        "commit": Shape(_digest),
        "message": Shape(_uuid),
        "conversation": Shape(_uuid),
        "type": Shape(text(r"[A-Z]{2}-[A-Z0-9]{2,8}|ANSWER")),
        "version": Shape(_natural),
        "sender": Shape(_endpoint),
        "recipient": Shape(_endpoint),
        "digest": Shape(_digest),
        "legal": Shape(_legal, blank=None),
        "config": Shape(_natural),
        "code": Shape(_code),
        "channel": Shape(_token),
        "signature": Shape(text(rf"(?s:.){{1,{MAX_SIGNATURE}}}")),
        "lines": Shape(array(_line, MAX_LINES)),
        "seen": Shape(_seen),
        "entry": Shape(_natural, blank=None),
        "statement": Shape(_digest),
        "keys": Shape(_keys),
        "retention": Shape(_token),
        "slot": Shape(text("body|private")),
        "due": Shape(_day),
        "count": Shape(_natural),
        "digests": Shape(_digests),
        "action": Shape(_token),
        "about": Shape(_about),
        "counterpart": Shape(text(r"[a-z][a-z0-9-]{0,39}")),
        "at": Shape(_instant),
        "evidence": Shape(_digest),
    }
)
