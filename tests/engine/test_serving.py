"""`hub serve` on real servers: the demo's day in both zones, its processes killed while it is played, and what is told over HTTP.

The counts must be those of the same day embedded and undisturbed, each effect once, and nobody readable on the servers' disks.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.demo import plan
from connectors.demo.places import Settings
from connectors.demo.run import play
from hub.app.founding import Founding, found
from hub.app.paths import HomePaths
from hub.config import Config
from hub.edges import resources
from scripts.engine.ward import Ward
from scripts.servers import RabbitCluster
from tests.e2e import personal
from tests.e2e.demorun import Day
from tests.postgres import Postgres

SETTINGS = Settings(50, 30, 11)
VICTIMS = ("serve-dispatcher", "serve-worker", "serve-connectors", "serve-worker")
COUNTS = ("sent", "accepted", "refused", "duplicates", "forwarded", "terminal", "delivered", "acknowledged", "rejected")


@dataclass
class Story:
    """A day that was played while its processes were killed: its report, who died, and where the servers keep their files."""

    report: Mapping[str, Any] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)
    leaks: dict[str, int] = field(default_factory=dict)


def quiet(*_: object) -> None:
    """Shows nothing."""


def killing(home: Path, killed: list[str], stop: threading.Event) -> None:
    """SIGKILL to one process of the home after the other, each a little after the last is back."""
    dice = random.Random(3)
    for victim in VICTIMS:
        if stop.wait(dice.uniform(0.3, 1.2)):
            return
        found = processes(home, victim)
        if found:
            os.kill(dice.choice(found), signal.SIGKILL)
            killed.append(victim)


def processes(home: Path, kind: str) -> list[int]:
    """The members of this kind of the zones of a demo."""
    found = []
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it ended while it was looked at
            line = one.cmdline()
            if kind in line and any(part.startswith(f"{home}/zones/") for part in line):
                found.append(one.pid)
    return found


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    home = tmp_path_factory.mktemp("embedded") / "demo"
    return play(home, SETTINGS, fresh=True, show=quiet, say=quiet)


@pytest.fixture(scope="module")
def story(rabbit: RabbitCluster, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The day on the engine with two workers a zone; four of its processes are killed."""
    home, told, stop = tmp_path_factory.mktemp("engine") / "demo", Story(), threading.Event()
    killer = threading.Thread(target=killing, args=(home, told.killed, stop))
    starting = threading.Thread(target=_when_begun, args=(home, killer, stop))
    starting.start()
    try:
        told.report = play(home, SETTINGS, fresh=True, show=quiet, say=quiet, engine=Ward(rabbit, postgres, workers=2))
    finally:
        stop.set()
        starting.join()
    search = personal.search(Day(SETTINGS.residents, SETTINGS.events, SETTINGS.seed))
    for place in (*rabbit.data, *rabbit.logs, postgres.data):
        told.leaks |= {f"{place.name}/{name}": count for name, count in search.leaks(place).items()}
    told.leaks |= search.leaks(home)
    return told


def _when_begun(home: Path, killer: threading.Thread, stop: threading.Event) -> None:
    """The kills begin once every attack has its result: an attack that is sent twice would be told apart."""
    while not stop.wait(0.2):
        results = home / "attacks" / "results.jsonl"
        if results.exists() and len(results.read_text("utf-8").splitlines()) >= _attacks(home):
            killer.start()
            killer.join()
            return


def _attacks(home: Path) -> int:
    return sum(1 for line in plan.read(home / "plan.jsonl") if line.attack and line.outcome != plan.DISBELIEVED)


class TestDay:
    def test_counts_what_the_embedded_day_counts(self, story: Story, embedded: Mapping[str, Any]) -> None:
        """Plan, ledgers and leaves agree, and every count is the same."""
        assert {name: story.report[name] for name in COUNTS} == {name: embedded[name] for name in COUNTS}
        assert (story.report["flows"], story.report["differences"]) == (embedded["flows"], [])

    def test_both_logs_verify(self, story: Story) -> None:
        """Written by several processes in turns, also across their deaths."""
        assert [zone["log"]["verified"] for zone in story.report["zones"].values()] == [True, True]

    def test_processes_were_killed_on_the_way(self, story: Story) -> None:
        """Otherwise the facts above would say nothing of kills."""
        assert {"serve-dispatcher", "serve-worker"} <= set(story.killed)

    def test_nobody_is_readable_on_the_disks(self, story: Story) -> None:
        """Not in the queues' write-ahead files, not in the database, not in the homes."""
        assert story.leaks == {}


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HomePaths, subprocess.Popen[str], str]]:
    """An embedded home under `hub serve`, without partners: what it tells over HTTP needs none."""
    config = Config(
        format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
    )
    root = tmp_path_factory.mktemp("served") / "home"
    paths = found(Founding(root, config, resources.routing_file(), datetime.now(UTC)))
    command = [sys.executable, "-m", "hub", "serve", "--home", str(root), "--partners", str(root / "nobody")]
    process = subprocess.Popen([*command, "--watch-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    zone, address = process.stdout.readline().removeprefix("ready ").split()
    assert zone == "kikan"
    yield paths, process, address
    process.kill()
    process.communicate()


def got(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:  # noqa: S310 - our own loopback address
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class TestHttp:
    def test_tells_that_it_lives_and_works_and_what_it_is(
        self, serving: tuple[HomePaths, subprocess.Popen[str], str]
    ) -> None:
        """/healthz, /readyz, /version; anything else is 404."""
        _, _, address = serving

        assert got(f"{address}/healthz") == (200, "ok\n")
        status, body = got(f"{address}/readyz")
        assert (status, set(json.loads(body).values())) == (200, {True})
        assert json.loads(got(f"{address}/version")[1])["version"]
        assert got(f"{address}/")[0] == 404

    def test_tells_metrics_in_prometheus_words(self, serving: tuple[HomePaths, subprocess.Popen[str], str]) -> None:
        """The exposition format, with the size of the log."""
        status, body = got(f"{serving[2]}/metrics")

        assert (status, "# TYPE juki_hub_log_size gauge" in body) == (200, True)

    def test_ends_cleanly_when_told(self, serving: tuple[HomePaths, subprocess.Popen[str], str]) -> None:
        """SIGTERM: what is in hand is finished, the exit code is 0, and the home is free."""
        _, process, _ = serving
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()

        assert (process.wait(30), time.monotonic() - began < 30) == (0, True)
