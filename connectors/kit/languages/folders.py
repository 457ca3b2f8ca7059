"""Files that appear whole or not at all: written under another name, synced, renamed; read within bounds.

`rename` within a folder is atomic (rename(2)); that it lasts is known when the folder is synced too (fsync(2)). Names that
begin with a dot are drafts, and belong to nobody. Files are 0600, folders 0700.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

_PIECE = 1 << 20


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files by name, replacing what is there; all last when it returns. Raises `OSError`: then any of them may."""
    for name, data in files.items():
        draft = folder / f".{name}.new"
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _write(file, data)
            os.fsync(file)
        finally:
            os.close(file)
        draft.rename(folder / name)
    if files:
        _sync(folder)


def publish(draft: Path, path: Path) -> None:
    """Gives a synced draft its name, for good."""
    draft.rename(path)
    _sync(path.parent)


def read(path: Path, limit: int) -> bytes:
    """A plain file of at most `limit` bytes. Raises `OSError`: EFBIG for a longer one, EINVAL or ELOOP for no plain file."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        parts: list[bytes] = []
        left = limit + 1
        while left and (part := os.read(file, min(left, _PIECE))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(file)
    if not left:
        raise OSError(errno.EFBIG, "longer than agreed")
    return b"".join(parts)


def found(folder: Path) -> frozenset[str]:
    """The names in a folder that are no drafts. Raises `OSError`."""
    return frozenset(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208 - names, no paths


def make(folder: Path) -> Path:
    """The folder, made if it is not there, with those above it."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(mode=0o700, exist_ok=True)
            _sync(path.parent)
    return folder


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
