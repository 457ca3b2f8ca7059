"""Timestamps over the log's checkpoints (RFC 3161): one stands for every entry up to its checkpoint, whatever their number.

They are asked for by a process of their own (hub.app.timestamper), so that a slow authority delays no message.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from hub.app.evidence import Archive
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.codes import cli, log, tsa
from hub.edges.timestamps import Authority, Timestamp, digest, query
from hub.edges.timestampstore import Stored, TimestampStore
from hub.errors import HubError, IntegrityError, Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.line import ended
from hub.exchangelog.text import time_value
from hub.exchangelog.tree import prove_consistency, verify_consistency


@dataclass(frozen=True, slots=True)
class Stamped:
    """A timestamped checkpoint: how many entries it covers, and what the authority said of it."""

    size: int
    timestamp: Timestamp


@dataclass(frozen=True, slots=True)
class Judged:
    """A kept timestamp, and the error when it proves nothing about this log."""

    size: int
    timestamp: Timestamp | None
    error: HubError | None = None


class Stamping:
    """One log and one authority."""

    def __init__(self, archive: Archive, authority: Authority, store: TimestampStore) -> None:
        self._archive, self._authority, self._store = archive, authority, store

    def newest(self) -> bytes:
        """The note of the checkpoint that is to be stamped. Raises `Misconfigured` HUB-TSA-008 for an empty log."""
        checkpoint, note = self._archive.newest()
        if not checkpoint.size:
            raise Misconfigured(tsa.NOTHING_YET)
        return note.encode()

    def ask(self, url: str) -> Stamped:
        """A timestamp over the newest checkpoint, kept in the home. Raises as `Authority.ask`."""
        note = self.newest()
        return self.take(note, self._authority.ask(url, note))

    def request(self) -> bytes:
        """A request over the newest checkpoint, to be carried to the authority; `carried` takes what comes back."""
        note = self.newest()
        self._store.asked(note)
        return query(note)

    def carried(self, response: bytes) -> Stamped:
        """A timestamp that came by medium, kept. Raises as `take`, and `Unavailable` HUB-TSA-002 or -003, `Misconfigured` -011."""
        wanted = digest(response)
        note = next((note for note in self._store.waiting() if hashlib.sha256(note).digest() == wanted), None)
        if note is None:
            raise Misconfigured(tsa.NOT_ASKED)
        return self.take(note, response)

    def take(self, note: bytes, response: bytes) -> Stamped:
        """Keeps a timestamp over a checkpoint of this log. Raises `IntegrityError` HUB-TSA-004 or -007."""
        stamped = self._judged(note, response)
        self._store.keep(stamped.size, note, response)
        self._store.answered(one for one in self._store.waiting() if _claims(one) <= stamped.size)
        return stamped

    def judge(self) -> list[Judged]:
        """Every kept timestamp, ascending by size."""
        return [self._told(stored) for stored in self._store.read()]

    def _told(self, stored: Stored) -> Judged:
        try:
            stamped = self._judged(stored.note, stored.response)
            if stamped.size != stored.size:
                raise IntegrityError(tsa.FORGED, reason=f"{stored.size}")
        except HubError as error:
            return Judged(stored.size, None, error)
        return Judged(stamped.size, stamped.timestamp)

    def _judged(self, note: bytes, response: bytes) -> Stamped:
        timestamp = self._authority.opened(note, response)
        size = self._of_this_log(note)
        self._in_time(note, timestamp)
        return Stamped(size, timestamp)

    def _in_time(self, note: bytes, timestamp: Timestamp) -> None:
        """A checkpoint of a key in doubt counts only when it was stamped before that. Raises `IntegrityError` HUB-LOG-073."""
        said = Checkpoint.claimed(note.decode("utf-8"))
        epoch = self._archive.line.named(said.origin)
        end = None if epoch is None else epoch.ended
        if end is None or not end.doubted or said == ended(end):
            return
        if timestamp.time >= time_value(end.doubt):
            raise IntegrityError(log.KEY_IN_DOUBT, origin=end.origin, since=end.doubt)

    def _of_this_log(self, note: bytes) -> int:
        """The size of a checkpoint that this log extends. Raises `IntegrityError` HUB-TSA-007."""
        newest, _ = self._archive.newest()
        try:
            said = self._archive.line.checkpoint(note.decode("utf-8"))
        except (IntegrityError, UnicodeDecodeError):
            raise IntegrityError(tsa.OTHER_LOG, size=-1) from None
        if said.size > newest.size:
            raise IntegrityError(tsa.OTHER_LOG, size=said.size)
        path = prove_consistency(said.size, newest.size, self._archive.journal.nodes) if said.size else ()
        try:
            verify_consistency(said.size, said.root, newest.size, newest.root, path)
        except IntegrityError:
            raise IntegrityError(tsa.OTHER_LOG, size=said.size) from None
        return said.size


def _claims(note: bytes) -> int:
    """The size that a note claims; 0 of what is none, for which nobody need wait."""
    try:
        return Checkpoint.claimed(note.decode("utf-8")).size
    except (IntegrityError, UnicodeDecodeError):
        return 0


def authority(paths: HomePaths, file: Path | None) -> Authority:
    """The authority whose CA the home pins, or the one in `file`. Raises `Misconfigured` HUB-TSA-001."""
    chosen = file or paths.timestamp_authority
    try:
        return Authority(read_file(chosen, cli.FILE_UNREADABLE), chosen.name)
    except Misconfigured:
        raise Misconfigured(tsa.NO_AUTHORITY, file=chosen.name) from None
