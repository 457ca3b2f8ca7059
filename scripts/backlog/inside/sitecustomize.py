"""Read by every Python process of the measured zone: the dispatcher's rounds are timed, from outside the product.

Each second the file that the environment names holds the milliseconds of every round since the process began.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.dispatcher import Dispatcher
    from hub.ports import Receiver

FILE = "JUKI_BACKLOG_ROUNDS"
DISPATCHER = "serve-dispatcher"


def begin(file: Path) -> None:
    """From now on the rounds of this process are timed."""
    from hub import dispatcher  # noqa: PLC0415 - in the dispatcher alone

    round_, times, written = dispatcher.Dispatcher.round, [], time.monotonic()

    def timed(self: Dispatcher, receivers: Mapping[str, Receiver]) -> int:
        nonlocal written
        began = time.perf_counter()
        try:
            return round_(self, receivers)
        finally:
            now = time.perf_counter()
            times.append(round((now - began) * 1000, 3))
            if time.monotonic() > written + 1:
                file.with_suffix(".new").write_text(json.dumps(times), "ascii")
                file.with_suffix(".new").replace(file)
                written = time.monotonic()

    dispatcher.Dispatcher.round = timed  # type: ignore[method-assign]


if DISPATCHER in sys.orig_argv and (name := os.environ.get(FILE)):
    begin(Path(name))
