"""Offline verification of a whole log with public keys alone: every stored column recomputed, the first bad index named.

What rests on the home's own keys alone (an end rewritten and signed anew, yesterday's copy) shows only against a
checkpoint kept elsewhere: pass all of them as `outside`. Memory: the tree's right edge and a root for each checkpoint;
for stored nodes 32 bytes an entry more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hub.codes import log
from hub.errors import Code, Fact, IntegrityError
from hub.exchangelog import nodes as subtrees
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.claims import Claims, EntryRow, Read, Reading, one_by_one
from hub.exchangelog.line import Line, ended, follows
from hub.exchangelog.nodes import NodeRow
from hub.exchangelog.shapes import Seen
from hub.exchangelog.text import base64_text
from hub.exchangelog.tree import HASH_SIZE, Frontier

MAX_FINDINGS = 100
NO_TREE = Frontier()
_BATCH = 1024  # leaves that wait for their place in the tree
# What is itself wrong where it stands. Other findings may be traces of something that was changed before them.
_CAUSES = frozenset(
    {
        log.ENTRY_MISSING,
        log.ENTRY_MALFORMED,
        log.ENTRY_FOREIGN,
        log.ENTRY_CHANGED,
        log.NODE_CHANGED,
        log.NODE_MISSING,
        log.ROOT_DIFFERS,
    }
)

CheckpointRow = tuple[int | None, bytes | None, str]  # size, root (None in an export), signed note
HeadRow = tuple[int, Sequence[bytes], str]  # size, the tree's right edge, the last checkpoint's note ("" for no entry)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Report:
    """`size` and `root` recomputed from the leaves, and what was found: at most a hundred of `found` findings, by index.

    The fact `index` of a finding is the first entry that may be bad; where only a stretch can be named, `until` is its
    end (exclusive). `first_bad_index` is the smallest of all, None for a log without findings. Not `whole`: something could
    not be read, and what follows `size` is not judged. `suspect`: between which checkpoints the first root differs, whether
    or not another finding explains that.
    """

    size: int
    root: bytes
    first_bad_index: int | None
    findings: tuple[IntegrityError, ...]
    found: int
    whole: bool = True
    suspect: tuple[int, int] | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.found


def verify_log(
    leaves: Iterable[bytes],
    notes: Iterable[str],
    line: Line,
    outside: Sequence[Checkpoint] = (),
    tree: Frontier = NO_TREE,
    read: Reading = one_by_one,
) -> Report:
    """Verifies leaves in order and the log's checkpoints by size, as an export holds them. Notes are read first.

    With `tree`, the one before the first of these leaves, they are a run of a log: what cites an entry or a checkpoint
    before it is not judged, and outside checkpoints before it are not compared.
    """
    rows = ((index, leaf, None) for index, leaf in enumerate(leaves, start=tree.size))
    checkpoints = ((None, None, note) for note in notes)
    return verify_rows(rows, None, checkpoints, line, outside, tree=tree, read=read)


def verify_rows(
    rows: Iterable[EntryRow],
    nodes: Iterable[NodeRow] | None,
    checkpoints: Iterable[CheckpointRow],
    line: Line,
    outside: Sequence[Checkpoint] = (),
    head: HeadRow | None = None,
    tree: Frontier = NO_TREE,
    read: Reading = one_by_one,
) -> Report:
    """Verifies the rows of a journal: `rows` by index, `nodes` by (level, index), `checkpoints` by size, and its head.

    It is judged as the log of the last origin of `line`; where the earlier ones ended is compared like `outside`.
    Where one of them raises `IntegrityError` it is read no further, and that is a finding. Raises `IntegrityError` itself
    only when an outside checkpoint is of another log; all else is in the report.
    """
    if any(line.known(checkpoint.origin) is None for checkpoint in outside):
        raise IntegrityError(log.OTHER_LOG)
    found = _Found()
    marks, newest = _signed(checkpoints, line, found, tree.size)
    end = line.epochs[-1].ended
    kept = frozenset(checkpoint.size for checkpoint in (*outside, *line.ends(), *([ended(end)] if end else ())))
    walk = _Walk(line, marks, kept, found, None if nodes is None else bytearray(), frontier=tree, start=tree.size)
    walk.run(read(rows))
    if nodes is not None and walk.hashes is not None:
        faults = subtrees.faults(nodes, bytes(walk.hashes), walk.true, whole=walk.whole)
        for fault in found.reading(faults):
            found.take(fault)
        found.settle(walk.frontier.size)
    _check_roots(walk, found)
    if walk.whole and head is not None:
        _check_head(head, walk.frontier, newest, found)
    reached = [ended(end)] if end and end.size <= walk.frontier.size else []
    _check_outside(walk, (*outside, *line.ends(), *reached), found)
    return found.report(walk)


@dataclass(slots=True)
class _Found:
    """Collects findings; keeps the smallest index of all and that of the causes, even of those beyond the limit."""

    findings: list[IntegrityError] = field(default_factory=list)
    count: int = 0
    first: int | None = None
    cause: int | None = None
    broken: bool = False  # whether something could not be read to its end
    _fault: IntegrityError | None = None

    def add(self, code: Code, index: int, /, **facts: Fact) -> None:
        self.count += 1
        self.first = index if self.first is None else min(self.first, index)
        if code in _CAUSES:
            self.cause = index if self.cause is None else min(self.cause, index)
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(IntegrityError(code, **{**facts, "index": index}))

    def take(self, finding: IntegrityError) -> None:
        """A finding that names its index itself."""
        self.add(finding.code, int(finding.facts["index"]), **finding.facts)

    def reading(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as far as they can be read; `settle` is to be told where that was."""
        try:
            yield from rows
        except IntegrityError as error:
            self._fault = error

    def settle(self, index: int) -> None:
        """What was read last broke off at this index, or came to its end."""
        if self._fault is not None:
            self.add(self._fault.code, index, **self._fault.facts)
            self._fault, self.broken = None, True

    def before(self, size: int) -> bool:
        """Whether something found already explains a wrong root at this size."""
        return self.cause is not None and self.cause < size

    def report(self, walk: _Walk) -> Report:
        by_index = sorted(self.findings, key=lambda finding: int(finding.facts["index"]))
        suspect = None if walk.bad is None else (walk.good, walk.bad)
        end = walk.frontier
        return Report(end.size, end.root, self.first, tuple(by_index), self.count, walk.whole, suspect)


def _signed(rows: Iterable[CheckpointRow], line: Line, found: _Found, start: int) -> tuple[Mapping[int, bytes], str]:
    """The root at each size that the key of its epoch signed, and the note of the largest.

    A bad one is found at the first entry that it closes: by the size in its note if that is signed, else by its column.
    """
    marks, changed, last, largest, newest = dict[int, bytes](), list[int](), 0, 0, ""
    for size, root, note in found.reading(rows):
        try:
            checkpoint = line.checkpoint(note)
        except IntegrityError as error:
            own = last + 1 if size is None else size
            # What is signed, but not of its origin's epoch, says its size itself.
            changed.append(int(error.facts["size"]) if error.code is log.BEYOND_EPOCH else own)
            continue
        marks.setdefault(checkpoint.size, checkpoint.root)
        if checkpoint.size > largest:
            largest, newest = checkpoint.size, note
        columns = (checkpoint.size if size is None else size, checkpoint.root if root is None else root)
        if columns != (checkpoint.size, checkpoint.root) or checkpoint.size <= last:
            changed.append(checkpoint.size)
        else:
            last = checkpoint.size
    found.settle(last)
    ends = sorted(marks)
    for size in changed:
        before = bisect_left(ends, size)
        found.add(log.CHECKPOINT_CHANGED, ends[before - 1] if before else start)
    return marks, newest


@dataclass(slots=True)
class _Walk:
    """One pass over the leaves: checks each entry, and compares the root at each checkpoint of the log.

    `good` is the largest size up to which all of these agreed, `bad` the first that did not; `roots` are those at the
    sizes that were kept outside. `hashes` (the leaf hashes as stored) and `true` (those that are wrong) are for the nodes.
    """

    line: Line
    marks: Mapping[int, bytes]
    kept: frozenset[int]
    found: _Found
    hashes: bytearray | None = None
    true: dict[int, bytes] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    good: int = 0
    bad: int | None = None
    whole: bool = True  # False where something is missing: nothing behind it can be judged
    after: int = 0
    # An entry that names a checkpoint which nobody has, and the `after` it would have without that one.
    doubt: tuple[int, int] | None = None
    configs: set[int] = field(default_factory=set)
    start: int = 0  # what stands before it is not at hand

    def run(self, rows: Iterable[Read]) -> None:
        pending, expected, strays = list[bytes](), self.start, 0
        self.good = self.after = self.start
        self._compare()
        for (index, _, stored), true, said in self.found.reading(rows):
            if index < 0:  # no entry has such a number, and it says nothing about those that have one
                strays += 1
                continue
            if index != expected:
                self.found.add(log.ENTRY_MISSING, expected)
                self.whole = False
                break
            pending.append(self._hash(index, true, stored))
            self._entry(index, said)
            expected += 1
            if expected in self.marks or expected in self.kept or len(pending) == _BATCH:
                self._grow(pending)
        self._doubted(None)
        self.found.settle(expected)
        self._grow(pending)
        self.whole = self.whole and not self.found.broken
        if strays:
            self.found.add(log.ENTRY_STRAY, self.frontier.size)

    def _grow(self, pending: list[bytes]) -> None:
        if pending:
            self.frontier = self.frontier.append(pending).new
            pending.clear()
            self._compare()

    def _compare(self) -> None:
        size = self.frontier.size
        if size in self.kept:
            self.roots[size] = self.frontier.root
        if size in self.marks and self.bad is None:
            if self.marks[size] == self.frontier.root:
                self.good = size
            else:
                self.bad = size

    def _hash(self, index: int, true: bytes, stored: bytes | None) -> bytes:
        """The true leaf hash; remembers the stored one, so that nodes are judged by what they were made from."""
        if stored is not None and stored != true:
            self.found.add(log.ENTRY_CHANGED, index)
            self.true[index] = true
        if self.hashes is not None:
            self.hashes += stored if stored is not None and len(stored) == HASH_SIZE else true
        return true

    def _entry(self, index: int, said: Claims | None) -> None:
        if said is None:
            self.found.add(log.ENTRY_MALFORMED, index)
            self._doubted(None)
            self.after = index if index in self.marks else self.after
            return
        self._epoch(index, said)
        self._place(index, said)
        if said.is_config:
            self.configs.add(index)
        if said.config is not None and said.config >= self.start and said.config not in self.configs:
            self.found.add(log.CONFIG_UNKNOWN, index)
        if said.cited is not None and said.cited >= index:
            self.found.add(log.CITATION_LATER, index)
        if said.seen is not None and not self._was_seen(said.seen, index):
            self.found.add(log.WITNESS_DIFFERS, index, size=said.seen.size)

    def _epoch(self, index: int, said: Claims) -> None:
        """It is of the origin whose epoch it stands in; the first of one that follows another says so, behind that one's end."""
        epoch = self.line.at(index)
        if said.origin != epoch.origin or not epoch.log_key.covers(said.time) or self.line.past(index):
            self.found.add(log.ENTRY_FOREIGN, index)
        elif index == epoch.start and epoch.before is not None and said.follows != follows(epoch.before):
            self.found.add(log.FOLLOWS_MISSING, index)
        if index == epoch.start and epoch.before is not None and index not in self.marks and said.after != index:
            closed = max((mark for mark in self.marks if mark < index), default=self.start)
            self.found.add(log.CHECKPOINT_MISSING, closed, until=index)

    def _was_seen(self, seen: Seen, index: int) -> bool:
        """Of another log, or before a run, nothing is judged."""
        epoch = self.line.named(seen.origin)
        if epoch is None or seen.size < self.start:
            return True
        shown = seen.size <= index and epoch.covers(seen.size)
        return shown and base64_text(self.marks.get(seen.size, b"")) == seen.root

    def _place(self, index: int, entry: Claims) -> None:
        """`after` is the size of the last checkpoint: it changes at checkpoints, and at each of them."""
        self._doubted(None if index in self.marks else entry.after)
        expected = index if index in self.marks else self.after
        if entry.after == index != expected:
            self.doubt, expected = (index, self.after), index
        elif entry.after != expected:
            self.found.add(log.ENTRY_MISPLACED, index)
        self.after = expected

    def _doubted(self, next_after: int | None) -> None:
        """An entry that begins where no checkpoint ends was itself changed if the next knows of none there; else one is missing."""
        if self.doubt is None:
            return
        (index, before), self.doubt = self.doubt, None
        if next_after == before:
            self.found.add(log.ENTRY_MISPLACED, index)
            self.after = before
        else:
            self.found.add(log.CHECKPOINT_MISSING, before, until=index)


def _check_roots(walk: _Walk, found: _Found) -> None:
    """Every checkpoint's root is that of the leaves before it, and the last checkpoint closes the log."""
    size = walk.frontier.size
    if walk.bad is not None:
        if not found.before(walk.bad):
            found.add(log.ROOT_DIFFERS, walk.good, until=walk.bad)
    elif walk.whole:
        longer = min((mark for mark in walk.marks if mark > size), default=None)
        if longer is not None:
            found.add(log.LOG_SHORTER, size, until=longer)
        elif walk.good < size:
            found.add(log.TAIL_UNSIGNED, walk.good, until=size)


def _check_head(head: HeadRow, frontier: Frontier, note: str, found: _Found) -> None:
    """The stored end is the one of the rows; a wrong edge needs no second finding where a wrong entry explains it."""
    size, edge, stored_note = head
    edge_differs = tuple(edge) != frontier.edge and not found.before(frontier.size)
    if (size, stored_note) != (frontier.size, note) or edge_differs:
        found.add(log.HEAD_CHANGED, frontier.size)


def _check_outside(walk: _Walk, outside: Sequence[Checkpoint], found: _Found) -> None:
    """The log still says what it once told others. A difference under a valid signature is proof of two histories."""
    size, good = walk.frontier.size, walk.start
    roots: dict[int, set[bytes]] = {}
    for checkpoint in outside:
        if checkpoint.size >= walk.start:
            roots.setdefault(checkpoint.size, set()).add(checkpoint.root)
    for kept in sorted(roots):
        if kept > size:
            if walk.whole:
                found.add(log.OUTSIDE_LARGER, size, until=kept)
            return
        if roots[kept] != {walk.roots[kept]}:
            first = found.cause if found.cause is not None and found.before(kept) else good
            found.add(log.OUTSIDE_DIFFERS, first, until=kept)
            return
        good = kept
