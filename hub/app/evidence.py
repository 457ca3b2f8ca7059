"""Evidence for those who were not there: the log verified offline, exported, and an entry shown or proven.

Reads only, beside whoever owns the home: public keys are enough, and nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hub.app.counting import Outside
from hub.app.journalplace import journal_place
from hub.app.manyhands import reading
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_text
from hub.codes import cfg, cli, log
from hub.edges.journal import JournalReader, Snapshot, open_reader
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.export import MAX_LINE, export_lines, parse_export
from hub.exchangelog.keylist import KeyList
from hub.exchangelog.line import Line
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.stamp import Stamp
from hub.exchangelog.tree import Frontier, leaf_hash, prove_inclusion, verify_inclusion
from hub.exchangelog.verifier import HeadRow, Report, verify_log, verify_rows

Passed = Callable[[int, int], None]  # told now and then how far a long work is: done, of how many
Row = TypeVar("Row")

LINE = 1000  # about so many octets of an export are an entry
_TOLD = 4096  # rows between two tellings
_UNREADABLE: HeadRow = (-1, (), "")  # agrees with no log


@dataclass(frozen=True, slots=True)
class Pins:
    """What a verifier brings along instead of believing the home: the offline root's vkey, and a key list in a file."""

    root_key: str | None = None
    key_list: Path | None = None

    def keys(self, paths: HomePaths) -> KeyList:
        """The key list, believed because the offline root signed it. Raises `IntegrityError`.

        Raises `Misconfigured` HUB-CLI-050 for a root key of ours that is none: that says nothing about the evidence.
        """
        root = self._root() or VerifierKey.parse(read_text(paths.root_verifier, cfg.MISSING_FILE).strip())
        keys = read_text(self.key_list or paths.key_list, cli.FILE_UNREADABLE if self.key_list else cfg.MISSING_FILE)
        return KeyList.opened(keys, root)

    def _root(self) -> VerifierKey | None:
        if self.root_key is None:
            return None
        try:
            return VerifierKey.parse(self.root_key.strip())
        except IntegrityError:
            raise Misconfigured(cli.BAD_ROOT_KEY) from None


NO_PINS = Pins()


def silent(_: int, __: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A home's log, to be read."""

    line: Line
    journal: JournalReader

    @property
    def origin(self) -> str:
        """What the log is called now."""
        return self.line.origin

    def verify(self, outside: Sequence[Checkpoint], passed: Passed = silent, hands: int | None = None) -> Report:
        """Recomputes everything; `outside` are checkpoints of this log that were kept elsewhere.

        `hands`: by so many processes, else by one a processor where the log is long.
        """
        with self.journal.snapshot() as stored:
            head = _head(stored)
            leaves = _telling(stored.entries(), head[0], passed)
            return verify_rows(
                ((row.index, row.leaf, row.leaf_hash) for row in leaves),
                ((row.level, row.index, row.hash) for row in stored.nodes()),
                ((row.size, row.root, row.note) for row in stored.checkpoints()),
                self.line,
                outside,
                head,
                read=reading(head[0], hands),
            )

    def verify_run(self, start: int, until: int, outside: Sequence[Checkpoint], passed: Passed = silent) -> Report:
        """Recomputes the entries from `start` to before `until`, widened to the checkpoints around them.

        What a run cites before itself is not judged, nor are stored subtrees; outside checkpoints count where they lie in it.
        """
        with self.journal.snapshot() as stored:
            rows = [(row.size, row.root, row.note) for row in stored.checkpoints()]
            begin = max((size for size, _, _ in rows if size <= start), default=0)
            end = min(
                (size for size, _, _ in rows if size >= until), default=None
            )  # None: to the log's end, whatever that is
            size = _head(stored)[0] if end is None else end
            leaves = _telling(stored.entries(begin, end), max(0, size - begin), passed)
            return verify_rows(
                ((row.index, row.leaf, row.leaf_hash) for row in leaves),
                None,
                (row for row in rows if row[0] and begin <= row[0] and (end is None or row[0] <= end)),
                self.line if end is None else self.line.until(end),
                [one for one in outside if end is None or one.size <= end],
                tree=self.tree(begin),
            )

    def export(self) -> Iterator[str]:
        """The lines of an export: checkpoints and leaves, nothing that is not public among the parties."""
        with self.journal.snapshot() as stored:
            notes = (row.note for row in stored.checkpoints())
            yield from export_lines(self.origin, notes, (row.leaf for row in stored.entries()))

    def size(self) -> int:
        """How long the log is by its stored end, which nothing has proven; 0 where not even that can be read."""
        try:
            return self.journal.head().size
        except IntegrityError:
            return 0

    def newest(self) -> tuple[Checkpoint, str]:
        """The newest checkpoint and its note, signed and the one of the stored tree. Raises `IntegrityError`."""
        head = self.journal.head()
        said = self.line.checkpoint(head.note)
        if (said.size, said.root) != (head.size, Frontier(head.size, head.edge).root):
            raise IntegrityError(log.HEAD_CHANGED, index=head.size)
        return said, head.note

    def tree(self, size: int) -> Frontier:
        """The right edge of the first `size` entries, from stored nodes."""
        places, start = list[tuple[int, int]](), 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                places.append((level, start >> level))
                start += 1 << level
        return Frontier(size, tuple(self.journal.nodes(places))) if places else Frontier()

    def _require_sound(self, newest: Checkpoint) -> None:
        """A proof that leads to a key in doubt proves nothing; the hub's next start signs with the key of today."""
        epoch = self.line.named(newest.origin)
        if epoch is not None and epoch.ended is not None and epoch.doubted:
            raise IntegrityError(log.KEY_IN_DOUBT, origin=newest.origin, since=epoch.ended.doubt)

    def prove(self, index: int, at: tuple[Checkpoint, str] | None = None) -> Stamp:
        """The entry with its proof up to the newest checkpoint, which holds; `at` is one that `newest` gave before.

        Raises `Misconfigured` HUB-CLI-003 when the log has no such entry, `IntegrityError` when none can be given.
        """
        newest, note = self.newest() if at is None else at
        self._require_sound(newest)
        if not 0 <= index < newest.size:
            raise Misconfigured(cli.NO_ENTRY, index=index)
        with self.journal.snapshot() as stored:
            row = next(stored.entries(index, index + 1), None)
        if row is None:
            raise IntegrityError(log.ENTRY_MISSING, index=index)
        path = prove_inclusion(index, newest.size, self.journal.nodes)
        verify_inclusion(leaf_hash(row.leaf), index, newest.size, path, newest.root)
        entries.parse(row.leaf)
        return Stamp(row.leaf, index, path, note)


@contextmanager
def open_archive(path: Path, pins: Pins = NO_PINS) -> Iterator[Archive]:
    """The log of a home, or of a copy of its hub.yaml, journal and (where `pins` does not bring them) public keys."""
    paths = HomePaths(path)
    config = read_config(paths)
    line = Line.today(pins.keys(paths), config.origin)
    with open_reader(journal_place(paths, config)) as journal:
        yield Archive(line, journal)


def verify_export(
    file: Path, home: Path, pins: Pins, outside: Outside, passed: Passed = silent, hands: int | None = None
) -> tuple[str, Report]:
    """The origin that an export names, and what was found in it; a home is asked only for what `pins` does not bring.

    Raises `IntegrityError` when the file does not begin as an export, or is of another log than the home's or the key list's.
    """
    with lines_of(file, passed) as lines:
        export = parse_export(lines)
        paths = HomePaths(home)
        line = line_of(export.origin, paths, pins)
        read = reading(file.stat().st_size // LINE, hands)
        return export.origin, verify_log(export.leaves, export.notes, line, outside.of(line), read=read)


def line_of(origin: str, paths: HomePaths, pins: Pins) -> Line:
    """The log of what a file says it is of. Raises `IntegrityError` when it is another one than the home's or the key list's."""
    keys = pins.keys(paths)
    if pins.key_list is None and Line.today(keys, read_config(paths).origin).named(origin) is None:
        raise IntegrityError(log.OTHER_LOG)
    return Line.up_to(keys, origin)


def _head(stored: Snapshot) -> HeadRow:
    """The stored end; one that is not even in its form is a finding like any other."""
    try:
        head = stored.head()
    except IntegrityError:
        return _UNREADABLE
    return head.size, head.edge, head.note


def _telling(rows: Iterable[Row], of: int, passed: Passed) -> Iterator[Row]:
    for done, row in enumerate(rows):
        if done % _TOLD == 0:
            passed(done, of)
        yield row


@contextmanager
def lines_of(file: Path, passed: Passed = silent) -> Iterator[Iterator[str]]:
    """The lines of a file, one at a time and none longer than an export may have; what is not ASCII is no line of one."""
    try:
        with file.open("rb") as opened:
            size = file.stat().st_size
            raw = iter(lambda: opened.readline(MAX_LINE + 1), b"")
            told = _telling(raw, size, lambda _, of: passed(opened.tell(), of))
            yield (line.decode("ascii", "replace") for line in told)
    except OSError:
        raise Misconfigured(cli.FILE_UNREADABLE, path=file.name) from None
