"""Intake, dispatcher and sweep at once: three threads, one journal, nothing torn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.edges.journal import Journal, create_journal
from hub.edges.keystore import create_keystore
from hub.ports import RebucketRow, SettleRow
from tests.journaldata import BODY_DUE, NOW, PRIVATE_DUE, Letter, Writer

EARLY = BODY_DUE - timedelta(days=20)
ROUNDS = 120


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with create_keystore(tmp_path / "keystore", bytes(32)) as keystore, create_journal(tmp_path, keystore) as made:
        yield made


def _commit(journal: Journal, writer: Writer, start: int) -> None:
    """Five messages; the five before them are answered, and their bodies go at once or with the next sweep."""
    old = range(start - 5, start) if start else range(0)
    settled = [SettleRow(index, "acknowledged") for index in old]
    moved = [RebucketRow(index, "body", "standard", EARLY if index % 2 else None) for index in old]
    letters = [Letter(lane=bytes([at]), recipient="zei" if at % 2 else "atena") for at in range(5)]
    journal.commit(writer.stored(writer.commit(letters, settled, moved)))


def test_commits_reads_and_sweeps_together(journal: Journal) -> None:
    """While batches are committed and confirmed bodies swept, every ready delivery has its body, and counts add up."""
    writer, failures, ended = Writer(), list[BaseException](), threading.Event()

    def guarded(work: Callable[[], object]) -> None:
        try:
            while not ended.is_set():
                work()
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    def read() -> None:
        for pending in journal.ready(["atena", "zei"], (), NOW, 20):
            assert pending.delivery.raw == Letter().body

    def sweep() -> None:
        for retention, due, _ in journal.due(EARLY):
            journal.shred(retention, due)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in (read, read, sweep)]
    for thread in threads:
        thread.start()
    try:
        for start in range(0, 5 * ROUNDS, 5):
            _commit(journal, writer, start)
    finally:
        ended.set()
    for thread in threads:
        thread.join()
    sweep()
    size = 5 * ROUNDS

    assert failures == []
    assert {index for index in range(size) if journal.secret(index, "body")} == set(range(size - 5, size))
    assert sum(counts["acknowledged"] for counts in journal.tally().values()) == size - 5
    assert sum(keys for _, _, keys in journal.due(PRIVATE_DUE)) == size + 5
