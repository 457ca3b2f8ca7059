"""A process that records given messages in a home that others write too; tells their indexes when all are recorded."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub.app.opening import join_home
from hub.edges.clock import SimulatedClock
from hub.errors import Unavailable
from hub.messages import Submission
from hub.observe import silent

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
GROUP = 4


def write_messages(path: Path, messages: Sequence[Submission]) -> None:
    """One line a message."""
    lines = [[base64.b64encode(part).decode() for part in (one.raw, one.operator)] for one in messages]
    path.write_text(json.dumps(lines), "utf-8")


def read_messages(path: Path) -> list[Submission]:
    lines = json.loads(path.read_text("utf-8"))
    return [Submission(base64.b64decode(raw), base64.b64decode(operator), "local:test") for raw, operator in lines]


def main(home: str, messages: str, seed: str) -> None:
    waiting = read_messages(Path(messages))
    random.Random(int(seed)).shuffle(waiting)
    indexes: dict[str, int] = {}
    with join_home(Path(home), SimulatedClock(NOW), silent) as joined:
        while waiting:
            group = waiting[:GROUP]
            try:
                recorded = joined.intake.take(group).recorded
            except Unavailable:
                continue
            waiting = waiting[GROUP:]
            indexes |= {hashlib.sha256(one.raw).hexdigest(): r.index for one, r in zip(group, recorded, strict=True)}
    sys.stdout.write(json.dumps(sorted(indexes.items())))


if __name__ == "__main__":
    main(*sys.argv[1:])
