"""`hub status`: what waits for whom, at one look and while it moves; on both stores, at rest and driven."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.app.paths import HomePaths
from hub.app.status import Queue, Status, since
from hub.cli.app import root
from hub.edges.journal import Journal, create_journal, open_reader
from hub.edges.journal.opening import Place
from hub.edges.keystore import create_keystore
from hub.edges.postgres import Server
from hub.edges.socket import Server as Socket
from hub.ports import Backlog, SettleRow
from tests.journaldata import Letter, Writer
from tests.postgres import Postgres

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"
NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres, shared_database: Server
) -> Iterator[Place]:
    """Where a journal can be made."""
    if request.param == "sqlite":
        yield tmp_path
    else:
        yield shared_database
        postgres.empty(shared_database)


def commit(journal: Journal, writer: Writer, *letters: Letter, settled: tuple[SettleRow, ...] = ()) -> None:
    one = writer.commit(letters, settled)
    journal.commit(one)
    writer.stored(one)


class TestBacklog:
    def test_counts_what_waits_and_names_the_oldest(self, place: Place, tmp_path: Path) -> None:
        """Behind a lane's first nothing is ready; what persons hold is apart; who has nothing waiting is shown too."""
        lane, free, zei = Letter(), Letter(lane=None), Letter(recipient="zei")
        with (
            create_keystore(tmp_path / "keys", bytes(32)) as keystore,
            closing(create_journal(place, keystore)) as journal,
        ):
            writer = Writer()
            commit(journal, writer, zei, lane, lane, lane, free, free)
            ends = (SettleRow(0, "acknowledged"), SettleRow(4, "held", "HUB-TST-001", 6), SettleRow(1, "rejected"))
            commit(journal, writer, Letter(permit=False), settled=ends)
            with open_reader(place) as reader:
                found = reader.backlogs()

        assert found == (
            Backlog("atena", waiting=3, ready=2, stopped=1, settled=1, oldest_waiting=2, oldest_stopped=4),
            Backlog("zei", waiting=0, ready=0, stopped=0, settled=1, oldest_waiting=None, oldest_stopped=None),
        )

    def test_of_an_empty_journal_is_nothing(self, place: Place, tmp_path: Path) -> None:
        """Nobody was sent anything yet."""
        with create_keystore(tmp_path / "keys", bytes(32)) as keystore:
            create_journal(place, keystore).close()
        with open_reader(place) as reader:
            assert reader.backlogs() == ()


class TestSince:
    def test_gives_rates(self) -> None:
        """By what was settled and recorded between two looks; a recipient that is new counts from nothing."""
        first = Status(NOW, 10, None, None, (Queue("zei", 5, 1, 0, 4, 9, None),))
        later = Status(
            NOW + timedelta(seconds=2),
            40,
            None,
            None,
            (Queue("atena", 0, 0, 0, 6, None, None), Queue("zei", 0, 0, 0, 9, None, None)),
        )
        found = since(first, later)

        assert (found.rate, [one.rate for one in found.queues]) == (15.0, [3.0, 2.5])
        assert since(None, first) == first
        assert since(first, first) == first


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A development home in which one message waits for atena."""
    made = tmp_path / "home"
    run(made, "init", "--development")
    way = ("--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1")
    run(made, "sign", str(EXAMPLE), *way, "-o", str(tmp_path / "m.xml"))
    run(made, "submit", str(tmp_path / "m.xml"))
    return made


def run(home: Path, *arguments: str) -> Any:
    done = CliRunner().invoke(root, [*arguments, "--home", str(home), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


class TestStatus:
    def test_of_a_zone_at_rest(self, home: Path) -> None:
        """Everything that waits, and that nobody drives it; one look has no rates."""
        found = run(home, "status")
        age = found["recipients"]["atena"].pop("oldest_s")

        assert 0 <= age < 600
        assert (found["running"], found["latched"], found["outstanding"]) == (False, None, None)
        assert found["entries_per_second"] is None
        assert found["recipients"] == {
            "atena": {
                "waiting": 1,
                "ready": 1,
                "held": 0,
                "settled": 0,
                "oldest_held_s": None,
                "settled_per_second": None,
            }
        }

    def test_tells_what_the_owner_says(self, home: Path) -> None:
        """Whether it runs, what is in recipients' hands, and the code under which it stopped."""
        with closing(Socket(HomePaths(home).socket, lambda _: {"latched": "", "outstanding": 3})):
            found = run(home, "status")
            said = CliRunner().invoke(root, ["status", "--home", str(home), "--lang", "en"]).stdout
        with closing(Socket(HomePaths(home).socket, lambda _: {"latched": "HUB-LOG-001", "outstanding": 0})):
            stopped = CliRunner().invoke(root, ["status", "--home", str(home)]).stdout

        assert (found["running"], found["outstanding"]) == (True, 3)
        assert "running" in said
        assert "3 in recipients' hands" in said
        assert "停止 HUB-LOG-001" in stopped

    def test_of_an_owner_that_is_silent(self, home: Path) -> None:
        """A socket file that a killed owner left behind is no owner."""
        with closing(Socket(HomePaths(home).socket, lambda _: {"error": "HUB-ZON-003", "exit": 5, "facts": {}})):
            assert run(home, "status")["running"] is False

    def test_shows_a_table(self, home: Path) -> None:
        """In Japanese, with a line for each recipient."""
        lines = CliRunner().invoke(root, ["status", "--home", str(home)]).stdout.splitlines()

        assert "動いていません" in lines[0]
        assert lines[1].split() == ["宛先", "待ち", "渡せる", "最古", "保留", "保留の最古", "済み", "件/秒"]
        assert lines[2].split()[:3] == ["atena", "1", "1"]

    def test_of_an_empty_zone_says_so(self, tmp_path: Path) -> None:
        """Nothing was sent yet: no empty table."""
        run(tmp_path / "new", "init", "--development")
        said = CliRunner().invoke(root, ["status", "--home", str(tmp_path / "new"), "--lang", "en"]).stdout

        assert "(nothing was sent yet)" in said


@contextmanager
def _watching(home: Path, *options: str, **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """`hub status --watch`, which Ctrl-C reaches also where tests run in the background; gone whatever happens."""
    command = [sys.executable, "-m", "hub", "status", "--watch", "--every", "0.2", *options, "--home", str(home)]
    watching = subprocess.Popen(command, **streams, preexec_fn=_hears_interrupts)  # noqa: PLW1509 - as the shell does
    with watching:
        try:
            yield watching
        finally:
            watching.kill()  # what was not told to end would be waited for for ever


def _hears_interrupts() -> None:
    """A shell's background jobs ignore SIGINT, and what they start inherits that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class TestWatch:
    def test_gives_a_line_for_each_look(self, home: Path) -> None:
        """For a program: JSON, with rates from the second look on; Ctrl-C is the end and no failure."""
        with _watching(home, "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
            assert watching.stdout
            first, second = (json.loads(watching.stdout.readline()) for _ in range(2))
            watching.send_signal(signal.SIGINT)
            _, errors = watching.communicate(timeout=60)

        assert (first["entries_per_second"], second["entries_per_second"]) == (None, 0.0)
        assert second["recipients"]["atena"]["settled_per_second"] == 0.0
        assert (watching.returncode, errors) == (0, b"")

    def test_moves_one_table_on_a_terminal(self, home: Path) -> None:
        """Each look takes the place of the one before."""
        ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
        with _watching(home, stdout=theirs, stderr=theirs, env=environment) as watching:
            os.close(theirs)
            shown = b""
            while shown.count("宛先".encode()) < 3 and (read := os.read(ours, 65536)):
                shown += read
            watching.send_signal(signal.SIGINT)
            with closing(os.fdopen(ours, "rb", buffering=0)) as rest:
                try:
                    while read := rest.read(65536):
                        shown += read
                except OSError:  # the other end is gone
                    pass
            assert watching.wait(60) == 0

        assert b"\x1b[1A\x1b[2K" in shown.replace(b"\x1b[2K\x1b[1A", b"\x1b[1A\x1b[2K")
        assert b"Traceback" not in shown
