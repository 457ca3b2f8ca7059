"""Batch files of a feed, `<yyyymmdd>-<serial>.dat`: what one holds, and in which order they are taken.

    H,<feed>/<file name>,<作成日, 8 digits>,<件数, 8 digits>,<最終, 0 or 1>CRLF      after the mark of the form, if it has one
    … records in their form …
    T,<件数>,<SHA-256>CRLF

Serials go up by one from 1, over days; the file with 最終 1 is the last that will come. Files are taken in their order and
touched by nobody. One that is missing, not whole or not readable is waited for, and all behind it wait too: the order of a
person's events cannot be known before the file is. A file that is replaced goes on where the records before are the same.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from connectors.kit.languages import folders, whole
from connectors.kit.languages.records import BOM, BadRecord, Record, RecordForm
from connectors.kit.partner import Events
from hub.codes import kit
from hub.errors import Code, IntegrityError, Unavailable

LONGEST: Final = 64 << 20  # bytes of one file
REMEMBERED: Final = 64  # files whose content is known again under another serial
_NAME: Final = re.compile(r"([0-9]{8})-([0-9]{6})\.dat")
_HEADER: Final = re.compile(rb"H,([a-z0-9/.-]{1,120}),([0-9]{8}),([0-9]{8}),([01])\r\n")
_CURSOR: Final = re.compile("([0-9]+):([0-9]+):([0-9a-f]{16}|)((?:,[0-9a-f]{16})*)(!?)")
_DIGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Heading:
    """The header record. `name` is feed and file."""

    name: str
    day: str
    count: int
    last: bool

    def encode(self) -> bytes:
        return f"H,{self.name},{self.day},{self.count:08},{int(self.last)}\r\n".encode("ascii")


def name_of(day: str, serial: int) -> str:
    """The name of a batch file; `day` is yyyymmdd. Raises `ValueError` for a serial of more than six digits."""
    name = f"{day}-{serial:06}.dat"
    if not _NAME.fullmatch(name):
        raise ValueError("a day and six digits")
    return name


def serial_of(name: str) -> int | None:
    """The serial that a name bears; None for a name that is no batch file's."""
    found = _NAME.fullmatch(name)
    return int(found[2]) if found else None


def written(heading: Heading, form: RecordForm, records: Sequence[Record]) -> bytes:
    """A whole batch file. Raises as `RecordForm.encode`."""
    return whole.closed(form.mark + heading.encode() + form.encode(records), heading.count)


def heading_of(data: bytes, mark: bytes) -> tuple[Heading, bytes]:
    """The header record and what stands behind it. Raises `ValueError`, naming the rule, `BadRecord` for another mark."""
    if not data.startswith(mark) or (not mark and data.startswith(BOM)):
        raise BadRecord(kit.FILE_ENCODING, f"0x{data[0]:02X}" if data else "", heading=True)
    found = _HEADER.match(data, len(mark))
    if found is None:
        raise ValueError("header")
    heading = Heading(found[1].decode("ascii"), found[2].decode("ascii"), int(found[3]), found[4] == b"1")
    return heading, data[found.end() :]


@dataclass(frozen=True, slots=True)
class Batch:
    """A whole file: its records up to the first that cannot be read, which is `fault`. `chain[n]` stands for the first n."""

    records: Sequence[Record]
    chain: Sequence[str]
    last: bool
    fault: Unavailable | None

    @property
    def whole(self) -> bool:
        """Has records, and all of them can be read."""
        return self.fault is None and len(self.records) > 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """The next record to take: the serial of its file, its place there, and what stands for the records before it.

    `seen` are the contents of the last files that were taken; `ended`: the last file was.
    """

    serial: int = 1
    record: int = 0
    before: str = ""
    seen: tuple[str, ...] = ()
    ended: bool = False

    def encode(self) -> str:
        seen = "".join(f",{one}" for one in self.seen)
        return f"{self.serial}:{self.record}:{self.before}{seen}{'!' * self.ended}"

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """The beginning for no text. Raises `ValueError`."""
        if not text:
            return cls()
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise ValueError("not a cursor")
        return cls(int(found[1]), int(found[2]), found[3], tuple(found[4].split(",")[1:]), found[5] == "!")

    def knows(self, batch: Batch) -> bool:
        """Whether a file that comes next was taken already, under another serial."""
        return self.record == 0 and batch.whole and batch.chain[-1] in self.seen

    def after(self, batch: Batch, taken: int) -> Cursor:
        """Where to go on: in the same file, or at the beginning of the next."""
        place = self.record + taken
        if not self.knows(batch) and (batch.fault is not None or place < len(batch.records)):
            return replace(self, record=place, before=batch.chain[place])
        fresh = batch.records and not self.knows(batch)
        seen = (*self.seen, batch.chain[-1])[-REMEMBERED:] if fresh else self.seen
        return Cursor(self.serial + 1, seen=seen, ended=batch.last)


class Inbox:
    """The folder of one feed, read page by page. It keeps the file in hand in memory; a page never spans two files."""

    def __init__(
        self, folder: Path, feed: tuple[str, str], form: RecordForm, lateness: float, now: Callable[[], float]
    ) -> None:
        """`feed`: endpoint and name of the feed. `lateness`: seconds that a missing file is waited for without a word."""
        self._folder = folder
        self._endpoint, self._feed = feed
        self._form = form
        self._lateness = lateness
        self._now = now
        self._kept: tuple[object, Batch] | None = None

    def page(self, after: str, limit: int) -> Events:
        """At most `limit` records. Raises `Unavailable` when the next cannot be taken, `IntegrityError` for a cursor."""
        try:
            cursor = Cursor.decode(after)
        except ValueError as error:
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="cursor") from error
        try:
            return self._page(cursor, limit)
        except OSError as error:
            raise Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind=type(error).__name__) from error

    def _page(self, cursor: Cursor, limit: int) -> Events:
        if cursor.ended:
            return Events((), cursor.encode(), end=True)
        files = self._files()
        while (batch := self._batch(cursor.serial, files.get(cursor.serial, ()))) is not None:
            taken = () if cursor.knows(batch) else self._taken(batch, cursor, limit)
            cursor = cursor.after(batch, len(taken))
            if taken or cursor.ended:
                return Events(taken, cursor.encode(), end=cursor.ended)
        self._waited(cursor.serial, files)
        return Events((), cursor.encode(), end=False)

    def _taken(self, batch: Batch, cursor: Cursor, limit: int) -> Sequence[Record]:
        if cursor.record >= len(batch.chain) or batch.chain[cursor.record] != cursor.before:
            raise self._changed(cursor.serial)
        taken = batch.records[cursor.record : cursor.record + limit]
        if batch.fault is not None and not taken:
            raise batch.fault
        return taken

    def _batch(self, serial: int, names: Iterable[str]) -> Batch | None:
        """The one file of a serial; None when there is none. Two names for one content are one file.

        Raises `Unavailable` when none is whole, or when two are that differ.
        """
        batches: list[Batch] = []
        faults: list[Unavailable] = []
        for name in names:
            try:
                batches.append(self._read(name))
            except Unavailable as error:
                faults.append(error)
        if len({batch.chain[-1] for batch in batches}) > 1:
            raise self._changed(serial)
        if not batches and faults:
            raise faults[0]
        return batches[0] if batches else None

    def _read(self, name: str) -> Batch:
        state = (self._folder / name).stat(follow_symlinks=False)
        identity = (name, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if self._kept is None or self._kept[0] != identity:
            try:
                data = folders.read(self._folder / name, LONGEST)
            except OSError as error:
                if error.errno in (errno.EFBIG, errno.EINVAL, errno.ELOOP):
                    raise self._fault(kit.FILE_INCOMPLETE, name, rule="plain file, size") from error
                raise
            self._kept = (identity, self._parsed(name, data))
        return self._kept[1]

    def _parsed(self, name: str, data: bytes) -> Batch:
        try:
            before, count = whole.opened(data)
            heading, body = heading_of(before, self._form.mark)
            if heading.name != f"{self._feed}/{name}" or heading.day != name[: len(heading.day)]:
                raise ValueError("name")
            if heading.count != count:
                raise ValueError("count")
            records, fault = _records(self._form.decode(body))
            if fault is None and len(records) != count:
                raise ValueError("count")
        except BadRecord as bad:
            raise self._unreadable(name, 0, bad) from None
        except ValueError as error:
            raise self._fault(kit.FILE_INCOMPLETE, name, rule=str(error)) from None
        unreadable = None if fault is None else self._unreadable(name, 0 if fault.heading else len(records) + 1, fault)
        return Batch(records, tuple(_chain(records)), heading.last, unreadable)

    def _unreadable(self, name: str, number: int, bad: BadRecord) -> Unavailable:
        return self._fault(bad.code, name, record=number, point=bad.point or "-")

    def _fault(self, code: Code, name: str, **facts: str | int) -> Unavailable:
        return Unavailable(code, endpoint=self._endpoint, file=f"{self._feed}/{name}", **facts)

    def _changed(self, serial: int) -> Unavailable:
        return Unavailable(kit.FILE_CHANGED, endpoint=self._endpoint, feed=self._feed, serial=serial)

    def _files(self) -> Mapping[int, Sequence[str]]:
        """The names of batch files by serial; usually one each."""
        files: dict[int, list[str]] = {}
        for name in sorted(folders.found(self._folder)):
            serial = serial_of(name)
            if serial is not None:
                files.setdefault(serial, []).append(name)
        return files

    def _waited(self, missing: int, files: Mapping[int, Sequence[str]]) -> None:
        """Raises `Unavailable` when a file is missing before one that has been there for long."""
        later = [name for serial, names in files.items() if serial > missing for name in names]
        arrived = [(self._folder / name).stat(follow_symlinks=False).st_mtime for name in later]
        if arrived and self._now() - min(arrived) > self._lateness:
            raise Unavailable(kit.FILE_LATE, endpoint=self._endpoint, feed=self._feed, serial=missing)


def _records(read: Iterator[Record]) -> tuple[Sequence[Record], BadRecord | None]:
    records: list[Record] = []
    try:
        for record in read:
            records.append(record)  # noqa: PERF402 - what was read before a bad record counts
    except BadRecord as bad:
        return tuple(records), bad
    return tuple(records), None


def _chain(records: Sequence[Record]) -> Iterator[str]:
    digest = b""
    yield ""
    for record in records:
        digest = hashlib.sha256(digest + json.dumps(dict(record)).encode("ascii")).digest()
        yield digest.hex()[:_DIGEST]
