"""The key list: which log keys count, and from when until when, signed by an offline root that every endpoint pins.

Log keys only. Endpoint certificates belong to the registry, which changes weekly; this list changes when a log does.
Its sequence number only grows, so that an older list, in which a withdrawn key still stands, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.note import Note, VerifierKey
from hub.exchangelog.text import decimal, time_value

HEADER = "juki-hub/keylist@v1"
OPEN = "-"


@dataclass(frozen=True, slots=True)
class LogKey:
    """The one key of one log, whose origin is the key's name, good for entries with since <= time < until.

    Both are times as entries write them; `until` is "-" while the log is in use.
    """

    key: VerifierKey
    since: str
    until: str = OPEN

    def covers(self, time: str) -> bool:
        """Whether an entry recorded at `time` may stand in this log. The fixed form makes text order time order."""
        return self.since <= time and (self.until == OPEN or time < self.until)

    def encode(self) -> str:
        return f"log {self.since} {self.until} {self.key.encode()}\n"


@dataclass(frozen=True, slots=True)
class KeyList:
    """The logs in order of origin, each once."""

    sequence: int
    logs: tuple[LogKey, ...]

    def body(self) -> str:
        """The lines that the root signs."""
        return f"{HEADER}\nsequence {self.sequence}\n" + "".join(log_key.encode() for log_key in self.logs)

    def sign(self, name: str, root: Ed25519PrivateKey) -> str:
        """The signed list. Raises `IntegrityError` for a list that `opened` would refuse."""
        _parse(self.body())
        return Note.sign(self.body(), name, root).encode()

    @classmethod
    def opened(cls, text: str, root: VerifierKey, last: KeyList | None = None) -> KeyList:
        """The list that the pinned root signed. `last` is the one held so far: older or different is refused."""
        note = Note.parse(text)
        note.require(root)
        keylist = _parse(note.text)
        if last and keylist.sequence < last.sequence:
            raise IntegrityError(log.KEYLIST_OLD, sequence=keylist.sequence, last=last.sequence)
        if last and keylist.sequence == last.sequence and keylist != last:
            raise IntegrityError(log.KEYLIST_FORKED, sequence=keylist.sequence)
        return keylist

    def of(self, origin: str) -> LogKey:
        """The key of a log. Raises `IntegrityError` when the list names no such log."""
        for log_key in self.logs:
            if log_key.key.name == origin:
                return log_key
        raise IntegrityError(log.ORIGIN_UNKNOWN, origin=origin)


def _parse(body: str) -> KeyList:
    try:
        _, sequence, *lines = body.removesuffix("\n").split("\n")
        keylist = KeyList(decimal(sequence.removeprefix("sequence ")), tuple(_parse_log(line) for line in lines))
    except ValueError as error:
        raise IntegrityError(log.KEYLIST_MALFORMED) from error
    names = [log_key.key.name for log_key in keylist.logs]
    if keylist.body() != body or not names or names != sorted(set(names)):
        raise IntegrityError(log.KEYLIST_MALFORMED)
    return keylist


def _parse_log(line: str) -> LogKey:
    _, since, until, key = line.split(" ")
    for time in (since, until):
        if time != OPEN:
            time_value(time)
    if since == OPEN or (until != OPEN and until <= since):
        raise ValueError("no start, or an end before it")
    return LogKey(VerifierKey.parse(key), since, until)
