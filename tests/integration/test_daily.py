"""What a zone does once a Japanese day: bodies whose day has come go, also when it was down at midnight, and while it runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.app.daily import Daily
from hub.app.evidence import open_archive
from hub.app.opening import OpenHome, open_home
from hub.cli.app import root
from hub.codes import jnl
from hub.edges.clock import SimulatedClock, SystemClock
from hub.edges.journal import Journal
from hub.errors import Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Erase
from hub.observe import silent

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"


def run(home: Path, *arguments: str) -> Any:
    done = CliRunner().invoke(root, [*arguments, "--home", str(home), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with one message whose body is due after its thirty days."""
    home = tmp_path / "home"
    run(home, "init", "--development")
    way = ("--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1")
    run(home, "sign", str(EXAMPLE), *way, "-o", str(tmp_path / "m.xml"))
    run(home, "submit", str(tmp_path / "m.xml"))
    return home


@pytest.fixture
def clock() -> SimulatedClock:
    """A year later, shortly before midnight in Japan."""
    now = SystemClock().now() + timedelta(days=365)
    return SimulatedClock(datetime(now.year, now.month, now.day, 14, 59, tzinfo=UTC))


@pytest.fixture
def home(place: Path, clock: SimulatedClock) -> Iterator[OpenHome]:
    with open_home(place, clock, silent) as opened:
        yield opened


def erased(home: OpenHome) -> int:
    """Entries of buckets that are gone."""
    return sum(isinstance(home.entry(at), Erase) for at in range(home.intake.tree.size))


class TestDaily:
    def test_what_came_due_while_it_was_down_goes_at_the_start(self, home: OpenHome) -> None:
        """Nobody was there at midnight: the first look makes up for it, and says so in the log."""
        Daily(home).look()

        assert home.journal.secret(message(home), "body") is None
        assert erased(home) >= 1

    def test_is_done_once_a_day(self, home: OpenHome, monkeypatch: pytest.MonkeyPatch, clock: SimulatedClock) -> None:
        """Looks are cheap: the store is asked again only when the day in Japan has changed."""
        asked: list[date] = []
        due = Journal.due

        def noted(journal: Journal, today: date) -> Any:
            asked.append(today)
            return due(journal, today)

        monkeypatch.setattr(Journal, "due", noted)
        daily = Daily(home)
        daily.look()
        daily.look()
        clock.advance_to(clock.now() + timedelta(minutes=1))
        daily.look()
        daily.look()

        assert asked == [asked[0], asked[0] + timedelta(days=1)]

    def test_is_tried_again_when_it_could_not_be_done(self, home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> None:
        """The store is away: the day counts as done only when it is."""
        daily, shred = Daily(home), Journal.shred

        def failing(*_: object) -> int:
            monkeypatch.setattr(Journal, "shred", shred)
            raise Unavailable(jnl.IN_DOUBT, place="test", reason="away")

        monkeypatch.setattr(Journal, "shred", failing)
        with pytest.raises(Unavailable):
            daily.look()
        assert home.journal.secret(message(home), "body") is not None
        daily.look()

        assert home.journal.secret(message(home), "body") is None


def message(home: OpenHome) -> int:
    """The index of the message."""
    return next(at for at in range(home.intake.tree.size) if getattr(home.entry(at), "type", "") == "AT-REG")


class TestRunning:
    def test_an_embedded_zone_does_it(self, place: Path) -> None:
        """`hub run` a year later: the body is gone within moments, without any other command."""
        later = (SystemClock().now() + timedelta(days=365)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        command = [sys.executable, "-m", "hub", "run", "--home", str(place), "--partners", str(place / "nobody")]
        with subprocess.Popen(
            [*command, "--simulated-clock", later, "--watch-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as running:
            assert running.stdout
            assert running.stdout.readline().startswith(b"ready")
            gone = until(lambda: _says_so(place))
            told = (place / "metrics.prom").read_text("utf-8")
            running.terminate()
            assert running.wait(30) == 0

        assert gone
        assert "juki_hub_" in told  # while it runs, not only at its end


def until(fact: Any, patience: float = 30.0) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if fact():
            return True
        time.sleep(0.1)
    return False


def _says_so(place: Path) -> bool:
    with open_archive(place) as archive, archive.journal.snapshot() as stored:
        return any(isinstance(entries.parse(row.leaf), Erase) for row in stored.entries())


class TestDryRun:
    def test_what_would_go_and_nothing_goes(self, place: Path) -> None:
        """By class and day, with the delivery that would end undelivered; today nothing is due."""
        later = (SystemClock().now() + timedelta(days=31)).date().isoformat()
        today = run(place, "erase", "--dry-run")
        found = run(place, "erase", "--dry-run", "--on", later)
        again = run(place, "erase", "--dry-run", "--on", later)

        assert today == {"due": []}
        assert [(one["class"], one["count"], one["undelivered"]) for one in found["due"]] == [("standard", 1, 1)]
        assert found == again
