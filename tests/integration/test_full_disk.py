"""A disk that is full under the journal, the key store or PostgreSQL: nothing is accepted that is not kept.

A real one: a tiny file system in a mount namespace of the test's own, made larger while the same process goes on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.app.founding import Founding, found
from hub.codes import jnl
from hub.edges import resources
from tests.fulldisk import AGAIN, CONFIG, MORE, MOST

NAMESPACE = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")))
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def _namespace() -> None:
    """Where none can be made nothing of this can be shown; in CI that is a failure."""
    if subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True).returncode != 0:
        if os.environ.get("CI"):
            pytest.fail("no mount namespace can be made here")
        pytest.skip("no mount namespace can be made here")


def played(what: str, place: Path) -> dict[str, Any]:
    command = [*NAMESPACE, sys.executable, "-m", "tests.fulldisk", what, str(place)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert ended.returncode == 0, ended.stderr
    story: dict[str, Any] = json.loads(ended.stdout)
    return story


class TestFullDisk:
    @pytest.mark.parametrize("what", ["journal", "keystore"])
    def test_of_an_embedded_home(self, what: str, tmp_path: Path) -> None:
        """Unavailable, however often it is tried; with room again the same process takes it; all that was accepted has its body."""
        home = tmp_path / "home"
        found(Founding(home, CONFIG, resources.routing_file(), datetime.now(UTC) - timedelta(hours=1)))
        story = played(what, home)

        assert 0 < story["accepted"] < MOST
        assert set(story["codes"]) <= {jnl.UNAVAILABLE.id, jnl.IN_DOUBT.id}
        assert len(story["codes"]) > AGAIN
        assert story["size_full"] == story["size_before"] + story["accepted"]
        assert (story["after"], story["missing"], story["verified"]) == (MORE, 0, True)

    def test_of_a_server(self, tmp_path: Path) -> None:
        """PostgreSQL refuses, or dies of its full write-ahead log; nothing is accepted until it has room, then it goes on by itself."""
        story = played("database", tmp_path)

        assert 0 < story["accepted"] < MOST
        assert set(story["codes"]) <= {jnl.UNAVAILABLE.id, jnl.NO_CONNECTION.id, jnl.IN_DOUBT.id}
        assert (story["after"], story["missing"], story["verified"]) == (MORE, 0, True)
