"""An outage as persons hear of it: one alarm when it begins and one when it ends, however often was tried in between."""

from __future__ import annotations

from typing import Protocol


class Observe(Protocol):
    """Who is told (`hub.ports.Observer`; the kit has a name of its own for it)."""

    def __call__(self, event: str, /, **facts: str | int | float) -> None: ...


class Outage:
    """Whether one way works. `part` and `endpoint` say which, in every alarm alike; belongs to one thread."""

    def __init__(self, observe: Observe, part: str, endpoint: str = "") -> None:
        self._observe = observe
        self._part = part
        self._endpoint = endpoint
        self._failures = 0
        self.code = ""

    def __bool__(self) -> bool:
        """Whether it goes on."""
        return bool(self.code)

    def failed(self, code: str) -> None:
        """Alarms the first time; another code while it goes on is the same outage."""
        self._failures += 1
        began, self.code = not self.code, code
        if began:
            self._observe("outage.began", part=self._part, endpoint=self._endpoint, code=code)

    def worked(self) -> None:
        """It is over, if there was one."""
        if not self.code:
            return
        code, failures = self.code, self._failures
        self.code, self._failures = "", 0
        self._observe("outage.ended", part=self._part, endpoint=self._endpoint, code=code, failures=failures)
