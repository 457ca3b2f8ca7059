"""Damage in the closed history freezes that range only: what still waits from it is held for persons, all else goes on.

What a verification found (run/verified.json) names the ranges. A delivery whose entry lies in one is put on hold with an
entry of its own (HUB-LOG-075), so that it shows where holds show, and two persons release it once they have looked. It is
frozen once: whom they released goes, though the damage may never be mended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hub import holds
from hub.app.opening import OpenHome
from hub.codes import log
from hub.edges.home import atomic_write
from hub.envelope import format_time

_EVERY: Final = timedelta(minutes=1)  # what a recipient has in hand may come back
_AT_ONCE: Final = 100  # deliveries in one commit
Ranges = list[tuple[int, int]]


class Freezing:
    """One per home, looked at by the thread that owns its intake."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._next: datetime | None = None
        self._known: Ranges = []
        self._frozen = _read_frozen(home.paths.frozen)

    def look(self) -> None:
        """Once a minute. Raises as `Intake.turn`."""
        now = self._home.clock.now()
        if self._next is not None and now < self._next:
            return
        self._next = now + _EVERY
        self._read()
        for start, end in self._known:
            self._freeze(start, end)

    def _read(self) -> None:
        """While a verification runs nothing can be read, and what the last one said holds."""
        with suppress(OSError, ValueError):
            self._known = ranges(json.loads(self._home.paths.selfcheck_said.read_bytes()))

    def _freeze(self, start: int, end: int) -> None:
        while waiting := [one for one in self._home.journal.unsent(start, end) if self._takes(one.index)][:_AT_ONCE]:
            common = self._home.intake.common(format_time(self._home.clock.now()))
            code = log.FROZEN.id
            self._home.intake.turn(
                [holds.failed(common, one.index, one.message_id, one.recipient, code, hold=True) for one in waiting]
            )
            self._frozen |= {one.index for one in waiting}
            atomic_write(self._home.paths.frozen, json.dumps(sorted(self._frozen)).encode())

    def _takes(self, index: int) -> bool:
        return index not in self._frozen and not self._home.dispatcher.in_hand(index)


def _read_frozen(file: Path) -> set[int]:
    """Lost, it costs two persons another look."""
    with suppress(OSError, ValueError):
        return {index for index in json.loads(file.read_bytes()) if isinstance(index, int)}
    return set()


def ranges(said: Mapping[str, object]) -> Ranges:
    """The damaged ranges [start, end) in what a verification said, of entries that the log has; touching ones joined.

    Where it names no more findings than it found, the last range goes on to the log's end. Raises `ValueError`.
    """
    size, found, findings = said.get("size"), said.get("found"), said.get("findings")
    if not isinstance(size, int) or not isinstance(found, int) or not isinstance(findings, list):
        raise ValueError("no verification's word")  # as for what is no JSON
    named = sorted(_named(findings, size))
    if named and found > len(findings):
        named[-1] = (named[-1][0], size)
    joined: Ranges = []
    for start, end in named:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _named(findings: list[object], size: int) -> Iterator[tuple[int, int]]:
    for one in findings:
        start = one.get("index") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(start, int):
            raise ValueError("a finding without an index")
        until = one.get("until", start + 1)
        if start < size and isinstance(until, int):
            yield start, min(until, size)
