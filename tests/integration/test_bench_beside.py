"""bench.beside: live traffic while its evidence is worked on; a small run, for the jobs and the page and not for figures."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from bench import beside


def test_a_small_run(tmp_path: Path) -> None:
    """Both halves of a round carry all messages, every job ends well, and the page says what was run."""
    chosen = Namespace(entries=600, rounds=1, messages=40, rate=20.0, jobs=beside.JOBS)
    results = beside.measure(tmp_path, chosen, lambda _: None)
    page = beside.page(results)

    assert [(one.alone.settled.samples, one.beside.settled.samples) for one in results.rounds] == [(40, 40)]
    assert all(min(one.done.values()) > 0 for one in results.rounds)
    assert isinstance(beside.data(results)["p99_ratio"], float)
    assert "python -m bench.beside --entries 600 --rounds 1 --messages 40 --rate 20" in page
