"""Entries for a SIEM: a JSON line of the Elastic Common Schema (8.11), or a line of ArcSight's Common Event Format (rev. 25).

Leaves name nobody, and so do these lines. What a sender could choose (ids, channels, names) is escaped, so that no entry can
pretend to be two events or another one's field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from hub.codes import dup, msg
from hub.exchangelog.entry import Admin, Entry, Erase, Exchange, Hold, Observation, Refuse, Release, Statement
from hub.exchangelog.text import time_value

_ECS_VERSION: Final = "8.11.0"
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "permit": "message permitted",
        "refuse": "message refused",
        "answer": "message answered",
        "hold": "delivery held",
        "release": "delivery released",
        "erase": "records erased",
        "config": "configuration recorded",
        "admin": "person acted on the hub",
        "statement": "statement by persons",
        "observation": "exchange observed",
    }
)
# ECS: category and type of an event.
_KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "permit": ("network", "allowed"),
        "refuse": ("network", "denied"),
        "answer": ("network", "info"),
        "observation": ("network", "info"),
        "hold": ("network", "info"),
        "release": ("network", "info"),
        "erase": ("configuration", "deletion"),
        "config": ("configuration", "change"),
        "admin": ("configuration", "access"),
        "statement": ("configuration", "change"),
    }
)
_SEVERITY: Final[Mapping[str, int]] = MappingProxyType({"refuse": 5, "hold": 4, "release": 4, "admin": 3, "config": 3})
# What concerns persons, and what only an attacker or a broken sender does.
_GRAVE: Final = frozenset({"reveal", "search.person", "review.use", "medium.write", "disclosure.release"})
_GRAVEST: Final = frozenset({dup.OTHER_BYTES.id, msg.ANSWER_CHECKPOINT.id})


def ecs(index: int, entry: Entry) -> str:
    """One JSON line, without its line feed."""
    category, type_ = _KINDS[entry.KIND]
    facts = dict(_facts(entry))
    event: dict[str, object] = {
        "action": _action(entry),
        "category": [category],
        "dataset": "juki-hub.exchangelog",
        "id": f"{entry.origin}#{index}",
        "kind": "event",
        "module": "juki-hub",
        "outcome": "failure" if isinstance(entry, Refuse) else "success",
        "sequence": index,
        "type": [type_],
    }
    if code := facts.pop("code", ""):
        event["code"] = code
    if digest := facts.pop("digest", ""):
        event["hash"] = digest
    said = {
        "@timestamp": entry.time,
        "ecs": {"version": _ECS_VERSION},
        "event": event,
        "juki": facts,
        "message": _NAMES[entry.KIND],
        "observer": {"name": entry.origin, "product": "juki-hub", "type": "message-hub", "vendor": "juki-hub"},
        "organization": {"id": entry.tenant},
        "service": {"environment": entry.environment, "name": "juki-hub"},
    }
    return json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def cef(index: int, entry: Entry, release: str) -> str:
    """One line, without its line feed; `release` is the hub's."""
    facts = dict(_facts(entry))
    head = ("CEF:0", "juki-hub", "juki-hub", release, _action(entry), _NAMES[entry.KIND], f"{_severity(entry)}")
    legal = facts.get("legal")
    pairs = {
        "rt": f"{int(time_value(entry.time).timestamp() * 1000)}",
        "externalId": f"{index}",
        "outcome": "failure" if isinstance(entry, Refuse) else "success",
        "reason": facts.get("code", ""),
        "sourceServiceName": facts.get("sender", ""),
        "destinationServiceName": facts.get("recipient", ""),
        "fileHash": facts.get("digest", ""),
        **_labelled("cs1", "message", facts.get("message", "")),
        **_labelled("cs2", "conversation", facts.get("conversation", "")),
        **_labelled("cs3", "type", facts.get("type", "")),
        **_labelled("cs4", "provision", f"{legal['table']}/{legal['item']}" if isinstance(legal, dict) else ""),
        **_labelled("cs5", "origin", entry.origin),
        **_labelled("cs6", "about", facts.get("about", "") or facts.get("channel", "")),
        "dvchost": entry.tenant,
        "cnt": facts.get("count", ""),
    }
    extension = " ".join(f"{name}={_extension(f'{value}')}" for name, value in pairs.items() if value != "")
    return "|".join([head[0], *map(_header, head[1:]), extension])


def _action(entry: Entry) -> str:
    return f"{entry.KIND}.{entry.action}" if isinstance(entry, Admin) else entry.KIND


def _severity(entry: Entry) -> int:
    """0 to 10."""
    if isinstance(entry, Admin) and entry.action in _GRAVE:
        return 6
    if isinstance(entry, Refuse) and entry.code in _GRAVEST:
        return 8
    return _SEVERITY.get(entry.KIND, 1)


def _facts(entry: Entry) -> Iterator[tuple[str, object]]:
    """What there is to say beyond its kind; blank members are left out."""
    for name, value in _members(entry):
        if value not in ("", None, (), 0):
            yield name, list(value) if isinstance(value, tuple) else value


def _members(entry: Entry) -> Iterator[tuple[str, object]]:
    if isinstance(entry, Exchange):
        for name in ("message", "conversation", "type", "version", "sender", "recipient", "digest", "code"):
            yield name, getattr(entry, name)
        if entry.legal is not None:
            yield "legal", {"item": entry.legal.item, "kind": entry.legal.kind, "table": entry.legal.table}
    match entry:
        case Refuse(channel=channel):
            yield "channel", channel
        case Observation(channel=channel, about=about, count=count, counterpart=counterpart):
            yield from (("channel", channel), ("about", about), ("count", count), ("counterpart", counterpart))
        case Hold(message=message, code=code, keys=keys):
            yield from (("message", message), ("code", code), ("keys", keys))
        case Release(message=message, keys=keys):
            yield from (("message", message), ("keys", keys))
        case Erase(retention=retention, count=count, due=due, message=message):
            yield from (("retention", retention), ("count", count), ("due", due), ("message", message))
        case Admin(about=about, keys=keys) | Statement(about=about, keys=keys):
            yield from (("about", about), ("keys", keys))
        case _:
            pass


def _labelled(field: str, label: str, value: object) -> dict[str, object]:
    """A custom field of CEF, and what it is."""
    return {field: value, f"{field}Label": label} if value else {}


def _header(text: str) -> str:
    return _one_line(text.replace("\\", "\\\\").replace("|", "\\|"), "")


def _extension(text: str) -> str:
    return _one_line(text.replace("\\", "\\\\").replace("=", "\\="), "\\n")


def _one_line(text: str, feed: str) -> str:
    """No character of it ends a line or drives a terminal."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", feed)
    return "".join(letter if letter.isprintable() else "?" for letter in text)
