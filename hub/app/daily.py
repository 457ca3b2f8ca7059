"""What a zone does once a Japanese day, and when it starts: bodies whose day has come go (design section 3, Erasure; S19, S22).

When it starts too, for it may have been down at midnight. Beside that its log is verified once in 24 hours.
"""

from __future__ import annotations

from datetime import date

from hub.app.opening import OpenHome
from hub.app.selfcheck import SelfCheck
from hub.calendar import jst_day
from hub.erasure import sweep


class Daily:
    """One per home, looked at by the thread that owns its intake."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._done: date | None = None
        self._check = SelfCheck(home.paths, home.clock, home.observe)

    def look(self) -> None:
        """Raises as `hub.erasure.sweep`; what could not be done is tried at the next look."""
        today = jst_day(self._home.clock.now())
        if today != self._done:
            sweep(self._home.intake, self._home.journal, self._home.clock, today, self._home.observe)
            self._done = today
        self._check.look()

    def stop(self) -> None:
        """The zone stops: what runs beside it ends."""
        self._check.stop()
