"""The metrics file: there from the start, whole, renewed, and last at the end; a disk that takes nothing ends nothing."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

from hub.app.metricsfile import kept


def test_is_written_at_once_again_and_at_the_end(tmp_path: Path) -> None:
    """A collector finds it whole whenever it looks."""
    path, calls = tmp_path / "metrics.prom", count()
    with kept(path, lambda: f"calls {next(calls)}\n", every=0.01):
        assert path.read_text("utf-8").startswith("calls ")
        until = time.monotonic() + 10
        while number(path) == 0 and time.monotonic() < until:
            time.sleep(0.01)
        during = number(path)

    assert during > 0
    assert path.read_text("utf-8") == f"calls {next(calls) - 1}\n"
    assert [one.name for one in tmp_path.iterdir()] == ["metrics.prom"]


def number(path: Path) -> int:
    return int(path.read_text("utf-8").split()[1])


def test_a_place_that_takes_nothing_ends_nothing(tmp_path: Path) -> None:
    """Traffic goes on without metrics."""
    with kept(tmp_path / "none" / "metrics.prom", lambda: "x\n"):
        pass

    assert list(tmp_path.iterdir()) == []
