"""When deliveries were settled, read from the lines that the processes of a zone write about what happened."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path

from bench.ours import PATIENCE, Broken

_LOOK = 0.002  # seconds between two looks at the file


class LineEar:
    """Follows `events.jsonl` from its present end."""

    def __init__(self, events: Path) -> None:
        self._file = events.open("rb")
        self._file.seek(0, 2)
        self._rest = b""
        self._settled: dict[int, float] = {}
        self.accepted: Counter[str] = Counter()  # messages and answers recorded, by process

    def close(self) -> None:
        self._file.close()

    def wait(self, indexes: Collection[int], check: Callable[[], None]) -> Mapping[int, float]:
        """When each of these deliveries was acknowledged, on `time.time`.

        `check` is called while waiting and raises when nothing more can come. Raises `Broken` after two minutes of silence.
        """
        missing, last = set(indexes) - self._settled.keys(), time.monotonic()
        while missing:
            if heard := self._read():
                missing -= heard
                last = time.monotonic()
            elif time.monotonic() - last > PATIENCE:
                raise Broken(f"{len(missing)} deliveries were not answered")
            else:
                check()
                time.sleep(_LOOK)
        return {index: self._settled.pop(index) for index in indexes}

    def _read(self) -> frozenset[int]:
        """What was settled since the last look. Raises `Broken` for a delivery that ended otherwise."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        events = [json.loads(line) for line in lines if b'"delivery.settled"' in line or b'"message.accepted"' in line]
        self.accepted.update(one["process"] for one in events if one["event"] == "message.accepted")
        heard = [one for one in events if one["event"] == "delivery.settled"]
        for one in heard:
            if one["state"] != "acknowledged":
                raise Broken("a delivery ended without being acknowledged")
            self._settled[one["index"]] = datetime.fromisoformat(one["at"]).timestamp()
        return frozenset(one["index"] for one in heard)
