"""Leaves read by as many processes as there are processors: a verification of a long log takes as much less time.

In order, with few in memory at a time. Whatever reading the rows raises is raised where it stood.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from multiprocessing import get_context
from typing import Final

from hub.errors import IntegrityError
from hub.exchangelog.claims import Claims, EntryRow, Read, Reading, claims, one_by_one
from hub.exchangelog.tree import leaf_hash

_BATCH: Final = 1000  # leaves that a process is given at a time
_WORTH: Final = 20_000  # entries from which on starting processes pays

Answers = list[tuple[bytes, Claims | None]]
Batch = list[EntryRow]


def reading(size: int, hands: int | None = None) -> Reading:
    """How the leaves of a log of this many entries are read best; `hands`: by so many processes (default: one a processor)."""
    wanted = len(os.sched_getaffinity(0)) if hands is None else hands
    if wanted < 2 or size < _WORTH:
        return one_by_one
    return lambda rows: _shared(rows, wanted)


def _shared(rows: Iterable[EntryRow], hands: int) -> Iterator[Read]:
    source = _Source(rows)
    with ExitStack() as held:
        # `spawn`: this process has a database open, and threads of a progress bar.
        pool = ProcessPoolExecutor(hands, get_context("spawn"))
        held.callback(pool.shutdown, wait=True, cancel_futures=True)
        under_way: deque[tuple[Batch, Future[Answers]]] = deque()
        while True:
            while len(under_way) < 2 * hands and (batch := source.next()):
                under_way.append((batch, pool.submit(_read, [row[1] for row in batch])))
            if not under_way:
                break
            batch, answer = under_way.popleft()
            yield from ((row, *said) for row, said in zip(batch, answer.result(), strict=True))
    source.end()


def _read(leaves: list[bytes]) -> Answers:
    return [(leaf_hash(leaf), claims(leaf)) for leaf in leaves]


class _Source:
    """Batches of rows; what reading them raised is kept until all before it are through."""

    def __init__(self, rows: Iterable[EntryRow]) -> None:
        self._rows = iter(rows)
        self._fault: IntegrityError | None = None

    def next(self) -> Batch:
        """Empty at the end."""
        batch: Batch = []
        try:
            for row in islice(self._rows, _BATCH):
                batch.append(row)
        except IntegrityError as fault:
            self._fault, self._rows = fault, iter(())
        return batch

    def end(self) -> None:
        """Raises what broke it off."""
        if self._fault is not None:
            raise self._fault
