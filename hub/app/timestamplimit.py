"""How long the log may wait for a timestamp: past that, nothing is accepted that might never have one (X-Road's rule)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from hub.app.paths import HomePaths
from hub.codes import tsa
from hub.config import Config, Timestamps
from hub.edges.journal import Snapshot
from hub.edges.timestampstore import TimestampStore
from hub.errors import Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.text import time_value
from hub.ports import Clock


class Reading(Protocol):
    """A journal as far as its log is read."""

    def snapshot(self) -> AbstractContextManager[Snapshot]: ...


class Waiting:
    """How long the log has been waiting for a timestamp: the time of the first entry that none covers."""

    def __init__(self, store: TimestampStore, journal: Reading) -> None:
        self._store, self._journal = store, journal
        self._known: tuple[int, datetime] | None = None

    def since(self) -> datetime | None:
        """None when every entry is covered."""
        stamped = self._store.newest()
        if self._known is None or self._known[0] != stamped:
            with self._journal.snapshot() as log:
                row = next(iter(log.entries(stamped, stamped + 1)), None)
            self._known = None if row is None else (stamped, time_value(entries.parse(row.leaf).time))
        return None if self._known is None else self._known[1]


def timestamp_limit(paths: HomePaths, config: Config, journal: Reading, clock: Clock) -> Limit | None:
    """The limit that hub.yaml sets, None when it says nothing of timestamps."""
    if config.timestamps is None:
        return None
    return Limit(Waiting(TimestampStore(paths.timestamps), journal), clock, config.timestamps)


class Limit:
    """Stops intake while an entry has been waiting for its timestamp longer than the home allows (a port's `gate`)."""

    def __init__(self, waiting: Waiting, clock: Clock, wanted: Timestamps) -> None:
        self._waiting, self._clock = waiting, clock
        self._longest = timedelta(minutes=wanted.stop_after_minutes)
        self._again: datetime | None = None
        self._late: datetime | None = None

    def __call__(self) -> None:
        """Raises `Unavailable` HUB-TSA-006. Looks once a second."""
        now = self._clock.now()
        if self._again is None or now >= self._again:
            since = self._waiting.since()
            self._late = since if since is not None and now - since > self._longest else None
            self._again = now + timedelta(seconds=1)
        if self._late is not None:
            raise Unavailable(tsa.LATE, since=f"{self._late:%Y-%m-%dT%H:%M:%SZ}")
