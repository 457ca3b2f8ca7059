"""Which messages were alone in a process when it died. Redeliveries alone accuse innocents: whoever is killed had others in hand.

One small file a suspect, named by the digest; it outlives the process, and need not outlive the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.errors import Unavailable


class Suspects:
    """The suspects of a home. Processes share the directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    def deaths(self, digest: str) -> int:
        """How often a process died with this message alone in hand."""
        with suppress(OSError, ValueError):
            return int((self._directory / digest).read_text("ascii"))
        return 0

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

    def clear(self, digest: str) -> None:
        """It is recorded as what it is."""
        (self._directory / digest).unlink(missing_ok=True)

    def _mark(self, digest: str, deaths: int) -> None:
        (self._directory / digest).write_text(str(deaths), "ascii")
