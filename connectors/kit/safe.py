"""What a partner keeps on disk besides its ledger: contents that it still needs, sealed, a file each, until it erases them.

A ledger holds no personal data, so what must survive a crash in full lies here. The name of a file is an id.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from connectors.kit.sealing import Sealer

_PART = ".part"
_SEALED = ".sealed"


class Safe:
    """The sealed files of one folder. Threads may share it; each id belongs to one of them at a time."""

    def __init__(self, folder: Path, key: bytes, owner: str) -> None:
        """`key`: 32 bytes. What was half written when its process died is removed."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._sealer = Sealer(key, owner)
        for torn in folder.glob(f"*{_PART}"):
            torn.unlink()

    def names(self) -> list[str]:
        """The ids that are kept, in order of the ids, which begin with their time."""
        return sorted(path.name.removesuffix(_SEALED) for path in self._folder.glob(f"*{_SEALED}"))

    def keep(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Keeps every (id, content), durably, before it returns. A content that is kept already is written again."""
        kept = False
        for name, content in contents:
            part = self._folder / f"{name}{_PART}"
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(self._sealer.seal(name, content))
                file.flush()
                os.fsync(file.fileno())
            part.rename(self._path(name))
            kept = True
        if kept:
            self._sync()

    def read(self, name: str) -> bytes:
        """The content. Raises `KeyError` when it is not kept, `IntegrityError` when it is not what was sealed."""
        try:
            sealed = self._path(name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None
        return self._sealer.open(name, sealed)

    def erase(self, name: str) -> None:
        """Removes the file; nothing happens when there is none."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SEALED}"

    def _sync(self) -> None:
        directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
