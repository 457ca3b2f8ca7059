"""What a zone does once a Japanese day, and when it starts: bodies whose day has come go (design section 3, Erasure; S19, S22).

When it starts too, for it may have been down at midnight. Beside that its log is verified once in 24 hours, and timestamped
as often as hub.yaml says; its key store is copied once a day, where hub.yaml names a place for that. What a verification
found damaged is frozen.
"""

from __future__ import annotations

from datetime import date

from hub.app.freezing import Freezing
from hub.app.keybackups import KeyBackup
from hub.app.opening import OpenHome
from hub.app.selfcheck import SelfCheck
from hub.app.timestamper import Timestamper
from hub.app.timestamplimit import timestamp_limit
from hub.calendar import jst_day
from hub.erasure import sweep


class Daily:
    """One per home, looked at by the thread that owns its intake."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._done: date | None = None
        self._check = SelfCheck(home.paths, home.clock, home.observe)
        self._freezing = Freezing(home)
        others = (_timestamper(home), None if home.config.key_backups is None else KeyBackup(home))
        self._others = [one for one in others if one is not None]

    def look(self) -> None:
        """Raises as `hub.erasure.sweep`; what could not be done is tried at the next look."""
        try:
            self._sweep()
        finally:  # what could not be erased keeps nobody from a timestamp
            self._check.look()
            for one in self._others:
                one.look()
            self._freezing.look()  # the last: it may raise, too

    def _sweep(self) -> None:
        today = jst_day(self._home.clock.now())
        if today != self._done:
            sweep(self._home.intake, self._home.journal, self._home.clock, today, self._home.observe)
            self._done = today

    def stop(self) -> None:
        """The zone stops: what runs beside it ends."""
        self._check.stop()
        for one in self._others:
            one.stop()


def _timestamper(home: OpenHome) -> Timestamper | None:
    limit = timestamp_limit(home.paths, home.config, home.journal, home.clock)
    if home.config.timestamps is None or limit is None:
        return None
    return Timestamper(home.paths, home.config.timestamps, limit, home.clock, home.observe)
