"""hub.app.selfcheck: a zone verifies its own log once a day, beside its traffic, and tells what it found."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from hub.app.paths import HomePaths
from hub.app.selfcheck import EVERY, SelfCheck
from hub.cli.app import root
from hub.observe import Metrics
from tests.integration.test_witness import NAME, hub

DAY = timedelta(days=1)


class Moved:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Told:
    """Hears events, as metrics do."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.metrics = Metrics("kikan")

    def __call__(self, event: str, /, **facts: str | float) -> None:
        self.events.append((event, dict(facts)))
        self.metrics(event, **facts)

    def gauge(self, name: str) -> float:
        families = text_string_to_metric_families(self.metrics.text())
        return next(sample.value for family in families for sample in family.samples if sample.name == name)


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A home with an entry."""
    hub("init", "--development", "--home", str(tmp_path / "home"))
    assert CliRunner().invoke(root, ["inbox", "atena", "--home", str(tmp_path / "home")]).exit_code == 0
    return HomePaths(tmp_path / "home")


def until_told(check: SelfCheck, told: Told, count: int) -> None:
    end = time.monotonic() + 60
    while len(told.events) < count and time.monotonic() < end:
        check.look()
        time.sleep(0.05)
    assert len(told.events) == count


class TestSelfCheck:
    def test_once_a_day_from_the_first_look_on(self, paths: HomePaths) -> None:
        """A new home begins nothing; a day later it is verified, by this process and by the next one."""
        clock, told = Moved(), Told()
        check = SelfCheck(paths, clock, told)
        for hours in (0, 12, 23):
            clock.at = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hours)
            check.look()
        assert (told.events, paths.selfcheck.exists()) == ([], True)
        clock.at += timedelta(hours=1)
        until_told(check, told, 1)
        event, facts = told.events[0]
        assert event == "log.verified"
        assert int(str(facts["size"])) >= 1
        assert told.gauge("juki_hub_log_verified_timestamp_seconds") == clock.at.timestamp()
        assert told.gauge("juki_hub_log_broken") == 0
        check.look()
        check.stop()

        again = SelfCheck(paths, clock, told)
        again.look()
        clock.at += EVERY - timedelta(seconds=1)
        again.look()
        assert len(told.events) == 1
        clock.at += timedelta(seconds=1)
        until_told(again, told, 2)

    def test_what_is_wrong_is_told(self, paths: HomePaths) -> None:
        """By event and gauge, with the first bad index; and it is looked for again the next day."""
        clock, told = Moved(), Told()
        check = SelfCheck(paths, clock, told)
        check.look()
        journal = paths.journal / "journal.sqlite"
        with closing(sqlite3.connect(journal)) as database, database:
            (leaf,) = database.execute("SELECT leaf FROM log_entries WHERE idx = 0").fetchone()
            database.execute("UPDATE log_entries SET leaf = x'00' WHERE idx = 0")
        clock.at += DAY
        until_told(check, told, 1)
        assert (told.events[0][0], told.events[0][1]["index"]) == ("log.broken", 0)
        assert told.gauge("juki_hub_log_broken") == 1

        with closing(sqlite3.connect(journal)) as database, database:
            database.execute("UPDATE log_entries SET leaf = ? WHERE idx = 0", (leaf,))
        clock.at += DAY
        until_told(check, told, 2)
        assert told.events[1][0] == "log.verified"
        assert told.gauge("juki_hub_log_broken") == 0

    def test_against_what_a_witness_cosigned(self, paths: HomePaths, tmp_path: Path) -> None:
        """Yesterday's journal is smaller than what the witness saw."""
        before = {file: file.read_bytes() for file in paths.journal.iterdir()}
        witness = str(tmp_path / "witness")
        vkey = str(hub("witness", "init", "--name", NAME, "--home", witness)["vkey"])
        line = next(one for one in paths.key_list.read_text("utf-8").splitlines() if one.startswith("log "))
        hub("witness", "add", line.split(" ")[3], "--home", witness)
        hub("person", "add", "見本 太郎", "--role", "approver", "--home", str(paths.root))
        asked, answered = str(tmp_path / "asked"), str(tmp_path / "answered")
        home = ("--home", str(paths.root))
        hub("log", "cosign", "--witness", vkey, "--request", asked, *home)
        hub("witness", "answer", asked, "-o", answered, "--home", witness)
        hub("log", "cosign", "--witness", vkey, "--request", asked, "--response", answered, *home)
        for file in paths.journal.iterdir():
            file.unlink()
        for file, content in before.items():
            file.write_bytes(content)
        clock, told = Moved(), Told()
        check = SelfCheck(paths, clock, told)
        check.look()
        clock.at += DAY
        until_told(check, told, 1)

        assert told.events[0][0] == "log.broken"

    def test_what_could_not_be_done_is_told_apart(self, paths: HomePaths) -> None:
        """A verification that cannot begin is no finding."""
        clock, told = Moved(), Told()
        check = SelfCheck(paths, clock, told)
        check.look()
        paths.config.rename(paths.root / "elsewhere")
        clock.at += DAY
        until_told(check, told, 1)

        assert told.events == [("log.unverified", {"exit": 2})]

    def test_a_kept_checkpoint_that_is_none_is_no_finding(self, paths: HomePaths) -> None:
        """It says nothing of the log."""
        clock, told = Moved(), Told()
        check = SelfCheck(paths, clock, told)
        check.look()
        paths.anchors.mkdir()
        (paths.anchors / "x.note").write_text("no note", "utf-8")
        clock.at += DAY
        until_told(check, told, 1)

        assert told.events == [("log.unverified", {"exit": 4})]

    def test_what_cannot_even_be_begun_stops_nothing(self, paths: HomePaths) -> None:
        """A place that cannot be written is told, for the thread that looks is the one that carries; an hour later it is tried again."""
        clock, told = Moved(), Told()
        check = SelfCheck(paths, clock, told)
        check.look()
        paths.selfcheck_said.mkdir()
        clock.at += DAY
        check.look()
        check.look()
        assert told.events == [("log.unverified", {"exit": -1})]
        paths.selfcheck_said.rmdir()
        clock.at += timedelta(hours=1)
        until_told(check, told, 2)

        assert told.events[1][0] == "log.verified"

    def test_a_stop_ends_it(self, paths: HomePaths) -> None:
        """What is under way is given up, and begun again by whoever looks next."""
        clock, told = Moved(), Told()
        check = SelfCheck(paths, clock, told)
        check.look()
        clock.at += DAY
        check.look()
        check.stop()
        check.stop()
        assert told.events == []
        until_told(SelfCheck(paths, clock, told), told, 1)
