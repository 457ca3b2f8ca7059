"""What a house asks of whoever keeps the root key when its log needs another key, and the key list that answers (docs/adr/0020)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from hub.codes import key as codes
from hub.codes import log
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.keylist import OPEN, Ended, KeyList, LogKey
from hub.exchangelog.line import Line
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.shapes import is_origin
from hub.exchangelog.text import base64_bytes, base64_text, time_value

_FORMAT = "juki-hub/succession@v1"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The checkpoint with which the log is to end, as somebody else signed it: cosigned, or with a timestamp beside it."""

    note: str
    response: bytes | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """`note`: the log's newest checkpoint. `key`: the next one, whose name is the next origin. `at`: when it takes over.

    `doubt`: since when the key of today may have been in other hands, else "-".
    """

    note: str
    key: VerifierKey
    at: str
    doubt: str = OPEN
    witnessed: tuple[Witnessed, ...] = ()

    def encode(self) -> bytes:
        value = {
            "format": _FORMAT,
            "note": self.note,
            "key": self.key.encode(),
            "at": self.at,
            "doubt": self.doubt,
            "witnessed": [
                {"note": one.note, "response": None if one.response is None else base64_text(one.response)}
                for one in self.witnessed
            ],
        }
        return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def decoded(cls, data: bytes) -> Asked:
        """Raises `Misconfigured` HUB-KEY-017 unless `data` is what `encode` writes."""
        try:
            value = json.loads(data)
            asked = cls(
                value["note"],
                VerifierKey.parse(value["key"]),
                value["at"],
                value["doubt"],
                tuple(
                    Witnessed(one["note"], None if one["response"] is None else base64_bytes(one["response"]))
                    for one in value["witnessed"]
                ),
            )
            if asked.encode() != data or (asked.doubt != OPEN and time_value(asked.doubt) > time_value(asked.at)):
                raise ValueError("not in its one form")
        except (ValueError, KeyError, TypeError, AttributeError, IntegrityError):
            raise Misconfigured(codes.NO_REQUEST) from None
        return asked

    def end(self, line: Line) -> Checkpoint:
        """Where the log of today is to end. Raises `IntegrityError` when that is no checkpoint of it, `Misconfigured` HUB-KEY-018."""
        said = line.checkpoint(self.note)
        if said.origin != line.origin or said.size == 0:
            raise Misconfigured(codes.NOT_ITS_END, origin=line.origin)
        return said

    def seen_by_others(self, end: Checkpoint) -> tuple[Witnessed, ...]:
        """Of what others signed, that which is of this very checkpoint."""
        return tuple(one for one in self.witnessed if Checkpoint.claimed(one.note) == end)


def succeed(current: KeyList, asked: Asked) -> KeyList:
    """The next key list, to be signed by the root. Raises as `Asked.end`, and `IntegrityError` HUB-LOG-020."""
    origin = Checkpoint.claimed(asked.note).origin
    line = Line.today(current, origin)
    end = asked.end(line)
    if any(one.key.name == asked.key.name for one in current.logs) or not is_origin(asked.key.name):
        raise Misconfigured(codes.NAME_TAKEN, origin=asked.key.name)
    if line.log_key.until != OPEN or not line.log_key.since < asked.at:
        raise IntegrityError(log.KEYLIST_MALFORMED)
    logs = [replace(one, until=asked.at) if one.key.name == origin else one for one in current.logs]
    logs.append(LogKey(asked.key, asked.at))
    ended = (*current.ended, Ended(end.size, end.root, asked.doubt, origin, asked.key.name))
    return KeyList(
        current.sequence + 1,
        tuple(sorted(logs, key=lambda one: one.key.name)),
        tuple(sorted(ended, key=lambda one: one.origin)),
    )


def doubted(current: KeyList, origin: str, since: str) -> KeyList:
    """The next key list, in which an origin that ended is in doubt since then, or since earlier than was known.

    Raises `Misconfigured` HUB-KEY-018 for an origin that did not end, or a time that is no such one.
    """
    end = current.end_of(origin)
    if end is None or since > current.of(origin).until or (end.doubted and since >= end.doubt):
        raise Misconfigured(codes.NOT_ITS_END, origin=origin)
    ended = tuple(replace(one, doubt=since) if one.origin == origin else one for one in current.ended)
    return KeyList(current.sequence + 1, current.logs, ended)
