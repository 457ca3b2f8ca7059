"""scripts.chaos: what counts as a fault."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from scripts.chaos import striking
from scripts.chaos.faults import FAULTS
from scripts.chaos.striking import Striker
from scripts.chaos.world import World

PROCESSES = sorted(
    name for name in FAULTS if name.split()[0] in {"worker", "dispatcher", "connectors", "supervisor", "partner"}
)


def test_who_strikes_nobody_has_played_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process of this home runs: every strike at one is tried, and none is counted or called a failure."""
    monkeypatch.setattr(striking, "CALM", (0.0, 0.0))
    nothing = cast(Any, None)  # servers that must not be touched
    striker = Striker(World(tmp_path, nothing, nothing, random.Random(1)), PROCESSES)
    striker.run(threading.Event())

    assert len(PROCESSES) == 13
    assert (striker.struck, striker.failed) == ([], [])
