"""kill -9 and full disks: what was acknowledged is there, nothing is there by half, and the next process goes on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.codes import jnl
from hub.edges.journal import Journal, create_journal, open_journal
from hub.edges.keystore import KeyStore, create_keystore, open_keystore
from hub.edges.signer import FileSigner, create_signer_memory, open_signer
from hub.edges.signermemory import TreeHead
from hub.exchangelog.tree import Frontier, leaf_hash
from hub.messages import Part
from hub.ports import Commit, RebucketRow, SettleRow
from tests.journaldata import BODY_DUE, NOW, PRIVATE_DUE, SPOOL_DUE, Letter, Writer, part, tied
from tests.unit.test_signer import ORIGIN, PEM

MASTER = bytes(range(32))
CHECKOUT = str(Path(__file__).parents[2])

# Commits for ever and tells each size, as intake does: prepare, commit, confirm, and only then tell.
WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.integration.test_journal_kill import opened, put
with opened(Path(sys.argv[1])) as home:
    while True:
        print(put(home), flush=True)
"""

# The same while no file may grow past a limit, until a commit fails; then tells why, what was acknowledged and what is there.
FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from hub.errors import Unavailable
from tests.integration.test_journal_kill import opened, put
with opened(Path(sys.argv[1])) as home:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    told = 0
    try:
        while True:
            told = put(home, 4000)
    except Unavailable as error:
        print(error.code.id, told, home[0].head().size, flush=True)
"""

Opened = tuple[Journal, KeyStore, FileSigner, Writer]


@contextmanager
def opened(home: Path) -> Iterator[Opened]:
    """A home as each process opens it: the signer consents to the journal's head, and a writer goes on from there."""
    with ExitStack() as held:
        keystore = held.enter_context(open_keystore(home / "keystore", MASTER))
        journal = held.enter_context(open_journal(home / "journal", keystore))
        head = journal.head()
        writer = Writer(Frontier(head.size, head.edge))
        tree = TreeHead(writer.tree.size, writer.tree.root)
        signer = held.enter_context(open_signer(PEM, home / "log.memory", ORIGIN, tree))
        writer.note = signer.prepare
        yield journal, keystore, signer, writer


def carried_by(index: int) -> list[Part]:
    """The parts of what the message at this index carries."""
    return [part(index, place) for place in range(2)]


def put(home: Opened, body: int = 200) -> int:
    """One commit as intake makes it, after the parts of what its first message carries; returns the size."""
    journal, _, signer, writer = home
    start = writer.tree.size
    journal.keep("juki", carried_by(start), SPOOL_DUE, 100)
    rows = journal.loose("juki", part(start).message)
    commit = replace(next_commit(writer, body), tied=(tied(start, rows),))
    journal.commit(commit)
    signer.confirm(commit.checkpoint.size, commit.checkpoint.root)
    return writer.stored(commit).checkpoint.size


def next_commit(writer: Writer, body: int) -> Commit:
    """Three messages; the first one of the batch before is answered, and its body erased if its index is odd."""
    start = writer.tree.size
    answered = [start - 3] if start else []
    settled = [SettleRow(index, "acknowledged") for index in answered]
    moved = [RebucketRow(index, "body", "file3", None if index % 2 else BODY_DUE) for index in answered]
    letters = [Letter(lane=lane, body=os.urandom(body)) for lane in (b"a", None, None)]
    return writer.commit(letters, settled, moved)


def check(home: Path) -> int:
    """Everything is whole, and one more commit works; returns the size after it."""
    with opened(home) as (journal, _, _, writer):
        size, tree = writer.tree.size, Frontier()
        with journal.snapshot() as log:
            for row in log.entries():
                assert (row.index, row.leaf_hash) == (tree.size, leaf_hash(row.leaf))
                tree = tree.append([row.leaf_hash]).new
            nodes, checkpoints = sum(1 for _ in log.nodes()), [row.size for row in log.checkpoints()]
        answered = list(range(0, size - 3, 3))
        erased = [index for index in range(size) if journal.secret(index, "body") is None]

        assert tree == writer.tree
        assert nodes == 2 * size - size.bit_count()
        assert checkpoints == list(range(3, size + 1, 3))
        assert erased == [index for index in answered if index % 2]
        for index in range(0, size, 3):
            waits = index not in answered
            carried = [journal.handed(index, "atena", one.sha256, one.position) for one in carried_by(index)]
            assert carried == [one.content if waits else None for one in carried_by(index)]
        assert journal.tally().get("atena", {}).get("acknowledged", 0) == len(answered)
        assert len(journal.ready(["atena"], (), NOW, size)) == size - len(answered)
    with opened(home) as now:
        size = put(now)  # mends what the crash left
        keys = sum(count for _, _, count in now[1].due(PRIVATE_DUE))

        gone = sum(index % 2 for index in range(0, size - 3, 3))  # a body and the two parts beside it
        assert keys == 2 * size - gone + 2 * (size // 3 - gone)
    return size


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with create_keystore(tmp_path / "keystore", MASTER) as keystore:
        create_journal(tmp_path / "journal", keystore).close()
    create_signer_memory(tmp_path / "log.memory", ORIGIN)
    return tmp_path


@pytest.mark.slow
def test_every_acknowledged_commit_is_there_after_kill(home: Path) -> None:
    """Ten times killed at a random moment: lost 0, half 0; keys fit records, and the signer consents to go on."""
    dice, told = random.Random(20260401), check(home)
    for _ in range(10):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(home), CHECKOUT], stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        for _ in range(dice.randint(0, 60)):
            told = int(worker.stdout.readline())
        worker.kill()
        told = max([told, *map(int, worker.communicate()[0].split())])
        with opened(home) as (_, _, _, writer):
            stored = writer.tree.size

        assert stored in {told, told + 3}
        told = check(home)


@pytest.mark.parametrize("limit", [200_000, 400_000, 1_000_000])
def test_full_disk_accepts_nothing(home: Path, limit: int) -> None:
    """A commit that finds no room is unavailable; all before it is there, and with room again the next one works."""
    check(home)
    command = [sys.executable, "-c", FULL, str(home), CHECKOUT, str(limit)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    code, told, stored = ended.stdout.split()

    assert code in {jnl.UNAVAILABLE.id, jnl.IN_DOUBT.id}
    assert told == stored
    assert check(home) == int(stored) + 3
