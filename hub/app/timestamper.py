"""The zone's own timestamps (`timestamps` in hub.yaml): asked for now and then, and an alarm when they stay away.

One alarm when the authority is first missed and one when it is back; one more when intake has stopped for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from hub.app.errand import Ended, Errand
from hub.app.paths import HomePaths
from hub.app.timestamplimit import Limit
from hub.codes import tsa
from hub.config import Timestamps
from hub.errors import Unavailable
from hub.outages import Outage
from hub.ports import Clock, Observer

_AGAIN: Final = timedelta(minutes=1)  # after a failure
_PATIENCE: Final = timedelta(minutes=2)
_NOT_BEGUN: Final = "-1"


class Timestamper:
    """One per home, looked at by the thread that owns it."""

    def __init__(self, paths: HomePaths, wanted: Timestamps, limit: Limit, clock: Clock, observe: Observer) -> None:
        self._wanted, self._limit, self._clock, self._observe = wanted, limit, clock, observe
        self._errand = Errand(paths.root, paths.timestamp_said, _PATIENCE, idle=False)
        self._authority = Outage(observe, "timestamps")
        self._intake = Outage(observe, "timestamp-limit")
        self._next = clock.now()

    def look(self) -> None:
        """Asks when it is due, tells what has ended; returns at once."""
        now = self._clock.now()
        if self._errand.running:
            if ended := self._errand.ended():
                self._told(ended, now)
        elif self._wanted.url is not None and now >= self._next:
            self._begin(now)
        self._watch()

    def stop(self) -> None:
        """A request under way is given up."""
        self._errand.stop()

    def _begin(self, now: datetime) -> None:
        try:
            self._errand.begin("log", "timestamp")
        except OSError:
            self._failed(_NOT_BEGUN, now)

    def _told(self, ended: Ended, now: datetime) -> None:
        if ended.exit:
            self._failed(ended.code, now)
            return
        self._next = now + timedelta(minutes=self._wanted.every_minutes)
        self._authority.worked()
        stamped_at = ended.number("time")
        self._observe(
            "log.timestamped", size=ended.number("size"), stamped_at=stamped_at, ahead=stamped_at - int(now.timestamp())
        )

    def _failed(self, code: str, now: datetime) -> None:
        self._next = now + _AGAIN
        self._authority.failed(code)

    def _watch(self) -> None:
        try:
            self._limit()
        except Unavailable as error:
            if error.code is not tsa.LATE:
                raise
            self._intake.failed(error.code.id)
        else:
            self._intake.worked()
