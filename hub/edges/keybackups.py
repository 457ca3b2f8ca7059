"""Generations of the key store: copies that hold no key which the store no longer holds (ADR 18).

A copy undoes erasures, so it is pruned whenever one is made: what is destroyed goes from every generation, not only with the
oldest of them. Nothing here is opened: the keys stay wrapped, and no master key is needed.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hub.codes import key
from hub.edges.home import sync_directory
from hub.errors import Unavailable

MOST: Final = 7
_NAME: Final = re.compile(r"keys-[0-9]{8}T[0-9]{6}Z\.sqlite")
_LIVING: Final = (
    "SELECT data_keys.key_id FROM live.data_keys JOIN live.buckets ON buckets.id = data_keys.bucket"
    " WHERE buckets.wrapped IS NOT NULL AND data_keys.doomed = 0"
)
_UNFINISHED: Final = (
    "SELECT (SELECT count(*) FROM data_keys WHERE doomed = 1) + (SELECT count(*) FROM buckets WHERE wrapped IS NULL)"
)
_PATIENCE: Final = 30  # seconds for a store that is being written
_WIPED: Final = 1 << 20  # octets overwritten at a time


@dataclass(frozen=True, slots=True)
class Generation:
    """A copy: when it was made (UTC), and how many data keys it holds."""

    file: Path
    made_at: datetime
    keys: int


class KeyBackups:
    """The generations of one store in a folder, which may be on another disk. One process at a time."""

    def __init__(self, store: Path, folder: Path, most: int = MOST) -> None:
        self._store, self._folder, self._most = store, folder, most

    def generations(self) -> list[Generation]:
        """Oldest first. Raises `Unavailable` HUB-KEY-013."""
        with self._failing():
            return [self._generation(file) for file in self._files()]

    def make(self, at: datetime) -> Generation:
        """One more copy; what is beyond the number of generations goes, the oldest first. Raises `Unavailable` HUB-KEY-013."""
        with self._failing():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._folder / f"keys-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.sqlite"
            temporary = self._temporary(file)
            with closing(_reading(self._store)) as store:
                store.execute("VACUUM INTO ?", (str(temporary),))
            self._settle(temporary, file)
            for old in self._files()[: -self._most]:
                _wipe(old)
            return self._generation(file)

    def prune(self) -> int:
        """Takes from every generation what the store no longer holds; returns how many keys that were. Raises as `make`."""
        with self._failing():
            return sum(self._prune(file) for file in self._files())

    def settled(self) -> bool:
        """Whether nothing is being destroyed in the store, and no generation holds a key that it does not. Raises as `make`."""
        with self._failing(), closing(_reading(self._store)) as store:
            if store.execute(_UNFINISHED).fetchone()[0]:
                return False
        with self._failing():
            return not any(self._surplus(file) for file in self._files())

    def _files(self) -> list[Path]:
        return sorted(file for file in self._folder.glob("keys-*.sqlite") if _NAME.fullmatch(file.name))

    def _generation(self, file: Path) -> Generation:
        with closing(_reading(file)) as copy:
            keys = int(copy.execute("SELECT count(*) FROM data_keys").fetchone()[0])
        return Generation(file, datetime.strptime(file.stem, "keys-%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), keys)

    def _surplus(self, file: Path) -> int:
        with closing(_reading(file)) as copy:
            self._attach(copy)
            dead = f"SELECT count(*) FROM main.data_keys WHERE key_id NOT IN ({_LIVING})"  # noqa: S608 - our own words
            return int(copy.execute(dead).fetchone()[0])

    def _prune(self, file: Path) -> int:
        """By a new file in its place, so that a crash leaves one or the other; the old one is overwritten."""
        surplus = self._surplus(file)
        if not surplus:
            return 0
        temporary = self._temporary(file)
        with closing(_reading(file)) as copy:
            copy.execute("VACUUM INTO ?", (str(temporary),))
        with closing(_opened(temporary, "rw")) as made:
            made.execute("PRAGMA journal_mode=MEMORY")
            made.execute("PRAGMA secure_delete=ON")
            self._attach(made)
            made.execute(f"DELETE FROM main.data_keys WHERE key_id NOT IN ({_LIVING})")  # noqa: S608
            made.execute("DELETE FROM main.buckets WHERE id NOT IN (SELECT bucket FROM main.data_keys)")
            made.execute("DETACH live")
            made.execute("VACUUM")
        self._settle(temporary, file)
        return surplus

    def _attach(self, connection: sqlite3.Connection) -> None:
        connection.execute("ATTACH ? AS live", (f"{self._store.absolute().as_uri()}?mode=ro",))

    def _temporary(self, file: Path) -> Path:
        """An empty file that only its owner reads; what an earlier attempt left goes."""
        temporary = file.with_name(f".{file.name}.new")
        temporary.unlink(missing_ok=True)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return temporary

    def _settle(self, temporary: Path, file: Path) -> None:
        """Durably in its place; whatever lay there is overwritten first to last."""
        descriptor = os.open(temporary, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not file.exists():
            temporary.replace(file)
            sync_directory(file.parent)
            return
        with file.open("r+b") as before:
            temporary.replace(file)
            sync_directory(file.parent)
            _overwrite(before.fileno())

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """No foreign exception leaves this file."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(key.BACKUP_FAILED, reason=type(error).__name__) from error


def _reading(file: Path) -> sqlite3.Connection:
    return _opened(file, "ro")


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=_PATIENCE)


def _wipe(file: Path) -> None:
    with file.open("r+b") as opened:
        _overwrite(opened.fileno())
    file.unlink()
    sync_directory(file.parent)


def _overwrite(descriptor: int) -> None:
    """BUG: as in keystore.py, what the storage device keeps of overwritten blocks is out of reach."""
    remaining, place = os.fstat(descriptor).st_size, 0
    while remaining > 0:
        count = os.pwrite(descriptor, bytes(min(_WIPED, remaining)), place)
        place, remaining = place + count, remaining - count
    os.fsync(descriptor)
