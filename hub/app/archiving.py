"""Archives of a log in a folder: written as far as they are complete, verified as one log, each file bound to the one before it.

`chain.txt` tells the writer where to go on, also where the archives themselves are sealed; nobody who verifies believes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.app.counting import Outside
from hub.app.evidence import LINE, Archive, Passed, Pins, line_of, lines_of, silent
from hub.app.manyhands import reading
from hub.app.paths import HomePaths
from hub.codes import cli, log
from hub.edges.home import atomic_stream, atomic_write
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog.archives import Head, archive_lines, cuts, parse_archive
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.export import Export
from hub.exchangelog.line import Line
from hub.exchangelog.text import base64_text
from hub.exchangelog.verifier import Report, verify_log
from hub.ports import EntryRow

_NAME: Final = re.compile(r"archive-(?P<start>[0-9]{16})-(?P<end>[0-9]{16})\.txt")
Seal = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Link:
    """One archive in the chain: where it ends, the root there, and the SHA-256 of its plain bytes (hex)."""

    end: int
    root: str
    digest: str

    def encode(self) -> str:
        return f"{self.end} {self.root} {self.digest}\n"


@dataclass(frozen=True, slots=True)
class Written:
    """An archive that was written."""

    file: Path
    start: int
    end: int


class Archiving:
    """A log and the folder of its archives."""

    def __init__(self, archive: Archive, folder: Path, every: int) -> None:
        self._archive, self._folder, self._every = archive, folder, every

    def write(self, seal: Seal | None = None, passed: Passed = silent) -> list[Written]:
        """Every complete archive that is not there yet. `seal` encrypts to a recipient.

        Raises `IntegrityError` HUB-LOG-070 where the log no longer is the one that was archived.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        chain = self._chain()
        done = []
        with self._archive.journal.snapshot() as stored:
            notes = {row.size: row.note for row in stored.checkpoints()}
        sizes = sorted(notes)
        last = chain[-1].end if chain else 0
        if chain and self._root(notes, last) != chain[-1].root:
            raise IntegrityError(log.ARCHIVED_OTHERWISE, index=last)
        for end in (one for one in cuts(sizes, self._every) if one > last):
            passed(end, sizes[-1])
            tree = self._archive.tree(last)
            if last and base64_text(tree.root) != self._root(notes, last):
                raise IntegrityError(log.ARCHIVED_OTHERWISE, index=last)
            covered = [notes[size] for size in sizes if last <= size <= end]
            head = Head(Checkpoint.claimed(notes[end]).origin, chain[-1].digest if chain else "", tree)
            done.append(self._one(head, covered, end, chain, seal))
            last = end
        return done

    def _one(self, head: Head, notes: Sequence[str], end: int, chain: list[Link], seal: Seal | None) -> Written:
        """The archive first, then the chain: what stands in the folder without standing there is written again."""
        start = head.tree.size
        plain = hashlib.sha256()

        def lines() -> Iterator[bytes]:
            with self._archive.journal.snapshot() as stored:
                for line in archive_lines(head, notes, _leaves(stored.entries(start, end), start, end)):
                    data = line.encode("ascii")
                    plain.update(data)
                    yield data

        file = self._folder / f"archive-{start:016}-{end:016}.txt"
        if seal is None:
            atomic_stream(file, lines())
        else:
            file = file.with_suffix(".sealed")
            atomic_write(file, seal(b"".join(lines())))
        said = self._archive.line.checkpoint(notes[-1])
        chain.append(Link(end, base64_text(said.root), plain.hexdigest()))
        atomic_write(self._folder / "chain.txt", "".join(link.encode() for link in chain).encode("ascii"))
        return Written(file, start, end)

    def _root(self, notes: dict[int, str], size: int) -> str:
        if size not in notes:
            return ""
        return base64_text(self._archive.line.checkpoint(notes[size]).root)

    def _chain(self) -> list[Link]:
        file = self._folder / "chain.txt"
        if not file.exists():
            return []
        try:
            return [_link(line) for line in file.read_text("ascii").splitlines()]
        except (ValueError, OSError):
            raise Misconfigured(cli.FILE_UNREADABLE, path=file.name) from None


def _leaves(rows: Iterable[EntryRow], start: int, end: int) -> Iterator[bytes]:
    """Every one of them. Raises `IntegrityError`: what lacks an entry is no archive."""
    expected = start
    for row in rows:
        if row.index != expected:
            break
        yield row.leaf
        expected += 1
    if expected != end:
        raise IntegrityError(log.ENTRY_MISSING, index=expected)


def _link(line: str) -> Link:
    end, root, digest = line.split(" ")
    return Link(int(end), root, digest)


def verify_archives(
    folder: Path, home: Path, pins: Pins, outside: Outside, passed: Passed = silent, hands: int | None = None
) -> tuple[str, Report]:
    """The origin that the archives name, and what was found in all of them as one log, or as the run of one that they are.

    Raises `IntegrityError` HUB-LOG-007 where one does not begin as an archive, -071 where one does not follow the one before it.
    """
    files = sorted(folder.glob("archive-*.txt"))
    if not files:
        raise Misconfigured(cli.NO_ARCHIVES, path=folder.name)
    heads = _heads(files)
    first, origin = heads[0], heads[-1].origin
    line = line_of(origin, HomePaths(home), pins)
    _begun(files, heads, line)
    _named(files, heads, line)
    known = outside.of(line)
    size = sum(file.stat().st_size for file in files)

    def leaves() -> Iterator[bytes]:
        read = 0
        for file in files:
            with _opened(file, _onward(passed, read, size)) as export:
                yield from export.leaves
            read += file.stat().st_size

    return origin, verify_log(leaves(), _notes(files), line, known, first.tree, reading(size // LINE, hands))


def _begun(files: Sequence[Path], heads: Sequence[Head], line: Line) -> None:
    """Each archive but that of the log's beginning has first a checkpoint over its right edge. Raises `IntegrityError` HUB-LOG-071."""
    for file, head in zip(files, heads, strict=True):
        if not head.tree.size:
            continue
        with _opened(file) as export:
            note = next(export.notes, "")
        try:
            said = line.checkpoint(note)
        except IntegrityError:
            said = None
        if said is None or (said.size, said.root) != (head.tree.size, head.tree.root):
            raise IntegrityError(log.ARCHIVE_CHAIN, index=head.tree.size, file=file.name)


def _named(files: Sequence[Path], heads: Sequence[Head], line: Line) -> None:
    """Each archive is called as its last checkpoint is. Raises `IntegrityError` HUB-LOG-071."""
    for file, head in zip(files, heads, strict=True):
        said = line.known(head.origin) is not None
        with _opened(file) as export, suppress(IntegrityError):  # a checkpoint that does not hold is found as such
            said = said and max(map(line.checkpoint, export.notes), key=lambda one: one.size).origin == head.origin
        if not said:
            raise IntegrityError(log.ARCHIVE_CHAIN, index=head.tree.size, file=file.name)


def _onward(passed: Passed, before: int, size: int) -> Passed:
    """The progress in one file, as that in all of them."""
    return lambda done, _: passed(before + done, size)


def _notes(files: Iterable[Path]) -> Iterator[str]:
    """Each checkpoint once: the last of an archive is the first of the next."""
    last = ""
    for file in files:
        with _opened(file) as export:
            for note in export.notes:
                if note != last:
                    yield note
                last = note


def _heads(files: Sequence[Path]) -> list[Head]:
    """Of each archive, each the next of the one before: it begins where that ended, and names its bytes."""
    heads: list[Head] = []
    end, digest = -1, ""
    for file in files:
        with lines_of(file) as lines:
            head, _ = parse_archive(lines)
        named = _NAME.fullmatch(file.name)
        follows = not heads or (head.tree.size, head.previous) == (end, digest)
        if named is None or int(named["start"]) != head.tree.size or not follows:
            raise IntegrityError(log.ARCHIVE_CHAIN, index=end if heads else head.tree.size, file=file.name)
        heads.append(head)
        end, digest = int(named["end"]), _digest(file)
    return heads


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _opened(file: Path, passed: Passed = silent) -> Iterator[Export]:
    with lines_of(file, passed) as lines:
        yield parse_archive(lines)[1]
