"""The key list: which log keys count, and from when until when, signed by an offline root that every endpoint pins.

Where a log changed its key, the list also says where the old origin ended and which one goes on (docs/adr/0020). Log keys only. Endpoint certificates belong to the registry, which changes weekly; this list changes when a log does.
Its sequence number only grows, so that an older list, in which a withdrawn key still stands, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.note import Note, VerifierKey
from hub.exchangelog.text import base64_bytes, base64_text, decimal, time_value
from hub.exchangelog.tree import HASH_SIZE

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
class Ended:
    """Where the root says that an origin ended, and which one goes on there.

    `doubt` is "-", or the time (as entries write it) since which the key may have been in other hands.
    """

    size: int
    root: bytes
    doubt: str
    origin: str
    next: str

    @property
    def doubted(self) -> bool:
        """Whether what the origin's key signed proves nothing by itself."""
        return self.doubt != OPEN

    def encode(self) -> str:
        return f"ended {self.size} {base64_text(self.root)} {self.doubt} {self.origin} {self.next}\n"


@dataclass(frozen=True, slots=True)
class KeyList:
    """The origins in order, each once, and in the same order where those ended that another one follows."""

    sequence: int
    logs: tuple[LogKey, ...]
    ended: tuple[Ended, ...] = ()

    def body(self) -> str:
        """The lines that the root signs."""
        lines = [*(one.encode() for one in self.logs), *(one.encode() for one in self.ended)]
        return f"{HEADER}\nsequence {self.sequence}\n" + "".join(lines)

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
        """The key of an origin. Raises `IntegrityError` when the list names no such one."""
        for log_key in self.logs:
            if log_key.key.name == origin:
                return log_key
        raise IntegrityError(log.ORIGIN_UNKNOWN, origin=origin)

    def newest(self, origin: str) -> str:
        """The origin under which the log that was once called `origin` goes on today."""
        following = {one.origin: one.next for one in self.ended}
        while origin in following:
            origin = following[origin]
        return origin

    def end_of(self, origin: str) -> Ended | None:
        """Where an origin ended, None while it goes on or where none follows."""
        return next((one for one in self.ended if one.origin == origin), None)

    def before(self, origin: str) -> Ended | None:
        """The end at which an origin began, None for the first of its log."""
        return next((one for one in self.ended if one.next == origin), None)


def _parse(body: str) -> KeyList:
    try:
        _, sequence, *lines = body.removesuffix("\n").split("\n")
        logs = tuple(_parse_log(line) for line in lines if not line.startswith("ended "))
        ended = tuple(_parse_ended(line) for line in lines if line.startswith("ended "))
        keylist = KeyList(decimal(sequence.removeprefix("sequence ")), logs, ended)
    except ValueError as error:
        raise IntegrityError(log.KEYLIST_MALFORMED) from error
    names, ends = [log_key.key.name for log_key in logs], [one.origin for one in ended]
    ordered = names == sorted(set(names)) and ends == sorted(set(ends))
    if keylist.body() != body or not names or not ordered or not _follow(keylist):
        raise IntegrityError(log.KEYLIST_MALFORMED)
    return keylist


def _follow(keylist: KeyList) -> bool:
    """Whether each end is of an origin that has one, and each that follows begins there, alone, and ends later."""
    known = {log_key.key.name: log_key for log_key in keylist.logs}
    begun = {one.next: one.size for one in keylist.ended}
    return len(begun) == len(keylist.ended) and all(
        one.origin in known and one.next in known and begun.get(one.origin, 0) < one.size and _in_time(one, known)
        for one in keylist.ended
    )


def _in_time(one: Ended, known: Mapping[str, LogKey]) -> bool:
    """Times ascend from an origin to the next, so no origin can follow itself, not even by a detour."""
    until = known[one.origin].until
    return until != OPEN and until <= known[one.next].since and (one.doubt == OPEN or one.doubt <= until)


def _parse_log(line: str) -> LogKey:
    _, since, until, key = line.split(" ")
    for time in (since, until):
        if time != OPEN:
            time_value(time)
    if since == OPEN or (until != OPEN and until <= since):
        raise ValueError("no start, or an end before it")
    return LogKey(VerifierKey.parse(key), since, until)


def _parse_ended(line: str) -> Ended:
    _, size, root, doubt, origin, following = line.split(" ")
    if doubt != OPEN:
        time_value(doubt)
    return Ended(decimal(size), base64_bytes(root, HASH_SIZE), doubt, origin, following)
