"""Damage in the closed history freezes that range only: what still waits from it is held for persons, all else goes on.

What a verification found (run/verified.json) names the ranges; they are kept in run/frozen.json until another one has ended.
A delivery whose entry lies in one is put on hold with an entry of its own (HUB-LOG-075), so that it shows where holds show,
and two persons release it once they have looked. It is frozen once: whom they released goes, though the damage may never be
mended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from hub import holds
from hub.app.opening import OpenHome
from hub.codes import log
from hub.edges.home import atomic_write
from hub.envelope import format_time
from hub.ports import Unsent

_AT_ONCE: Final = 100  # deliveries of one look, in one commit
Ranges = list[tuple[int, int]]


class Freezing:
    """One per home, looked at by the thread that owns its intake, before anything is handed over."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._said: float | None = None  # when the verification's word was written that is known
        self._known: Ranges = []
        self._frozen: set[int] = set()
        self._load()
        self._left = list(self._known)  # what was not looked through yet
        self._in_hand: set[int] = set()

    def look(self) -> None:
        """At most one commit; returns at once where nothing is damaged. Raises as `Intake.turn`."""
        self._read()
        waiting = self._next()
        if not waiting:
            return
        common = self._home.intake.common(format_time(self._home.clock.now()))
        code = log.FROZEN.id
        self._home.intake.turn(
            [holds.failed(common, one.index, one.message_id, one.recipient, code, hold=True) for one in waiting]
        )
        self._frozen |= {one.index for one in waiting}
        self._keep()

    def _next(self) -> list[Unsent]:
        """What is to be frozen now: first what recipients have given back, then the next of the ranges."""
        back = {index for index in self._in_hand if not self._home.dispatcher.in_hand(index)}
        self._in_hand -= back
        found = [one for index in sorted(back) for one in self._home.journal.unsent(index, index + 1, 1)]
        while self._left and len(found) < _AT_ONCE:
            start, end = self._left.pop(0)
            some = self._home.journal.unsent(start, end, _AT_ONCE)
            if len(some) == _AT_ONCE:
                self._left.insert(0, (some[-1].index + 1, end))
            self._in_hand |= {one.index for one in some if self._home.dispatcher.in_hand(one.index)}
            found += [one for one in some if one.index not in self._in_hand]
        return [one for one in found if one.index not in self._frozen]

    def _read(self) -> None:
        """While a verification runs nothing can be read, and what the last one said holds."""
        path = self._home.paths.selfcheck_said
        with suppress(OSError, ValueError):
            written = path.stat().st_mtime
            if written == self._said:
                return
            found = ranges(json.loads(path.read_bytes()), self._home.intake.tree.size)
            self._said = written
            if found != self._known:
                self._known, self._left = found, list(found)
                self._keep()

    def _load(self) -> None:
        """Lost, it costs two persons another look."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._home.paths.frozen.read_bytes())
            self._known = [(int(start), int(end)) for start, end in kept["ranges"]]
            self._frozen = {int(index) for index in kept["held"]}

    def _keep(self) -> None:
        kept = {"ranges": self._known, "held": sorted(self._frozen)}
        atomic_write(self._home.paths.frozen, json.dumps(kept).encode())


def ranges(said: Mapping[str, object], size: int) -> Ranges:
    """The damaged ranges [start, end) in what a verification said, of a log of this size; touching ones joined.

    What it could not read, and what it found but does not name, goes on to the log's end. Raises `ValueError`.
    """
    read, found, findings = said.get("size"), said.get("found"), said.get("findings")
    if not isinstance(read, int) or not isinstance(found, int) or not isinstance(findings, list):
        raise ValueError("no verification's word")
    named = list(_named(findings))
    if named and found > len(findings):
        named.append((max(start for start, _ in named), size))
    if said.get("whole") is False:
        named.append((read, size))
    match said.get("suspect"):
        case [int(start), int(end)]:  # a root that differs, which something else explains: or not
            named.append((start, end))
        case _:
            pass
    joined: Ranges = []
    for start, end in sorted((start, min(end, size)) for start, end in named if start < size):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _named(findings: list[object]) -> Iterator[tuple[int, int]]:
    for one in findings:
        start = one.get("index") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(start, int):
            raise ValueError("a finding without an index")
        until = one.get("until", start + 1)
        yield start, until if isinstance(until, int) else start + 1
