"""Search in the exchange log: the search file brought up to the newest checkpoint, asked, and each result proven.

The file decides nothing (ADR 16): an entry is shown because it is in the log and says what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.app.evidence import Archive, Passed, silent
from hub.codes import log
from hub.edges.searchfile import Covered, SearchFile, open_search, remove
from hub.errors import IntegrityError
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Entry
from hub.exchangelog.facts import Facts, Query, facts
from hub.exchangelog.tree import leaf_hash, prove_consistency, verify_consistency

_STEP: Final = 5000  # entries of one addition


@dataclass(frozen=True, slots=True)
class Found:
    """One result: an entry that is proven to stand in the log."""

    index: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Results:
    """Results from the newest on; `before` is where the next page begins, None when there is none."""

    found: tuple[Found, ...]
    before: int | None


class Search:
    """The log as of its newest checkpoint, to be asked."""

    def __init__(self, archive: Archive, file: SearchFile, newest: tuple[Checkpoint, str]) -> None:
        self._archive = archive
        self._file = file
        self._newest = newest
        self.size = newest[0].size

    def find(self, query: Query, most: int, before: int | None = None) -> Results:
        """At most so many entries that fit, the newest first. Raises `IntegrityError` HUB-LOG-069 when the file misleads."""
        start = self.size if before is None else min(before, self.size)
        indexes = self._file.find(query, start, most + 1)
        found = tuple(self._proven(index, query) for index in indexes[:most])
        return Results(found, indexes[most - 1] if len(indexes) > most else None)

    def run(self, since: str, until: str) -> tuple[int, int]:
        """From the first entry of a time to behind the last; equal where there is none. "" sets no bound."""
        return self._file.ends(since, until)

    def _proven(self, index: int, query: Query) -> Found:
        entry = entries.parse(self._archive.prove(index, self._newest).leaf)
        if not query.fits(facts(entry)):
            raise IntegrityError(log.SEARCH_MISLEADS, index=index)
        return Found(index, entry)


@contextmanager
def open_searching(archive: Archive, path: Path, passed: Passed = silent) -> Iterator[Search]:
    """The search file at `path`, brought up to the archive's newest checkpoint; made anew when it followed another history.

    Raises `IntegrityError` when the log's newest checkpoint does not hold, `Unavailable`.
    """
    newest, note = archive.newest()
    with open_search(path, archive.origin) as file:
        covered = file.covered()
        if _follows(archive, covered, newest):
            _follow(archive, file, covered, newest, passed)
            yield Search(archive, file, (newest, note))
            return
    remove(path)
    with open_search(path, archive.origin) as file:
        _follow(archive, file, file.covered(), newest, passed)
        yield Search(archive, file, (newest, note))


def _follows(archive: Archive, covered: Covered, newest: Checkpoint) -> bool:
    """Whether what the file covers is a prefix of the log as it is now."""
    if covered.size > newest.size:
        return False
    try:
        path = prove_consistency(covered.size, newest.size, archive.journal.nodes)
        verify_consistency(covered.size, covered.root, newest.size, newest.root, path)
    except IntegrityError:
        return False
    return True


def _follow(archive: Archive, file: SearchFile, covered: Covered, newest: Checkpoint, passed: Passed) -> None:
    """Adds what is new, step by step. Raises `IntegrityError` when the rows are not those of the checkpoint."""
    tree = archive.tree(covered.size)
    while covered.size < newest.size:
        passed(covered.size, newest.size)
        with archive.journal.snapshot() as stored:
            rows = list(stored.entries(covered.size, min(covered.size + _STEP, newest.size)))
        tree = tree.append([leaf_hash(row.leaf) for row in rows]).new
        grown = file.add(covered, [_facts(row.leaf) for row in rows], tree.root)
        if not rows or grown.size <= covered.size:
            raise IntegrityError(log.ENTRY_MISSING, index=covered.size)
        if grown.size != tree.size:  # another process was faster
            tree = archive.tree(grown.size)
        covered = grown
    if covered.size == newest.size and covered.root != newest.root:
        raise IntegrityError(log.ROOT_DIFFERS, index=0, until=newest.size)


def _facts(leaf: bytes) -> Facts | None:
    """None of a leaf that is no entry: `hub log verify` tells of it."""
    try:
        return facts(entries.parse(leaf))
    except IntegrityError:
        return None
