"""In a demo home with a simulated clock, time follows what is sent, so that the log reads like the day that is played."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

from hub.edges.clock import SimulatedClock
from hub.exchangelog.text import time_value
from hub.messages import Submission
from hub.ports import Clock

_CREATED = re.compile(rb"<CreatedAt>([0-9TZ:.-]{24})</CreatedAt>")
_TURN = threading.Lock()


def follow(clock: Clock, submissions: Sequence[Submission]) -> None:
    """Moves a simulated clock to the newest CreatedAt; any other clock goes by itself."""
    if not isinstance(clock, SimulatedClock):
        return
    found = [match.group(1) for one in submissions if (match := _CREATED.search(one.raw))]
    with _TURN:
        for text in found:
            moment = time_value(text.decode("ascii"))
            if moment > clock.now():
                clock.advance_to(moment)
