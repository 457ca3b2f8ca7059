"""Which checkpoints kept elsewhere count: all that the log's key signed; of a key in doubt only what others signed in time.

docs/spec/exchange-log.md section 8, docs/adr/0020. What does not count is left out and told, never judged by: it may be the thief's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hub.app.reading import note_files, read_file, read_text
from hub.edges.timestamps import Authority
from hub.errors import IntegrityError
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.cosignature import Cosigner
from hub.exchangelog.keylist import Ended
from hub.exchangelog.line import Line, ended
from hub.exchangelog.note import Note
from hub.exchangelog.text import time_value


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint's note that was kept elsewhere, and the timestamp over it where one lies beside it."""

    note: str
    response: bytes | None = None


@dataclass(frozen=True, slots=True)
class Others:
    """Whose word counts beside the log's own: pinned witnesses, and a timestamp authority by its CAs."""

    witnesses: Sequence[Cosigner] = ()
    authority: Authority | None = None

    def times(self, kept: Kept) -> Iterator[datetime]:
        """When each of them saw this very checkpoint."""
        for witness in self.witnesses:
            with suppress(IntegrityError):
                yield datetime.fromtimestamp(witness.time(Note.parse(kept.note)), UTC)
        if self.authority is not None and kept.response is not None:
            with suppress(IntegrityError):
                yield self.authority.opened(kept.note.encode(), kept.response).time


@dataclass(slots=True)
class Outside:
    """The checkpoints that somebody brings along. After `of`: how many were `left_out`, and `unproven`, from where to where
    the log rests on the house's word alone because the key of that time is in doubt (None where there is no such stretch).
    """

    kept: Sequence[Kept] = ()
    others: Others = field(default_factory=Others)
    left_out: int = 0
    unproven: tuple[int, int] | None = None
    doubt: str = ""  # since when the last key that is looked at is in doubt

    def of(self, line: Line) -> list[Checkpoint]:
        """Those that count for this log. Raises `IntegrityError` for one that is none of it."""
        counted, others = [], []  # `others`: whatever else a house says, somebody else saw these in time
        for kept in self.kept:
            said = line.outside(kept.note)
            epoch = line.known(said.origin)
            end = None if epoch is None else epoch.ended
            in_time = end is None or not end.doubted or self._in_time(kept, end)
            if in_time or (end is not None and said == ended(end)):
                counted.append(said)
                others += [said] if in_time else []
            else:
                self.left_out += 1
        self.unproven = _unproven(line, others)
        last = line.epochs[-1].ended
        self.doubt = last.doubt if last is not None and last.doubted else ""
        return counted

    def _in_time(self, kept: Kept, end: Ended) -> bool:
        return any(time < time_value(end.doubt) for time in self.others.times(kept))


def read_kept(path: Path) -> Iterator[Kept]:
    """A checkpoint's note, or every one of a folder, each with the timestamp of the same name beside it. Raises as `read_text`.

    Readers of QR codes and editors add line feeds at the end, or take them away: a note ends with one.
    """
    for file in note_files(path):
        response = file.with_suffix(".tsr")
        yield Kept(read_text(file).rstrip("\n") + "\n", read_file(response) if response.is_file() else None)


def _unproven(line: Line, counted: Sequence[Checkpoint]) -> tuple[int, int] | None:
    """Up to the last end of a key in doubt, from the largest checkpoint before it that others signed in time.

    What stands before a sound epoch's end rests on that end, which the root signed while the key was sound.
    """
    doubted = [epoch for epoch in line.epochs[:-1] if epoch.doubted]
    if not doubted or doubted[-1].ended is None:
        return None
    end = doubted[-1].ended.size
    sound = [epoch.before.size for epoch in line.epochs[1:] if epoch.before and not epoch.before.doubted]
    proven = max((size for size in (*sound, *(one.size for one in counted)) if size <= end), default=0)
    return (proven, end) if proven < end else None
