"""The line of a log: the origins under which it was called one after the other, each with a key of its own, over one tree.

docs/spec/exchange-log.md section 8, docs/adr/0020. Nearly every log has a line of one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.keylist import Ended, KeyList, LogKey
from hub.exchangelog.note import Note

FOLLOWS: Final = "follows"  # the name in the digests of a `config` entry


@dataclass(frozen=True, slots=True)
class Epoch:
    """The part of a log under one origin: entries from `start` to before where it ended, without end where it did not."""

    log_key: LogKey
    start: int = 0
    before: Ended | None = None
    ended: Ended | None = None

    @property
    def origin(self) -> str:
        return self.log_key.key.name

    @property
    def doubted(self) -> bool:
        """Whether its key may have been in other hands."""
        return self.ended is not None and self.ended.doubted

    def covers(self, size: int) -> bool:
        """Whether a checkpoint of this size may be the origin's."""
        return (size > self.start or size == self.start == 0) and (self.ended is None or size <= self.ended.size)


@dataclass(frozen=True, slots=True)
class Line:
    """The epochs of a log, up to the origin as whose log it is looked at; at least one. `later`: those that followed since."""

    epochs: tuple[Epoch, ...]
    later: tuple[Epoch, ...] = ()

    @classmethod
    def of(cls, log_key: LogKey) -> Line:
        """A log that never changed its key."""
        return cls((Epoch(log_key),))

    @classmethod
    def up_to(cls, keylist: KeyList, origin: str) -> Line:
        """The origin and those that it follows. Raises `IntegrityError` HUB-LOG-020 where the list does not know it."""
        names = [origin]
        while (before := keylist.before(names[0])) is not None:
            names.insert(0, before.origin)
        count = len(names)
        while (end := keylist.end_of(names[-1])) is not None:
            names.append(end.next)
        epochs = [_epoch(keylist, name) for name in names]
        return cls(tuple(epochs[:count]), tuple(epochs[count:]))

    @classmethod
    def today(cls, keylist: KeyList, pinned: str) -> Line:
        """The whole log of which one origin was pinned, as the list knows it. Raises as `up_to`."""
        return cls.up_to(keylist, keylist.newest(pinned))

    @property
    def origin(self) -> str:
        """What the log is called now."""
        return self.epochs[-1].origin

    @property
    def log_key(self) -> LogKey:
        """The key that signs now."""
        return self.epochs[-1].log_key

    def named(self, origin: str) -> Epoch | None:
        """The epoch of an origin, None for that of another log, or of what followed."""
        return next((epoch for epoch in self.epochs if epoch.origin == origin), None)

    def known(self, origin: str) -> Epoch | None:
        """The same of the whole log."""
        return next((epoch for epoch in (*self.epochs, *self.later) if epoch.origin == origin), None)

    def at(self, index: int) -> Epoch:
        """The epoch in which an entry stands; the last one for what is beyond its end."""
        return next(epoch for epoch in reversed(self.epochs) if epoch.start <= index)

    def until(self, size: int) -> Line:
        """The same log as far as its first entries go."""
        kept = max(1, sum(epoch.start < size for epoch in self.epochs))
        return Line(self.epochs[:kept], (*self.epochs[kept:], *self.later))

    def past(self, index: int) -> bool:
        """Whether nothing may stand at this index: the last origin ended before it."""
        ended = self.epochs[-1].ended
        return ended is not None and index >= ended.size

    def checkpoint(self, note: str) -> Checkpoint:
        """The checkpoint in a note that the key of its origin signed, of a size that belongs to it. Raises `IntegrityError`.

        A key in doubt signs here like any other: whether that counts, whoever asks must know.
        """
        return self._checked(note, self.named(_origin(note)))

    def outside(self, note: str) -> Checkpoint:
        """The same of one that was kept elsewhere: it may be of an origin that followed."""
        return self._checked(note, self.known(_origin(note)))

    def _checked(self, note: str, epoch: Epoch | None) -> Checkpoint:
        epoch = epoch or self.epochs[-1]  # of another log: its key did not sign it
        said = Checkpoint.verified(note, epoch.log_key.key)
        if not epoch.covers(said.size):
            raise IntegrityError(log.BEYOND_EPOCH, origin=epoch.origin, size=said.size)
        if epoch.ended is not None and epoch.ended.size == said.size and epoch.ended.root != said.root:
            raise IntegrityError(log.LOG_FORKED, small=said.size, large=said.size)
        return said

    def ends(self) -> list[Checkpoint]:
        """The checkpoints with which epochs before the last one ended, by the root's word."""
        return [ended(one.before) for one in self.epochs if one.before is not None]


def _epoch(keylist: KeyList, origin: str) -> Epoch:
    before = keylist.before(origin)
    return Epoch(keylist.of(origin), 0 if before is None else before.size, before, keylist.end_of(origin))


def _origin(note: str) -> str:
    return Note.parse(note).text.partition("\n")[0]


def ended(end: Ended) -> Checkpoint:
    """The checkpoint with which an origin ended."""
    return Checkpoint(end.origin, end.size, end.root)


def follows(end: Ended) -> str:
    """What the first entry of the next origin says of it: SHA-256 in hex of that checkpoint's three lines."""
    return hashlib.sha256(ended(end).body().encode()).hexdigest()
