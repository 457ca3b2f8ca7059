"""The stored nodes of the tree, each against the two below it: a changed one is found where it stands, and nowhere else.

A node that disagrees with what lies below it may itself be the changed one, or stand over one. So whatever was found
wrong is carried upwards twice, as stored and as recomputed, and a node above is good when it is made from either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.tree import HASH_SIZE, node_hash

MAX_LEVEL = 63

NodeRow = tuple[int, int, bytes]  # level, index, hash; level 0 included


def faults(
    rows: Iterable[NodeRow], stored: bytes, recomputed: Mapping[int, bytes], *, whole: bool = True
) -> Iterator[IntegrityError]:
    """Every complete subtree must be there once and be the hash of the two below it; level 0 repeats the leaf hashes.

    `rows` by (level, index); `stored`: the leaf hashes as stored, 32 bytes each; `recomputed`: of the leaves whose stored
    hash is wrong, by index. Not `whole`: more leaves followed, so what these have no place for is not judged. The fact
    `index` is the first entry below the node.
    """
    strays: list[NodeRow] | None = [] if whole else None
    level, below, others, here, wrong = 0, stored, recomputed, bytearray(), dict[int, bytes]()
    for place, found in _placed(rows, len(stored) // HASH_SIZE, strays):
        if place[0] != level:
            level, below, others, here, wrong = place[0], bytes(here), wrong, bytearray(), {}
        index, expected = place[1], _made(below, *place)
        if found != expected:
            possible = _possible(below, others, *place)
            if found not in possible:
                code = log.NODE_MISSING if found is None else log.NODE_CHANGED
                yield IntegrityError(code, index=index << level, level=level)
                wrong[index] = possible[-1]
        here += found if found is not None and len(found) == HASH_SIZE else expected
    yield from (_stray(row, len(stored) // HASH_SIZE) for row in strays or ())


def _placed(
    rows: Iterable[NodeRow], size: int, strays: list[NodeRow] | None
) -> Iterator[tuple[tuple[int, int], bytes | None]]:
    """Each place of the tree with the hash that is stored for it, level by level; what has no place goes to `strays`, if there are any."""
    remaining = iter(rows)
    row = next(remaining, None)
    for level in range(size.bit_length()):
        for index in range(size >> level):
            place = (level, index)
            while row is not None and row[:2] < place:
                if strays is not None:
                    strays.append(row)
                row = next(remaining, None)
            if row is None or row[:2] != place:
                yield place, None
            else:
                yield place, row[2]
                row = next(remaining, None)
    if strays is not None and row is not None:
        strays.extend((row, *remaining))


def _made(below: bytes, level: int, index: int) -> bytes:
    """The node from what is stored below it."""
    start = index * HASH_SIZE
    if level == 0:
        return below[start : start + HASH_SIZE]
    start *= 2
    return node_hash(below[start : start + HASH_SIZE], below[start + HASH_SIZE : start + 2 * HASH_SIZE])


def _possible(below: bytes, others: Mapping[int, bytes], level: int, index: int) -> list[bytes]:
    """The node from what lies below it, as stored and as recomputed; the last is recomputed as far as possible."""
    parts = [index] if level == 0 else [2 * index, 2 * index + 1]
    choices = [
        [below[part * HASH_SIZE : (part + 1) * HASH_SIZE], *([others[part]] if part in others else [])]
        for part in parts
    ]
    return [chosen[0] if level == 0 else node_hash(*chosen) for chosen in product(*choices)]


def _stray(row: NodeRow, size: int) -> IntegrityError:
    """Where a node points that has no place: at the log's end when it covers more than there is, else at its first entry."""
    level, index, _ = row
    inside = 0 <= level <= MAX_LEVEL and index >= 0 and index + 1 << level <= size
    return IntegrityError(log.NODE_STRAY, index=index << level if inside else size)
