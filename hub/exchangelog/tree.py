"""The Merkle tree of RFC 6962 section 2.1, with SHA-256, by the standard library alone.

`Frontier` is the right edge: all that is needed to append, to know the root, and to prove the entries of a batch as it
is appended. Older entries are proven from stored nodes, asked for all at once (after golang.org/x/mod/sumdb/tlog).
Checked against the published vectors of Certificate Transparency: tests/vectors/rfc6962/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from hub.codes import log
from hub.errors import IntegrityError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()  # RFC 6962 section 2.1: MTH({}) = SHA-256()

Path = tuple[bytes, ...]
NodeReader = Callable[[Sequence[tuple[int, int]]], Sequence[bytes]]


class Node(NamedTuple):
    """A complete subtree: `level` 0 is a leaf, `index` counts within the level, so it covers leaves from index << level."""

    level: int
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs of a node
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 section 2.1: MTH({d}) = SHA-256(0x00 || d)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves by its right edge: the roots of its largest complete subtrees, largest first."""

    size: int = 0
    edge: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.edge) != self.size.bit_count() or any(len(h) != HASH_SIZE for h in self.edge):
            raise IntegrityError(log.EDGE_MALFORMED, size=self.size, hashes=len(self.edge))

    @property
    def root(self) -> bytes:
        """MTH of all leaves; `EMPTY_ROOT` for none."""
        return _fold(self.edge) if self.edge else EMPTY_ROOT

    def append(self, leaves: Sequence[bytes]) -> Growth:
        """The tree with these leaf hashes added at its right."""
        edge, size, nodes = list(self.edge), self.size, list[Node]()
        for leaf in leaves:
            level, index, hash_ = 0, size, leaf
            nodes.append(Node(level, index, hash_))
            while index & 1:
                hash_, level, index = node_hash(edge.pop(), hash_), level + 1, index >> 1
                nodes.append(Node(level, index, hash_))
            edge.append(hash_)
            size += 1
        return Growth(self, Frontier(size, tuple(edge)), tuple(nodes))

    def nodes(self) -> Iterator[Node]:
        """The subtrees of the edge with their places."""
        start = 0
        for hash_ in self.edge:
            level = (self.size - start).bit_length() - 1
            yield Node(level, start >> level, hash_)
            start += 1 << level


@dataclass(frozen=True, slots=True)
class Growth:
    """One append: the tree before and after, and every subtree that it completed, leaves included, to be stored."""

    old: Frontier
    new: Frontier
    nodes: tuple[Node, ...]

    def inclusion(self) -> tuple[Path, ...]:
        """The inclusion proof of each appended leaf in the new tree, in order; needs the old edge and the batch alone."""
        rows = tuple(self._rows())
        return tuple(_siblings(rows, index) for index in range(self.old.size, self.new.size))

    def consistency(self) -> Path:
        """The proof that the old tree is a prefix of the new one."""
        known = {(level, index): hash_ for level, index, hash_ in (*self.old.nodes(), *self.nodes)}
        return prove_consistency(self.old.size, self.new.size, lambda wanted: [known[node] for node in wanted])

    def _rows(self) -> Iterator[tuple[int, list[bytes]]]:
        """Level by level, the nodes at and right of the old edge: (index of the first, hashes).

        A last node without a sibling moves up unchanged, which is what RFC 6962's uneven split amounts to.
        """
        edges = {level: hash_ for level, _, hash_ in self.old.nodes()}
        start, row = self.old.size, [hash_ for level, _, hash_ in self.nodes if level == 0]
        for level in range((self.new.size - 1).bit_length()):
            if level in edges:
                start, row = start - 1, [edges[level], *row]
            yield start, row
            pairs = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
            start, row = start >> 1, pairs + row[len(pairs) * 2 :]


def _siblings(rows: Sequence[tuple[int, list[bytes]]], index: int) -> Path:
    path = []
    for start, row in rows:
        place = (index ^ 1) - start
        if place < len(row):
            path.append(row[place])
        index >>= 1
    return tuple(path)


def prove_inclusion(index: int, size: int, read: NodeReader) -> Path:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1. Raises `ValueError` when there is no such leaf."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    low, high, siblings = 0, size, list[tuple[int, int]]()
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            siblings.append((middle, high))
            high = middle
        else:
            siblings.append((low, middle))
            low = middle
    return _gather(siblings[::-1], read)


def prove_consistency(old: int, new: int, read: NodeReader) -> Path:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty when `old` is 0 or `new`. Raises `ValueError` if old > new."""
    if not 0 <= old <= new:
        raise ValueError("the old tree is larger")
    if old in (0, new):
        return ()
    low, high, siblings = 0, new, list[tuple[int, int]]()
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            siblings.append((middle, high))
            high = middle
        else:
            siblings.append((low, middle))
            low = middle
    if low:  # SUBPROOF with b = false: the old root is not one of these subtrees, so its last part must be shown
        siblings.append((low, high))
    return _gather(siblings[::-1], read)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2: the leaf hash stands at `index` of the tree; raises `IntegrityError` if not proven."""
    if not 0 <= index < size or not _hashes(leaf, *path):
        raise IntegrityError(log.INCLUSION_UNPROVEN, index=index, size=size)
    low, last, hash_ = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise IntegrityError(log.INCLUSION_UNPROVEN, index=index, size=size)
        if low & 1 or low == last:
            hash_ = node_hash(sibling, hash_)
            low, last = _climb(low, last)
        else:
            hash_ = node_hash(hash_, sibling)
        low, last = low >> 1, last >> 1
    if last or hash_ != root:
        raise IntegrityError(log.INCLUSION_UNPROVEN, index=index, size=size)


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """RFC 9162 section 2.1.4.2: the first tree is a prefix of the second; raises `IntegrityError` if not proven.

    Stricter in one point: the empty tree has one root, and only that one is a prefix of everything.
    """
    if not _is_prefix(old, old_root, new, new_root, path):
        raise IntegrityError(log.CONSISTENCY_UNPROVEN, old=old, new=new)


def _is_prefix(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    if not 0 <= old <= new or not _hashes(old_root, new_root, *path):
        return False
    if old in (0, new):
        return not path and old_root == (new_root if old == new else EMPTY_ROOT)
    steps = [old_root, *path] if old.bit_count() == 1 else list(path)
    if not path:
        return False
    low, last = old - 1, new - 1
    while low & 1:
        low, last = low >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if low & 1 or low == last:
            first, second = node_hash(step, first), node_hash(step, second)
            low, last = _climb(low, last)
        else:
            second = node_hash(second, step)
        low, last = low >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _climb(low: int, last: int) -> tuple[int, int]:
    """Both shifted until the first is odd or 0: over the levels where this node, the last of its row, has no sibling."""
    while low and not low & 1:
        low, last = low >> 1, last >> 1
    return low, last


def _split(size: int) -> int:
    """The k of RFC 6962 section 2.1: the largest power of two smaller than `size` (> 1)."""
    return 1 << (size - 1).bit_length() - 1


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees that stand side by side, largest first."""
    root = hashes[-1]
    for hash_ in reversed(hashes[:-1]):
        root = node_hash(hash_, root)
    return root


def _gather(ranges: Sequence[tuple[int, int]], read: NodeReader) -> Path:
    """The hash over each range of leaves, from stored complete subtrees read in one call."""
    covers = [tuple(_cover(low, high)) for low, high in ranges]
    wanted = [node for cover in covers for node in cover]
    hashes = read(wanted)
    if len(hashes) != len(wanted) or not _hashes(*hashes):
        raise IntegrityError(log.NODES_UNREADABLE, wanted=len(wanted), found=len(hashes))
    remaining = iter(hashes)
    return tuple(_fold([next(remaining) for _ in cover]) for cover in covers)


def _cover(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that make up the leaves from `low` to `high`, largest first."""
    while low < high:
        level = (high - low).bit_length() - 1
        yield level, low >> level
        low += 1 << level


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
