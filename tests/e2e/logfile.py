"""An exchange log read and recomputed without the hub's code: SQLite's file, JSON, SHA-256 (docs/spec/exchange-log.md).

Also writes: a tree over changed leaves, so that a test can forge a log that is consistent in itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any


def journal(zone_home: Path) -> Path:
    return zone_home / "journal" / "journal.sqlite"


def select(zone_home: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows, read without any right to write."""
    with closing(sqlite3.connect(f"file:{journal(zone_home)}?mode=ro", uri=True)) as database:
        return list(database.execute(query))


def leaves(zone_home: Path) -> list[bytes]:
    """The leaves in order; their indices must run from 0 without a gap."""
    rows = select(zone_home, "SELECT idx, leaf FROM log_entries ORDER BY idx")
    assert [index for index, _ in rows] == list(range(len(rows)))
    return [leaf for _, leaf in rows]


def entries(zone_home: Path) -> list[dict[str, Any]]:
    return [json.loads(leaf) for leaf in leaves(zone_home)]


def canonical(entry: dict[str, Any]) -> bytes:
    """RFC 8785 where all keys are ASCII and all numbers are integers."""
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1: MTH over leaf hashes, by its recursive definition."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(root(hashes[:split]), root(hashes[split:]))


def subtrees(hashes: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """(level, index, hash) of every complete subtree, as log_nodes holds them."""
    level, row = 0, list(hashes)
    while row:
        yield from ((level, index, found) for index, found in enumerate(row))
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        level += 1


def edge(hashes: Sequence[bytes]) -> bytes:
    """The tree's right edge as log_head holds it: the complete subtrees that together are the log, largest first."""
    found, start = b"", 0
    for level in reversed(range(len(hashes).bit_length())):
        if len(hashes) >> level & 1:
            found += root(hashes[start : start + (1 << level)])
            start += 1 << level
    return found
