"""Which messages were alone in a process when it died. Redeliveries alone accuse innocents: whoever is killed had others in hand.

One small file a suspect, named by the digest of what the broker gave, and `<digest of the signed bytes>.refused` once it
was refused for that: its sender may have sent it several times meanwhile, and no copy may kill again. They outlive the
process, and need not outlive the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hub.errors import Unavailable

_REFUSED: Final = ".refused"


class Suspects:
    """The suspects of a home. Processes share the directory, but never a message: one partition has one worker."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._refused = {file.stem: _number(file) for file in directory.glob(f"*{_REFUSED}")}

    def deaths(self, digest: str) -> int:
        """How often a process died with this message alone in hand."""
        return _number(self._directory / digest)

    def refused(self, digest: str) -> int:
        """After how many deaths this message was refused unread; 0 for every other."""
        return self._refused.get(digest, 0)

    @contextmanager
    def trying(self, digest: str) -> Iterator[None]:
        """Taken alone while the block runs. A death leaves a mark; a journal that is away accuses nobody."""
        before = self.deaths(digest)
        self._mark(digest, before + 1)
        try:
            yield
        except Unavailable:
            self._mark(digest, before)
            raise
        self.clear(digest)

    def refuse(self, digest: str, deaths: int) -> None:
        """From now on nobody tries it again, however often it comes."""
        self._mark(f"{digest}{_REFUSED}", deaths)
        self._refused[digest] = deaths

    def clear(self, digest: str) -> None:
        """It is recorded as what it is."""
        (self._directory / digest).unlink(missing_ok=True)

    def _mark(self, name: str, deaths: int) -> None:
        (self._directory / name).write_text(str(deaths), "ascii")


def _number(file: Path) -> int:
    with suppress(OSError, ValueError):
        return int(file.read_text("ascii"))
    return 0
