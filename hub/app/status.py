"""How a zone stands, at one look: what its log has, what waits for whom and how long, and whether anybody drives it.

Looks beside whoever owns the home, and changes nothing; a zone at rest is looked at alike. Two looks give rates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from hub.app.evidence import Archive
from hub.app.paths import HomePaths
from hub.edges.socket import Client
from hub.errors import HubError
from hub.exchangelog import entry as entries
from hub.exchangelog.text import time_value
from hub.framing import Message


@dataclass(frozen=True, slots=True)
class Queue:
    """One recipient. Ages are whole seconds since the oldest was recorded; `rate` is of settled deliveries a second."""

    recipient: str
    waiting: int
    ready: int
    stopped: int
    settled: int
    age: int | None
    stopped_age: int | None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """One look. `outstanding` and `latched` are the owner's word, None when nobody drives the zone."""

    at: datetime
    entries: int
    outstanding: int | None
    latched: str | None
    queues: tuple[Queue, ...]
    rate: float | None = None

    @property
    def running(self) -> bool:
        return self.latched is not None


def look(archive: Archive, paths: HomePaths, now: datetime) -> Status:
    """Raises `Unavailable`, or `IntegrityError` when the journal cannot be read as one."""
    owner = _owner(paths)
    latched, outstanding = owner.get("latched"), owner.get("outstanding")
    queues = tuple(
        Queue(
            one.recipient,
            one.waiting,
            one.ready,
            one.stopped,
            one.settled,
            _age(archive, one.oldest_waiting, now),
            _age(archive, one.oldest_stopped, now),
        )
        for one in archive.journal.backlogs()
    )
    return Status(
        now,
        archive.journal.head().size,
        outstanding if isinstance(outstanding, int) else None,
        latched if isinstance(latched, str) else None,
        queues,
    )


def since(before: Status | None, now: Status) -> Status:
    """`now` with its rates since `before`; without, when there is no earlier look or no time between the two."""
    seconds = (now.at - before.at).total_seconds() if before else 0.0
    if before is None or seconds <= 0:
        return now
    settled = {one.recipient: one.settled for one in before.queues}
    queues = tuple(replace(one, rate=(one.settled - settled.get(one.recipient, 0)) / seconds) for one in now.queues)
    return replace(now, queues=queues, rate=(now.entries - before.entries) / seconds)


def _age(archive: Archive, index: int | None, now: datetime) -> int | None:
    """How long ago the entry at `index` was recorded; never negative, for a simulated clock may be ahead."""
    if index is None:
        return None
    with archive.journal.snapshot() as stored:
        row = next(stored.entries(index, index + 1), None)
    if row is None:
        return None
    return max(0, int((now - time_value(entries.parse(row.leaf).time)).total_seconds()))


def _owner(paths: HomePaths) -> Message:
    """What the process that owns the home says; nothing when there is none or it is silent."""
    try:
        client = Client(paths.socket, timeout=2.0)
    except HubError:
        return {}
    try:
        return client.call({"op": "status"})
    except HubError:
        return {}
    finally:
        client.close()
