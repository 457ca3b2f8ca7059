"""Damage in the closed history freezes that range only: what would go out from it is held for persons, all else goes on.

What a verification found (run/verified.json) names the ranges; they are kept in run/frozen.json until another one has ended.
A delivery whose entry lies in one is not handed over, and put on hold with an entry of its own (HUB-LOG-075), so that it shows
where holds show and two persons release it once they have looked. It is frozen once: whom they released goes, though the
damage may never be mended.
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
from hub.messages import Delivery
from hub.ports import Pending

_KEPT: Final = ("said", "ranges", "held")
Ranges = list[tuple[int, int]]


class Freezing:
    """One per home, looked at by the thread that owns its intake; the dispatcher asks it of each delivery."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._said = 0.0  # when the verification's word was written that is known
        self._known: Ranges = []
        self._frozen: set[int] = set()
        self._wanted: dict[int, Delivery] = {}
        self._load()
        home.dispatcher.withheld = self.takes

    def takes(self, pending: Pending) -> bool:
        """Whether this delivery may not go out now: it will be on hold with the next look."""
        index = pending.delivery.index
        if index in self._frozen or not any(start <= index < end for start, end in self._known):
            return False
        self._wanted[index] = pending.delivery
        return True

    def look(self) -> None:
        """At most one commit; nothing is asked of the journal where nothing is damaged. Raises as `Intake.turn`; then it is tried again."""
        self._read()
        if not self._wanted:
            return
        common = self._home.intake.common(format_time(self._home.clock.now()))
        code, wanted = log.FROZEN.id, dict(self._wanted)
        self._home.intake.turn(
            [
                holds.failed(common, index, one.message_id, one.recipient, code, hold=True)
                for index, one in wanted.items()
            ]
        )
        self._frozen |= wanted.keys()
        self._wanted.clear()
        self._keep()

    def _read(self) -> None:
        """While a verification runs nothing can be read, and what the last one said holds."""
        path = self._home.paths.selfcheck_said
        with suppress(OSError, ValueError):
            written = path.stat().st_mtime
            if written != self._said:
                self._known = ranges(json.loads(path.read_bytes()))
                self._said = written
                if not self._known:
                    self._frozen.clear()  # mended: what is damaged after this is new
                self._keep()

    def _load(self) -> None:
        """Lost, it costs two persons another look."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._home.paths.frozen.read_bytes())
            said, known, held = (kept[name] for name in _KEPT)
            self._said, self._frozen = float(said), {int(index) for index in held}
            self._known = [(int(start), int(end)) for start, end in known]

    def _keep(self) -> None:
        kept = dict(zip(_KEPT, (self._said, self._known, sorted(self._frozen)), strict=True))
        atomic_write(self._home.paths.frozen, json.dumps(kept).encode())


def ranges(said: Mapping[str, object]) -> Ranges:
    """The damaged ranges [start, end) in what a verification of a journal said; touching ones joined.

    What it could not read, and what it found but does not name, goes on to where the log ended then (`stored`): what was
    recorded since stands on the signer's memory. Raises `ValueError`.
    """
    read, found, findings, end = said.get("size"), said.get("found"), said.get("findings"), said.get("stored")
    if not isinstance(read, int) or not isinstance(found, int) or not isinstance(end, int):
        raise ValueError("no verification's word")
    if not isinstance(findings, list):
        raise ValueError("no findings")
    named = list(_named(findings))
    first = said.get("first_bad_index")
    if found > len(findings) and isinstance(first, int):
        named.append((first, end))
    if said.get("whole") is False:
        named.append((read, end))
    match said.get("suspect"):
        case [int(start), int(until)]:  # a root that differs, which something else explains: or not
            named.append((start, until))
        case _:
            pass
    joined: Ranges = []
    for start, until in sorted((start, min(until, end)) for start, until in named if start < end):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((start, until))
    return joined


def _named(findings: list[object]) -> Iterator[tuple[int, int]]:
    for one in findings:
        start = one.get("index") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(start, int):
            raise ValueError("a finding without an index")
        until = one.get("until", start + 1)
        yield start, until if isinstance(until, int) else start + 1
