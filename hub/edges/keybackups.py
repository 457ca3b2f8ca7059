"""Generations of the key store: copies that hold no key which the store no longer holds (ADR 18).

A copy undoes erasures, so all are made anew whenever one is made: a generation is what it held before as far as the store
still holds it, in the store's own words of today. Nothing is opened: keys stay wrapped, and no master key is needed.

The store is read in short steps, for whoever destroys a key empties its write-ahead file and would wait for a long reader. What
goes is renamed, then overwritten, then unlinked; what a kill left half way is finished by the next run.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from hub.codes import key
from hub.edges.home import sync_directory
from hub.errors import Unavailable

MOST: Final = 7
_NAME: Final = re.compile(r"keys-[0-9]{8}T[0-9]{6}Z\.sqlite")
_OURS: Final = ".keys-"  # begins the name of whatever is on its way in or out
_ASIDE: Final = "damaged-"  # begins the name of a store that was replaced
_STEP: Final = 5000  # rows read in one transaction
_PATIENCE: Final = 30  # seconds for a store that is being written
_WIPED: Final = 1 << 20  # octets overwritten at a time
# A bucket whose day has come is about to go, though its keys stand there to the last.
_UNFINISHED: Final = (
    "SELECT (SELECT count(*) FROM data_keys WHERE doomed = 1) + (SELECT count(*) FROM buckets WHERE wrapped IS NULL)"
    " + (SELECT count(DISTINCT buckets.id) FROM buckets JOIN data_keys ON data_keys.bucket = buckets.id WHERE due <= ?)"
)
_KEYS: Final = (
    "SELECT data_keys.key_id, data_keys.bucket, data_keys.wrapped FROM data_keys JOIN buckets ON buckets.id = data_keys.bucket"
    " WHERE data_keys.key_id > ? AND buckets.wrapped IS NOT NULL AND data_keys.doomed = 0 ORDER BY data_keys.key_id LIMIT ?"
)

_COPIED: Final = (
    ("SELECT id, next_key, proof FROM store", "INSERT INTO store (id, next_key, proof) VALUES (?, ?, ?)"),
    (
        "SELECT id, retention, due, wrapped FROM buckets",
        "INSERT INTO buckets (id, retention, due, wrapped) VALUES (?, ?, ?, ?)",
    ),
)


@dataclass(frozen=True, slots=True)
class Generation:
    """A copy: when it was made (UTC), and how many data keys it holds."""

    file: Path
    made_at: datetime
    keys: int


@dataclass(frozen=True, slots=True)
class Living:
    """The store at a moment: the ids of its living keys, the largest id ever given, and whether something is on its way out."""

    ids: frozenset[int]
    mark: int
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a restored store may hold: keys whose records the journal has, none of a bucket (class, due day) that the log lists as
    destroyed; and the largest id that the journal ever used.
    """

    ids: frozenset[int]
    destroyed: frozenset[tuple[str, str]]
    mark: int
    held: frozenset[int] = frozenset()  # on legal hold: these had left such a bucket


class KeyBackups:
    """The generations of one store in a folder that is there already: another disk, if it is a good one.

    Which generations exist is written down beside the store: one that is missing may lie somewhere and undo erasures.
    """

    def __init__(self, store: Path, folder: Path, most: int = MOST) -> None:
        self._store, self._folder, self._most = store, folder, most
        self._list = store.with_name("generations.txt")

    @contextmanager
    def working(self) -> Iterator[None]:
        """One process at a time; what an earlier one left half way is finished. Raises `Unavailable` HUB-KEY-013."""
        with self._failing():
            descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self._failing():
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                for left in self._folder.glob(f"{_OURS}*"):
                    _overwrite(left)
            yield
        finally:
            os.close(descriptor)

    def generations(self) -> list[Generation]:
        """Oldest first. Raises `Unavailable` HUB-KEY-013, also where one that there should be is not."""
        with self._failing():
            files = self._files()
            if missing := set(self._listed()) - {file.name for file in files}:
                raise Unavailable(key.GENERATION_AWAY, name=min(missing))
            return [self._generation(file) for file in files]

    def living(self, today: date) -> Living:
        """What the store holds now; a bucket due on the Japanese day `today` counts as on its way out. Raises as `make`."""
        with self._failing():
            with closing(_opened(self._store, "ro")) as store:
                unfinished = int(store.execute(_UNFINISHED, (today.isoformat(),)).fetchone()[0])
                mark = int(store.execute("SELECT next_key FROM store").fetchone()[0]) - 1
            return Living(frozenset(row[0] for row in _stepping(self._store)), mark, unfinished > 0)

    def make(self, at: datetime) -> Generation:
        """One more copy; what is beyond the number of generations goes, the oldest first. Raises `Unavailable` HUB-KEY-013."""
        with self._failing():
            file = self._folder / f"keys-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.sqlite"
            self._write(file, _stepping(self._store))
            self._relist({*self._listed(), *(one.name for one in self._files())})
            for old in [one for one in self._files() if one != file][: -self._most + 1 or None]:
                self._remove(old)
            return self._generation(file)

    def prune(self) -> int:
        """Takes from every generation what the store no longer holds; returns how many keys that were. Raises as `make`."""
        with self._failing():
            rows = {row[0]: row for row in _stepping(self._store)}
            return sum(self._prune(file, rows) for file in self._files())

    def hold_only(self, living: Living) -> bool:
        """Whether no generation holds a key that was gone when the store was looked at. Raises as `make`.

        Nor a damaged store that was put aside and never destroyed: nobody knows what it holds.
        """
        with self._failing():
            aside = [*self._store.parent.glob(f"{_ASIDE}*"), *self._store.parent.glob(f"{_OURS}*")]
            return not aside and all(one in living.ids or one > living.mark for one in self._held())

    def restore(
        self, file: Path, wanted: Wanted, own: Callable[[Path], None], placing: Callable[[], None] = lambda: None
    ) -> int:
        """A store out of a generation, in the place of one that is lost; returns how many keys it holds.

        `own` raises when a store is not of this master key; nothing is touched then. `placing` hears that it is about to be put there. What lies in the store's place is put
        aside, not destroyed: persons do that once they have looked. Raises as `make`.
        """
        with self._failing():
            made = self._store.with_name(f"{_OURS}restored")
            for left in self._store.parent.glob(f"{_OURS}restored*"):
                _overwrite(left)
            os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            try:
                with closing(_opened(file, "ro")) as generation, closing(_opened(made, "rw")) as store:
                    generation.backup(store)
                    count = _keep_only(store, wanted)
                own(made)
                _synced(made)
            except BaseException:
                _overwrite(made)
                raise
            placing()
            self._put_aside()
            made.replace(self._store)
            sync_directory(self._store.parent)
        return count

    def holding(self, ids: frozenset[int], wanted: Wanted) -> tuple[str, int]:
        """The generation that would give back most of these keys, and how many; "" and 0 where none does. Raises as `make`."""
        with self._failing():
            counts = [(len(ids & _ids(file, wanted)), file.name) for file in self._files()]
        most, name = max(counts, default=(0, ""))
        return (name, most) if most else ("", 0)

    def _put_aside(self) -> None:
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        for ending in ("", "-wal", "-shm"):
            old = self._store.with_name(self._store.name + ending)
            if old.exists():
                old.rename(self._store.with_name(f"{_ASIDE}{stamp}{ending}"))

    def _held(self) -> Iterator[int]:
        for file in self._files():
            with closing(_opened(file, "ro")) as copy:
                yield from (row[0] for row in copy.execute("SELECT key_id FROM data_keys"))

    def _files(self) -> list[Path]:
        found = (file for file in self._folder.glob("keys-*.sqlite") if _NAME.fullmatch(file.name))
        return sorted(file for file in found if _moment(file) is not None)

    def _generation(self, file: Path) -> Generation:
        with closing(_opened(file, "ro")) as copy:
            keys = int(copy.execute("SELECT count(*) FROM data_keys").fetchone()[0])
        return Generation(file, _moment(file) or datetime.now(UTC), keys)

    def _prune(self, file: Path, living: dict[int, tuple[int, int, bytes]]) -> int:
        """A generation is written anew, too, where a key lies in another bucket by now, or a bucket has lost its last key."""
        with closing(_opened(file, "ro")) as copy:
            held = {row[0]: row for row in copy.execute("SELECT key_id, bucket, wrapped FROM data_keys")}
            buckets = {row[0] for row in copy.execute("SELECT id FROM buckets")}
        kept = [living[one] for one in sorted(held.keys() & living.keys())]
        if len(kept) < len(held) or any(held[row[0]] != row for row in kept) or buckets != {row[1] for row in kept}:
            self._write(file, kept)
        return len(held) - len(kept)

    def _write(self, file: Path, keys: Iterable[tuple[int, int, bytes]]) -> None:
        """A store of these keys in the place of `file`, which is overwritten when the new one is durable."""
        temporary = self._folder / f"{_OURS}new"
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(_opened(temporary, "rw")) as made, closing(_opened(self._store, "ro")) as store:
            made.execute("PRAGMA journal_mode=MEMORY")
            for (statement,) in store.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC"):
                made.execute(statement)
            made.execute("BEGIN")
            made.executemany("INSERT INTO data_keys (key_id, bucket, wrapped, doomed) VALUES (?, ?, ?, 0)", keys)
            # Behind the keys: a bucket that has gone meanwhile takes its keys with it.
            for read, write in _COPIED:
                made.executemany(write, store.execute(read).fetchall())
            made.execute("DELETE FROM buckets WHERE wrapped IS NULL OR id NOT IN (SELECT bucket FROM data_keys)")
            made.execute("DELETE FROM data_keys WHERE bucket NOT IN (SELECT id FROM buckets)")
            made.execute("COMMIT")
            made.execute(f"PRAGMA user_version={int(store.execute('PRAGMA user_version').fetchone()[0])}")
        _synced(temporary)
        if file.exists():
            os.link(file, self._folder / f"{_OURS}old")
        temporary.replace(file)
        sync_directory(self._folder)
        _overwrite(self._folder / f"{_OURS}old")

    def _remove(self, file: Path) -> None:
        self._relist(name for name in self._listed() if name != file.name)
        gone = self._folder / f"{_OURS}gone"
        file.rename(gone)
        sync_directory(self._folder)
        _overwrite(gone)

    def _listed(self) -> list[str]:
        return self._list.read_text("ascii").split() if self._list.exists() else []

    def _relist(self, names: Iterable[str]) -> None:
        temporary = self._list.with_name(".generations.txt")
        temporary.write_text("".join(f"{name}\n" for name in sorted(names)), "ascii")
        _synced(temporary)
        temporary.replace(self._list)
        sync_directory(self._list.parent)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """No foreign exception leaves this file."""
        try:
            yield
        except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
            raise Unavailable(key.BACKUP_FAILED, reason=type(error).__name__) from error


def _ids(file: Path, wanted: Wanted) -> frozenset[int]:
    """The keys that a restore of this generation would give."""
    joined = "SELECT key_id, retention, due FROM data_keys JOIN buckets ON buckets.id = data_keys.bucket"
    with closing(_opened(file, "ro")) as copy:
        rows = copy.execute(joined).fetchall()
    return frozenset(one for one, *bucket in rows if tuple(bucket) not in wanted.destroyed or one in wanted.held)


def _keep_only(store: sqlite3.Connection, wanted: Wanted) -> int:
    """How many keys are left. What goes is overwritten (`secure_delete`), and the file is written anew."""
    store.execute("PRAGMA secure_delete=ON")
    store.execute("PRAGMA journal_mode=MEMORY")  # no file but this one sees what goes
    store.execute("BEGIN")
    held = [row[0] for row in store.execute("SELECT key_id FROM data_keys")]
    store.executemany("DELETE FROM data_keys WHERE key_id = ?", [(one,) for one in held if one not in wanted.ids])
    for retention, due in wanted.destroyed:
        ours = "SELECT id FROM buckets WHERE retention = ? AND due = ?"
        going = store.execute(f"SELECT key_id FROM data_keys WHERE bucket IN ({ours})", (retention, due))  # noqa: S608 - our own words
        gone = [(row[0],) for row in going if row[0] not in wanted.held]
        store.executemany("DELETE FROM data_keys WHERE key_id = ?", gone)
    store.execute("DELETE FROM buckets WHERE id NOT IN (SELECT bucket FROM data_keys)")
    store.execute("UPDATE store SET next_key = max(next_key, ?)", (wanted.mark + 1,))
    store.execute("COMMIT")
    store.execute("VACUUM")
    store.execute("PRAGMA journal_mode=WAL")
    return int(store.execute("SELECT count(*) FROM data_keys").fetchone()[0])


def _stepping(store: Path) -> Iterator[tuple[int, int, bytes]]:
    """Every living key (id, bucket, wrapped), each step in a transaction of its own."""
    last = 0
    while True:
        with closing(_opened(store, "ro")) as connection:
            rows = connection.execute(_KEYS, (last, _STEP)).fetchall()
        yield from rows
        if len(rows) < _STEP:
            return
        last = rows[-1][0]


def _moment(file: Path) -> datetime | None:
    try:
        return datetime.strptime(file.stem, "keys-%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=_PATIENCE
    )
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def _synced(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(file: Path) -> None:
    """Overwrites and unlinks what is on its way out, if it is there; a second name of a generation is only taken away.

    BUG: as in keystore.py, what the storage device keeps of overwritten blocks is out of reach.
    """
    if not file.exists():
        return
    with file.open("r+b") as opened:
        found = os.fstat(opened.fileno())
        remaining, place = found.st_size if found.st_nlink == 1 else 0, 0
        while remaining > 0:
            count = os.pwrite(opened.fileno(), bytes(min(_WIPED, remaining)), place)
            place, remaining = place + count, remaining - count
        os.fsync(opened.fileno())
    file.unlink()
    sync_directory(file.parent)
