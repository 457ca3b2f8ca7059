"""A process that yields to every other one of the machine: it runs when nobody else would (design promise 11).

Linux has a class for it. The lowest of Unix's priorities is not enough: on two cores a nice process on each kept a waking
thread of the zone waiting for some milliseconds, twenty times a message (bench/beside.py: p99 fivefold).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

_LOWEST: Final = 19  # of Unix's priorities


def yield_to_others(pid: int = 0, *, idle: bool = True) -> None:
    """The process `pid`, or this one, for the rest of its life; nothing where it has ended already.

    Without `idle` it yields, and comes to its end on a busy machine all the same.
    """
    with suppress(OSError):
        if idle and hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, pid, _LOWEST)
