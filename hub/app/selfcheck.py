"""The log verified once a day by the zone that owns it, in a process of its own that yields to everybody else.

Against every checkpoint that a witness has cosigned or a timestamp authority has stamped. What is found is told: by an event,
and by a gauge that an alert watches. It stops no traffic: what is behind the log's edge was decided long ago, what still waits from the damaged
range is frozen (hub.app.freezing), and the edge is guarded by the signer's memory.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hub.app.errand import Ended, Errand
from hub.app.paths import HomePaths
from hub.edges.home import atomic_write
from hub.errors import Unavailable
from hub.ports import Clock, Observer

EVERY: Final = timedelta(hours=24)
_AGAIN: Final = timedelta(hours=1)  # after what could not be begun
_PATIENCE: Final = timedelta(days=7)  # a large log on a busy machine
_NOT_BEGUN: Final = -1  # in the place of an exit code


class SelfCheck:
    """One per home, looked at by the thread that owns it. A new home is first verified a day after it was first looked at."""

    def __init__(self, paths: HomePaths, clock: Clock, observe: Observer, every: timedelta = EVERY) -> None:
        self._paths, self._clock, self._observe, self._every = paths, clock, observe, every
        self._errand = Errand(paths.root, paths.selfcheck_said, _PATIENCE)
        self._next = datetime.min.replace(tzinfo=clock.now().tzinfo)

    def look(self) -> None:
        """Starts what is due, tells what has ended; returns at once.

        What cannot be done (no disk, no process) is told and tried again later: it must not stop the traffic beside it.
        """
        now = self._clock.now()
        try:
            self._look(now)
        except (OSError, Unavailable):
            self._next = now + _AGAIN
            self._observe("log.unverified", exit=_NOT_BEGUN)

    def _look(self, now: datetime) -> None:
        if self._errand.running:
            if ended := self._errand.ended():
                self._told(ended, now)
        elif now >= self._next:
            last = self._last()
            self._next = now + self._every if last is None else last + self._every
            if last is None:
                self._remember(now)
            elif now >= self._next:
                self._begin()

    def stop(self) -> None:
        """A verification under way is given up; the next start begins it again."""
        self._errand.stop()

    def _begin(self) -> None:
        kept = [path for path in (self._paths.anchors, self._paths.timestamps) if path.is_dir()]
        pinned = self._paths.timestamp_authority
        words = ["--hands", "1"]  # beside traffic one is enough
        words += [word for path in kept for word in ("--checkpoint", str(path))]
        self._errand.begin("log", "verify", *words, *(["--ca", str(pinned)] if pinned.is_file() else []))

    def _told(self, ended: Ended, now: datetime) -> None:
        self._next = now + self._every
        if ended.exit == 0:
            self._observe("log.verified", size=ended.number("size"), verified_at=int(now.timestamp()))
            self._remember(now)
        elif "first_bad_index" in ended.said:
            self._observe("log.broken", index=ended.number("first_bad_index"), found=ended.number("found"))
        else:  # also where a kept checkpoint is none: that says nothing of the log
            self._observe("log.unverified", exit=ended.exit)

    def _last(self) -> datetime | None:
        """When it was last verified, or first looked at."""
        with suppress(OSError, ValueError):
            return datetime.fromisoformat(self._paths.selfcheck.read_text("utf-8").strip())
        return None

    def _remember(self, now: datetime) -> None:
        _write(self._paths.selfcheck, now)


def _write(path: Path, now: datetime) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    atomic_write(path, f"{now.isoformat()}\n".encode())
