"""The home's directory: one process owns it, and its files change whole or not at all.

open temporary, write, fsync, close, rename over the target, fsync the directory       (atomic_write)
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.codes import jnl
from hub.errors import HomeInUse, Misconfigured, Unavailable

LOCK_FILE = "lock"
_PRIVATE = 0o600


@contextmanager
def lock_home(path: Path) -> Iterator[None]:
    """Owns the home while the block runs; the kernel lets go when the process ends, however it ends.

    Raises `HomeInUse` at once when another process owns it, `Misconfigured` when there is no home. The lock file stays.
    """
    if not path.is_dir():
        raise Misconfigured(jnl.MISSING, place="home")
    try:
        descriptor = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _PRIVATE)
    except OSError as error:
        raise Unavailable(jnl.FILE_FAILED, place=LOCK_FILE, reason=reason(error)) from error
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def atomic_write(path: Path, content: bytes) -> None:
    """Replaces or makes `path` (mode 0600); after a crash it holds the old bytes or the new ones. Raises `Unavailable`."""
    atomic_stream(path, (content,))


def atomic_stream(path: Path, parts: Iterable[bytes]) -> None:
    """As `atomic_write`, of what is made while it is written; when that fails nothing is left, and its error passes on."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_synced(temporary, parts)
        temporary.replace(path)
        sync_directory(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if not isinstance(error, OSError):
            raise
        raise Unavailable(jnl.FILE_FAILED, place=path.name, reason=reason(error)) from error


def sync_directory(path: Path) -> None:
    """Makes names in this directory durable (a new or renamed file's name is the directory's content)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """The error's name (ENOSPC …), which quotes no path."""
    return errno.errorcode.get(error.errno or 0, "OSError")


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise HomeInUse(jnl.HOME_IN_USE) from error
    except OSError as error:
        raise Unavailable(jnl.FILE_FAILED, place=LOCK_FILE, reason=reason(error)) from error


def _write_synced(path: Path, parts: Iterable[bytes]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
