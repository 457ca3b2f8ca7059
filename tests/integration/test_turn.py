"""Several processes write one home in turns, as the workers of the engine do: one log, one effect, also after kills."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from connectors.juki import subscriptions
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town
from hub.app import endpoints, law
from hub.app.endpoints import Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import join_home, open_home
from hub.app.paths import HomePaths
from hub.codes import dup, jnl
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SimulatedClock
from hub.edges.turn import FileTurn
from hub.errors import Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Config as ConfigEntry
from hub.exchangelog.entry import Permit
from hub.messages import Operator, Submission
from hub.observe import silent
from hub.ports import Head
from tests.turnworker import write_messages

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
DAY = date(2026, 4, 1)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tax() -> PlannedMessage:
    provisions = law.load_provisions()
    planner = Planner(provisions, subscriptions.load(subscriptions.read_own(), provisions))
    events = Town(5, 120, 160, DAY).events
    return next(one for event in events for one in planner.messages(event) if one.recipient == "zei")


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A home that its owner has opened once, as whoever starts the processes does."""
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    with open_home(made.root, SimulatedClock(NOW), silent):
        pass
    return made


def signed(paths: HomePaths, tax: PlannedMessage, count: int) -> list[Submission]:
    """Messages about different persons, signed by juki."""
    provisions = law.load_provisions()
    payload = tax.payload()
    assert payload is not None
    body = etree.tostring(payload, encoding="UTF-8")
    operator = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
    letter = Letter("juki", "zei", "JK-CHG", 1, tax.basis.table, tax.basis.item, "", operator)
    return [
        endpoints.sign(paths, replace(letter, subject=endpoints.fresh_subject()), body, provisions, NOW)[1]
        for _ in range(count)
    ]


@contextmanager
def working(paths: HomePaths, messages: Path, number: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that records the messages of a file in groups, round and round, until all are."""
    command = [sys.executable, "-m", "tests.turnworker", str(paths.root), str(messages), str(number)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def told(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """What a worker says when it has ended by itself: the index of each message by digest."""
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return dict(json.loads(out))


class TestWorkers:
    def test_give_one_entry_to_each_message_whoever_takes_it(
        self, paths: HomePaths, tax: PlannedMessage, tmp_path: Path
    ) -> None:
        """Two processes record the same sixty messages in different orders: sixty entries, and both tell the same indexes."""
        write_messages(tmp_path / "messages", signed(paths, tax, 60))
        with working(paths, tmp_path / "messages", 1) as one, working(paths, tmp_path / "messages", 2) as two:
            first, second = told(one), told(two)
        with open_archive(paths.root) as archive:
            report = archive.verify(())
            with archive.journal.snapshot() as log:
                permits = [one for one in (entries.parse(row.leaf) for row in log.entries()) if isinstance(one, Permit)]

        assert (first == second, len(first), sorted(first.values()) == list(range(1, 61))) == (True, 60, True)
        assert (report.ok, len(permits), len({one.message for one in permits})) == (True, 60, 60)

    def test_lose_nothing_when_they_are_killed(self, paths: HomePaths, tax: PlannedMessage, tmp_path: Path) -> None:
        """`kill -9` at random moments, six times: whoever comes next goes on, and the log verifies to its last entry."""
        dice = random.Random(7)
        write_messages(tmp_path / "messages", signed(paths, tax, 120))
        for _ in range(6):
            with working(paths, tmp_path / "messages", 1) as one, working(paths, tmp_path / "messages", 2):
                time.sleep(dice.uniform(1.2, 2.2))
                os.kill(one.pid, signal.SIGKILL)
        with working(paths, tmp_path / "messages", 3) as last:
            indexes = told(last)
        with open_archive(paths.root) as archive:
            report = archive.verify(())

        assert (report.ok, report.size, len(indexes), len(set(indexes.values()))) == (True, 121, 120, 120)


class TestJoin:
    def test_writes_no_configuration(self, paths: HomePaths) -> None:
        """Who joins cites the entry that the owner wrote."""
        with (
            join_home(paths.root, SimulatedClock(NOW), silent) as one,
            join_home(paths.root, SimulatedClock(NOW), silent),
        ):
            first = one.entry(0)
            size = one.intake.tree.size

        assert (isinstance(first, ConfigEntry), size) == (True, 1)

    def test_sees_what_another_wrote_before_it_writes(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """Other bytes under an id that another process has just recorded are refused, as in one process."""
        message, other = signed(paths, tax, 2)
        clock = SimulatedClock(NOW)
        with join_home(paths.root, clock, silent) as one, join_home(paths.root, clock, silent) as two:
            accepted = one.intake.take([message]).recorded[0]
            again = two.intake.take([message]).recorded[0]
            next_ = two.intake.take([other]).recorded[0]
            first = one.intake.take([other]).recorded[0]

        assert (accepted.index, again.index, again.repeated, next_.index, first.index) == (1, 1, True, 2, 2)
        assert dup.OTHER_BYTES.id not in {accepted.code, again.code, next_.code, first.code}


class TestFileTurn:
    def test_is_waited_for_only_so_long(self, tmp_path: Path) -> None:
        """Who holds the turn for longer than anybody waits makes the others unavailable, and no more."""

        class Nobody:
            def take_over(self, size: int, root: bytes) -> None: ...

        def turn(patience: float) -> FileTurn:
            return FileTurn(tmp_path / "turn", lambda: Head(0, (), ""), Nobody(), lambda _: None, patience)

        with turn(1) as one, turn(0.01) as two, one(), pytest.raises(Unavailable) as caught, two():
            pytest.fail("two hold the turn")
        assert caught.value.code is jnl.LOCKED
