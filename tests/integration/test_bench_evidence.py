"""bench.evidence on logs that are small: what it loads is a log, both verifiers find nothing in it, and its page tells of each size."""

from __future__ import annotations

from pathlib import Path

from bench.evidence import report
from bench.evidence.load import GROUP
from bench.evidence.measure import QUESTIONS, measure
from hub.app.evidence import open_archive
from tests.e2e import logfile


def test_grows_verifies_and_searches(tmp_path: Path) -> None:
    """A verifier that found something would end it; entries are of three kinds, and questions have results."""
    sizes = (GROUP + 100, 3 * GROUP)
    results = measure(tmp_path, sizes, sizes[0], "the command", lambda _: None)
    first, second = results.at
    with open_archive(tmp_path / "home") as archive:
        verified = archive.verify(())

    assert [one.size for one in results.at] == list(sizes)
    assert (verified.ok, verified.size) == (True, sizes[1])
    assert first.hub is not None
    assert first.second is not None
    assert min(first.hub.memory, first.second.memory) > 10
    assert second.hub is second.second is None
    assert min(one.found for one in results.at) > QUESTIONS
    assert {one["kind"] for one in logfile.entries(tmp_path / "home")} == {"config", "permit", "refuse", "answer"}
    assert f"| {sizes[0]:,} | {sizes[1]:,} |" in report.page(results)
