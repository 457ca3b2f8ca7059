"""Stamps and receipts whose key came into doubt, proven anew under the key of today as they are handed out (docs/adr/0020).

What is stored stays as it was: it says what was handed out then. Recipients refuse it now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from hub.exchangelog.line import Line
from hub.exchangelog.stamp import Stamp
from hub.exchangelog.tree import prove_inclusion
from hub.ports import Head


class Proving(Protocol):
    """A journal as far as its tree is read."""

    def head(self) -> Head: ...

    def nodes(self, nodes: Sequence[tuple[int, int]]) -> Sequence[bytes]: ...


def renewal(journal: Proving, line: Line) -> Callable[[int, str], str]:
    """What makes of an entry's stored stamp the one to hand out; a blank one stays blank."""
    end = max((one.ended.size for one in line.epochs[:-1] if one.ended is not None and one.doubted), default=0)

    def renewed(index: int, stored: str) -> str:
        if index >= end or not stored:
            return stored
        head = journal.head()
        return Stamp(
            Stamp.parse(stored).leaf, index, prove_inclusion(index, head.size, journal.nodes), head.note
        ).encode()

    return renewed
