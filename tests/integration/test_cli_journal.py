"""`hub journal`: the state of a journal, and the upgrade that HUB-JNL-003 asks for, by the command itself."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import text
from typer.testing import CliRunner

from hub.app.founding import Founding, found
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.edges.home import lock_home
from hub.edges.journal.opening import FILE, REVISION
from hub.edges.sqlite import create_database
from hub.messages import Submission
from hub.observe import silent

FIRST = "0001"


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A new development home."""
    config = Config(
        format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
    )
    return found(Founding(tmp_path / "home", config, resources.routing_file(), datetime(2026, 4, 1, tzinfo=UTC)))


@pytest.fixture
def older(paths: HomePaths) -> HomePaths:
    """That home with the empty journal that the first release would have made."""
    for file in paths.journal.iterdir():
        file.unlink()
    config = AlembicConfig()
    config.set_main_option("script_location", "hub.edges.journal:migrations")
    config.set_main_option("path_separator", "os")
    database = create_database(paths.journal / FILE, "journal")
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
        connection.execute(
            text("INSERT INTO log_head (id, size, edge, note, key_mark) VALUES (1, 0, x'', '', 0)")  # as it was then
        )
    database.close()
    return paths


def run(paths: HomePaths, *arguments: str) -> tuple[int, Any]:
    """Exit code and what a program is told."""
    done = CliRunner().invoke(root, [*arguments, "--json", "--home", str(paths.root)])
    return done.exit_code, json.loads(done.stdout)


def revise(paths: HomePaths, revision: str) -> None:
    """Makes the journal say that it is of another revision."""
    with closing(sqlite3.connect(paths.journal / FILE, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def revision(paths: HomePaths) -> str:
    with closing(sqlite3.connect(paths.journal / FILE)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


class TestUpgrade:
    def test_brings_an_older_journal_to_this_revision(self, older: HomePaths) -> None:
        """The home says what to do, the command does it, and the home opens; a second time there is nothing to do."""
        assert itemgetter("revision", "wanted")(run(older, "journal", "status")[1]) == (FIRST, REVISION)
        code, refused = run(older, "erase")
        assert (code, refused["error"]["code"]) == (2, "HUB-JNL-003")
        assert "`hub journal upgrade`" in refused["error"]["remedy"]

        assert run(older, "journal", "upgrade") == (0, {"from": FIRST, "to": REVISION, "upgraded": True})
        assert run(older, "journal", "upgrade") == (0, {"from": REVISION, "to": REVISION, "upgraded": False})
        with open_home(older.root, SystemClock(), silent) as opened:
            assert opened.intake.tree.size == 1

    @pytest.mark.parametrize("unknown", ["0000", "9999", "x"])
    def test_touches_no_journal_of_an_unknown_revision(self, paths: HomePaths, unknown: str) -> None:
        """What no release made, or a later one, is left as it is."""
        revise(paths, unknown)
        code, refused = run(paths, "journal", "upgrade")

        assert (code, refused["error"]["code"]) == (2, "HUB-JNL-004")
        assert revision(paths) == unknown

    def test_waits_for_nobody(self, older: HomePaths) -> None:
        """A home that is in use is not upgraded under its owner."""
        with lock_home(older.root):
            code, refused = run(older, "journal", "upgrade")

        assert (code, refused["error"]["code"]) == (6, "HUB-JNL-015")
        assert revision(older) == FIRST

    def test_refuses_a_place_that_is_no_home(self, tmp_path: Path) -> None:
        """Nothing is made where there is nothing."""
        code, refused = run(HomePaths(tmp_path / "nowhere"), "journal", "upgrade")

        assert (code, refused["error"]["code"]) == (2, "HUB-CFG-002")
        assert not (tmp_path / "nowhere").exists()


class TestStatus:
    def test_counts_what_the_journal_holds(self, paths: HomePaths) -> None:
        """Revision, bytes on disk and entries, also beside an owner at work."""
        with open_home(paths.root, SystemClock(), silent) as opened:
            opened.intake.take([Submission(b"<a/>", b"", "local:test")])
            code, told = run(paths, "journal", "status")

        assert code == 0
        assert (told["revision"], told["entries"], told["deliveries"]) == (REVISION, 2, {})
        assert told["bytes"] >= (paths.journal / FILE).stat().st_size > 0

    def test_counts_deliveries_by_recipient_and_state(self, paths: HomePaths, tmp_path: Path) -> None:
        """A message that was accepted waits for its recipient; a person reads it in their language."""
        body = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"
        signed = str(tmp_path / "m.xml")
        ways = ["--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1"]
        assert run(paths, "sign", str(body), *ways, "-o", signed)[0] == 0
        assert run(paths, "submit", signed)[0] == 0

        assert run(paths, "journal", "status")[1]["deliveries"] == {"atena": {"pending": 1}}
        ja, en = (
            CliRunner().invoke(root, ["journal", "status", "--lang", lang, "--home", str(paths.root)]).stdout
            for lang in ("ja", "en")
        )
        assert "atena: 配達待ち 1" in ja
        assert "atena: pending 1" in en
