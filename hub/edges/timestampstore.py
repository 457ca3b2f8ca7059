"""The timestamps of one log: beside each checkpoint's note the authority's response, under the size of the checkpoint.

`openssl ts -verify -data SIZE.note -in SIZE.tsr -CAfile …` verifies one as it lies there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.codes import jnl
from hub.edges.home import atomic_write, reason
from hub.errors import Unavailable

_DIGITS: Final = 16  # a size is at most 2^53 - 1; names then sort as sizes do


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint's size as its file is named, its note, and the response; nothing of it is proven."""

    size: int
    note: bytes
    response: bytes


@dataclass(frozen=True, slots=True)
class TimestampStore:
    """The directory `timestamps/` of a home. Processes may share it."""

    root: Path

    def keep(self, size: int, note: bytes, response: bytes) -> None:
        """Durable when it returns. The first timestamp of a size is the better proof, and stays."""
        self.root.mkdir(mode=0o700, exist_ok=True)
        if not self._file(size, "tsr").exists():
            atomic_write(self._file(size, "note"), note)
            atomic_write(self._file(size, "tsr"), response)
        atomic_write(self._newest, f"{max(self.sizes())}\n".encode())

    def asked(self, note: bytes) -> None:
        """Keeps a note for which a request is on its way by medium, until a response over it, or over a later one, is kept."""
        self._asked(note).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_write(self._asked(note), note)

    def waiting(self) -> Iterator[bytes]:
        """The notes for which requests are on their way."""
        yield from (file.read_bytes() for file in sorted((self.root / "asked").glob("*.note")))

    def answered(self, notes: Iterable[bytes]) -> None:
        """No response is awaited for these any more."""
        for note in notes:
            self._asked(note).unlink(missing_ok=True)

    def newest(self) -> int:
        """The size of the newest timestamped checkpoint, 0 when there is none; read often, so from a file of its own.

        Raises `Unavailable`.
        """
        with suppress(OSError, ValueError):
            return int(self._newest.read_text("ascii"))
        try:
            return max(self.sizes(), default=0)
        except OSError as error:
            raise Unavailable(jnl.FILE_FAILED, place=self.root.name, reason=reason(error)) from error

    def sizes(self) -> list[int]:
        """Of every kept timestamp, ascending."""
        return sorted(int(file.stem) for file in self.root.glob("*.tsr") if file.stem.isdecimal())

    def read(self) -> Iterator[Stored]:
        """Every kept timestamp, ascending by size. A note that is missing is empty: no response holds for it."""
        for size in self.sizes():
            note = self._file(size, "note")
            yield Stored(size, note.read_bytes() if note.exists() else b"", self._file(size, "tsr").read_bytes())

    @property
    def _newest(self) -> Path:
        return self.root / "newest"

    def _asked(self, note: bytes) -> Path:
        return self.root / "asked" / f"{hashlib.sha256(note).hexdigest()}.note"

    def _file(self, size: int, kind: str) -> Path:
        return self.root / f"{size:0{_DIGITS}}.{kind}"
