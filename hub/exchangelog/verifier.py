"""Offline verification of a whole log with public keys alone: every stored column recomputed, the first bad index named.

What rests on the home's own keys alone (an end rewritten and signed anew, yesterday's copy) shows only against a
checkpoint kept elsewhere: pass all of them as `outside`. Memory: about 64 bytes an entry when nodes are checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hub.codes import log
from hub.errors import Code, Fact, IntegrityError
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Answered, Config, Entry, Exchange
from hub.exchangelog.keylist import LogKey
from hub.exchangelog.text import base64_text
from hub.exchangelog.tree import HASH_SIZE, Frontier, leaf_hash, node_hash

MAX_FINDINGS = 100
MAX_LEVEL = 63

EntryRow = tuple[int, bytes, bytes | None]  # index, leaf, leaf hash (None in an export, which has no such column)
NodeRow = tuple[int, int, bytes]  # level, index, hash; level 0 included
CheckpointRow = tuple[int | None, bytes | None, str]  # size, root (None in an export), signed note
HeadRow = tuple[int, Sequence[bytes], str]  # size, the tree's right edge, the last checkpoint's note ("" for no entry)


@dataclass(frozen=True, slots=True)
class Report:
    """`size` and `root` recomputed from the leaves, and what was found: at most a hundred of `found` findings, by index.

    The fact `index` of a finding is the first entry that may be bad; where only a stretch can be named, `until` is its
    end (exclusive). `first_bad_index` is the smallest of all, None for a log without findings.
    """

    size: int
    root: bytes
    first_bad_index: int | None
    findings: tuple[IntegrityError, ...]
    found: int

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.found


def verify_log(
    leaves: Iterable[bytes], notes: Iterable[str], log_key: LogKey, outside: Sequence[Checkpoint] = ()
) -> Report:
    """Verifies leaves in order and the log's checkpoints by size, as an export holds them."""
    rows = ((index, leaf, None) for index, leaf in enumerate(leaves))
    return verify_rows(rows, None, ((None, None, note) for note in notes), log_key, outside)


def verify_rows(
    rows: Iterable[EntryRow],
    nodes: Iterable[NodeRow] | None,
    checkpoints: Iterable[CheckpointRow],
    log_key: LogKey,
    outside: Sequence[Checkpoint] = (),
    head: HeadRow | None = None,
) -> Report:
    """Verifies the rows of a journal: `rows` by index, `nodes` by (level, index), `checkpoints` by size, and its head.

    Raises `IntegrityError` only when an outside checkpoint is of another log; all else is in the report.
    """
    if any(checkpoint.origin != log_key.key.name for checkpoint in outside):
        raise IntegrityError(log.OTHER_LOG)
    found = _Found()
    signed = tuple(_signed(checkpoints, log_key, found))
    walk = _Walk(log_key, {size: root for size, root, _ in signed}, found)
    walk.run(rows, {*walk.marks, *(checkpoint.size for checkpoint in outside)})
    if walk.whole and nodes is not None:
        _check_nodes(nodes, bytes(walk.hashes), found)
    _check_roots(walk, found)
    if walk.whole and head is not None:
        _check_head(head, walk.frontier, signed[-1][2] if signed else "", found)
    _check_outside(walk, outside, found)
    return found.report(walk.frontier)


@dataclass(slots=True)
class _Found:
    """Collects findings; keeps the smallest index of all, even of those beyond the limit."""

    findings: list[IntegrityError] = field(default_factory=list)
    count: int = 0
    first: int | None = None

    def add(self, code: Code, index: int, **facts: Fact) -> None:
        self.count += 1
        self.first = index if self.first is None else min(self.first, index)
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(IntegrityError(code, index=index, **facts))

    def before(self, size: int) -> bool:
        """Whether something found already explains a wrong root at this size."""
        return self.first is not None and self.first < size

    def report(self, frontier: Frontier) -> Report:
        by_index = sorted(self.findings, key=lambda finding: int(finding.facts["index"]))
        return Report(frontier.size, frontier.root, self.first, tuple(by_index), self.count)


def _signed(rows: Iterable[CheckpointRow], log_key: LogKey, found: _Found) -> Iterator[tuple[int, bytes, str]]:
    """(size, root, note) of each checkpoint that the log's key signed; a bad one is found at the first entry that it closes."""
    last = 0
    for size, root, note in rows:
        try:
            checkpoint = Checkpoint.verified(note, log_key.key)
        except IntegrityError:
            found.add(log.CHECKPOINT_CHANGED, last)
            continue
        columns = (checkpoint.size if size is None else size, checkpoint.root if root is None else root)
        if columns != (checkpoint.size, checkpoint.root) or checkpoint.size <= last:
            found.add(log.CHECKPOINT_CHANGED, last)
        yield checkpoint.size, checkpoint.root, note
        last = checkpoint.size


@dataclass(slots=True)
class _Walk:
    """One pass over the leaves: checks each entry, and takes the root at every size that will be compared."""

    log_key: LogKey
    marks: dict[int, bytes]
    found: _Found
    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    hashes: bytearray = field(default_factory=bytearray)  # the leaf hashes as stored
    whole: bool = True  # False where a row is missing: nothing behind it can be judged
    after: int = 0
    configs: set[int] = field(default_factory=set)

    def run(self, rows: Iterable[EntryRow], sizes: set[int]) -> None:
        pending: list[bytes] = []
        for expected, (index, leaf, stored) in enumerate(rows):
            if expected in sizes:
                self._grow(pending)
            if index != expected:
                self.found.add(log.ENTRY_MISSING, expected)
                self.whole = False
                break
            pending.append(self._hash(index, leaf, stored))
            self._entry(index, leaf)
        self._grow(pending)

    def _grow(self, pending: list[bytes]) -> None:
        self.frontier = self.frontier.append(pending).new
        self.roots[self.frontier.size] = self.frontier.root
        pending.clear()

    def _hash(self, index: int, leaf: bytes, stored: bytes | None) -> bytes:
        """The true leaf hash; remembers the stored one, so that nodes are judged by what they were made from."""
        true = leaf_hash(leaf)
        if stored is not None and stored != true:
            self.found.add(log.ENTRY_CHANGED, index)
        self.hashes += stored if stored is not None and len(stored) == HASH_SIZE else true
        return true

    def _entry(self, index: int, leaf: bytes) -> None:
        try:
            entry = entries.parse(leaf)
        except IntegrityError:
            self.found.add(log.ENTRY_MALFORMED, index)
            return
        if entry.origin != self.log_key.key.name or not self.log_key.covers(entry.time):
            self.found.add(log.ENTRY_FOREIGN, index)
        self._place(index, entry)
        if isinstance(entry, Config):
            self.configs.add(index)
        if isinstance(entry, Exchange) and entry.config not in self.configs:
            self.found.add(log.CONFIG_UNKNOWN, index)
        if isinstance(entry, Answered) and entry.seen.origin == entry.origin:
            root = self.marks.get(entry.seen.size, b"") if entry.seen.size <= index else b""
            if base64_text(root) != entry.seen.root:
                self.found.add(log.WITNESS_DIFFERS, index, size=entry.seen.size)

    def _place(self, index: int, entry: Entry) -> None:
        """`after` is the size of the last checkpoint: it changes at checkpoints, and at each of them."""
        expected = index if index in self.marks else self.after
        if entry.after == index != expected:
            self.found.add(log.CHECKPOINT_MISSING, self.after, until=index)
            expected = index
        elif entry.after != expected:
            self.found.add(log.ENTRY_MISPLACED, index)
        self.after = expected


def _check_roots(walk: _Walk, found: _Found) -> None:
    """Every checkpoint's root is that of the leaves before it, and the last checkpoint closes the log."""
    size, good = walk.frontier.size, 0
    for mark in sorted(walk.marks):
        if mark > size:
            if walk.whole:
                found.add(log.LOG_SHORTER, size, until=mark)
            return
        if walk.roots[mark] != walk.marks[mark]:
            if not found.before(mark):
                found.add(log.ROOT_DIFFERS, good, until=mark)
            return
        good = mark
    if good < size and walk.whole:
        found.add(log.TAIL_UNSIGNED, good, until=size)


def _check_head(head: HeadRow, frontier: Frontier, note: str, found: _Found) -> None:
    """The stored end is the one of the rows; a wrong edge needs no second finding where a wrong entry explains it."""
    size, edge, stored_note = head
    edge_differs = tuple(edge) != frontier.edge and not found.before(frontier.size)
    if (size, stored_note) != (frontier.size, note) or edge_differs:
        found.add(log.HEAD_CHANGED, frontier.size)


def _check_outside(walk: _Walk, outside: Sequence[Checkpoint], found: _Found) -> None:
    """The log still says what it once told others. A difference under a valid signature is proof of two histories."""
    size, good = walk.frontier.size, 0
    for checkpoint in sorted(outside, key=lambda one: one.size):
        if checkpoint.size > size:
            if walk.whole:
                found.add(log.OUTSIDE_LARGER, size, until=checkpoint.size)
            return
        if walk.roots[checkpoint.size] != checkpoint.root:
            first = found.first if found.first is not None and found.before(checkpoint.size) else good
            found.add(log.OUTSIDE_DIFFERS, first, until=checkpoint.size)
            return
        good = checkpoint.size


def _check_nodes(rows: Iterable[NodeRow], below: bytes, found: _Found) -> None:
    """Every complete subtree is stored once, and is the hash of the two below it as stored, so that errors do not spread.

    `below`: the leaf hashes as stored, 32 bytes each.
    """
    size, level = len(below) // HASH_SIZE, 0
    remaining = iter(rows)
    row = next(remaining, None)
    while size >> level:
        here = bytearray()
        for index in range(size >> level):
            while row is not None and row[:2] < (level, index):
                found.add(log.NODE_STRAY, _near(row, size))
                row = next(remaining, None)
            expected = _expected(below, level, index)
            if row is None or row[:2] != (level, index):
                found.add(log.NODE_MISSING, index << level, level=level)
                here += expected
                continue
            if row[2] != expected:
                found.add(log.NODE_CHANGED, index << level, level=level)
            here += row[2] if len(row[2]) == HASH_SIZE else expected
            row = next(remaining, None)
        below, level = bytes(here), level + 1
    while row is not None:
        found.add(log.NODE_STRAY, _near(row, size))
        row = next(remaining, None)


def _near(row: NodeRow, size: int) -> int:
    """Where a stray node points: at the log's end when it covers more than there is, else at its first entry."""
    level, index, _ = row
    inside = 0 <= level <= MAX_LEVEL and index >= 0 and index + 1 << level <= size
    return index << level if inside else size


def _expected(below: bytes, level: int, index: int) -> bytes:
    start = index * HASH_SIZE
    if level == 0:
        return below[start : start + HASH_SIZE]
    return node_hash(below[2 * start : 2 * start + HASH_SIZE], below[2 * start + HASH_SIZE : 2 * start + 2 * HASH_SIZE])
