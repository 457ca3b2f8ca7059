"""The log verified once a day by the zone that owns it, in a process of its own that yields to everybody else.

Against every checkpoint that a witness has cosigned. What is found is told: by an event, and by a gauge that an alert watches.
It stops nothing by itself: what is behind the log's edge was decided long ago, and the edge is guarded by the signer's memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hub.app.paths import HomePaths
from hub.edges.home import atomic_write
from hub.errors import Unavailable
from hub.ports import Clock, Observer

EVERY: Final = timedelta(hours=24)
_AGAIN: Final = timedelta(hours=1)  # after what could not be begun
_LOWEST: Final = 19  # of Unix's priorities
_NOT_BEGUN: Final = -1  # in the place of an exit code


class SelfCheck:
    """One per home, looked at by the thread that owns it. A new home is first verified a day after it was first looked at."""

    def __init__(self, paths: HomePaths, clock: Clock, observe: Observer, every: timedelta = EVERY) -> None:
        self._paths, self._clock, self._observe, self._every = paths, clock, observe, every
        self._running: subprocess.Popen[bytes] | None = None
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
        if self._running is not None:
            self._ended(self._running, now)
        elif now >= self._next:
            last = self._last()
            self._next = now + self._every if last is None else last + self._every
            if last is None:
                self._remember(now)
            elif now >= self._next:
                self._begin()

    def stop(self) -> None:
        """A verification under way is given up; the next start begins it again."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._running = None

    def _begin(self) -> None:
        kept = [word for path in sorted(self._paths.anchors.glob("*.note")) for word in ("--checkpoint", str(path))]
        command = [sys.executable, "-m", "hub", "log", "verify", "--home", str(self._paths.root), "--json", *kept]
        with self._paths.selfcheck_said.open("wb") as said:
            self._running = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.DEVNULL
            )
        with suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, self._running.pid, _LOWEST)

    def _ended(self, process: subprocess.Popen[bytes], now: datetime) -> None:
        if process.poll() is None:
            return
        self._running = None
        self._next = now + self._every
        if process.returncode == 0:
            self._observe("log.verified", size=_number(self._said(), "size"), verified_at=int(now.timestamp()))
            self._remember(now)
            return
        said = self._said()
        if "first_bad_index" in said:
            self._observe("log.broken", index=_number(said, "first_bad_index"), found=_number(said, "found"))
        else:  # also where a kept checkpoint is none: that says nothing of the log
            self._observe("log.unverified", exit=process.returncode)

    def _said(self) -> dict[str, object]:
        with suppress(OSError, ValueError):
            said = json.loads(self._paths.selfcheck_said.read_bytes())
            return said if isinstance(said, dict) else {}
        return {}

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


def _number(said: dict[str, object], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) else -1
