"""Which message is suspected of killing its worker: a death counts, an outage does not."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.codes import jnl
from hub.edges.suspects import Suspects
from hub.errors import Unavailable

DIGEST = "ab" * 32
DYING = """
import os, signal, sys
from pathlib import Path
from hub.edges.suspects import Suspects
with Suspects(Path(sys.argv[1])).trying(sys.argv[2]):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def die(directory: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DYING, str(directory), DIGEST], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL


class TestSuspects:
    def test_each_death_counts_and_outlives_its_process(self, tmp_path: Path) -> None:
        die(tmp_path)
        die(tmp_path)

        assert (Suspects(tmp_path).deaths(DIGEST), Suspects(tmp_path).deaths("cd" * 32)) == (2, 0)

    def test_what_was_taken_is_no_suspect_any_more(self, tmp_path: Path) -> None:
        suspects = Suspects(tmp_path)
        die(tmp_path)
        with suspects.trying(DIGEST):
            assert suspects.deaths(DIGEST) == 2

        assert (suspects.deaths(DIGEST), list(tmp_path.iterdir())) == (0, [])

    def test_a_journal_that_is_away_accuses_nobody(self, tmp_path: Path) -> None:
        """Else a message that is tried again through an outage would be refused for what the server did."""
        suspects = Suspects(tmp_path)
        die(tmp_path)
        for _ in range(3):
            with pytest.raises(Unavailable), suspects.trying(DIGEST):
                raise Unavailable(jnl.UNAVAILABLE, place="journal", reason="away")

        assert suspects.deaths(DIGEST) == 1

    def test_a_recorded_refusal_clears(self, tmp_path: Path) -> None:
        die(tmp_path)
        Suspects(tmp_path).clear(DIGEST)

        assert Suspects(tmp_path).deaths(DIGEST) == 0

    def test_what_was_refused_is_remembered_by_the_next_process(self, tmp_path: Path) -> None:
        """A copy that its sender sent meanwhile kills nobody again; other messages are as before."""
        Suspects(tmp_path).refuse(DIGEST, 2)

        assert (Suspects(tmp_path).refused(DIGEST), Suspects(tmp_path).refused("cd" * 32)) == (2, 0)
        assert Suspects(tmp_path).deaths(DIGEST) == 0
