"""A demo that is killed with `kill -9` at random moments and started again ends as if nothing had happened.

By turns every process of the demo dies at once, the driver alone, and the others must notice, or one of the others alone,
and the driver must say so. JUKI_HUB_KILLS says how often, at least 3; the moments are drawn from JUKI_HUB_KILL_SEED, so that a bad one can be sought again. JUKI_HUB_DAY
(residents,events,seed) plays another day than the small one of CI.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.e2e import order, personal
from tests.e2e.conftest import SMALL
from tests.e2e.demorun import PATIENCE, ZONES, Run, call, counts, environment

KILLS = max(3, int(os.environ.get("JUKI_HUB_KILLS", "3")))
SEED = int(os.environ.get("JUKI_HUB_KILL_SEED", "1"))
ALL, DRIVER, ONE = "all", "driver", "one"
# How a demo ends under which a process died: it says which, or that a zone does not answer.
GONE = ((5, "HUB-ZON-005"), (5, "HUB-ZON-001"))
SEARCH_EACH = "JUKI_HUB_DAY" not in os.environ  # a large home takes minutes to search: once at the end then


@dataclass(slots=True)
class Story:
    """What happened to one home: how many effects stood in the ledgers at each kill, and what was said and leaked."""

    home: Path
    temp: Path
    kills: list[int] = field(default_factory=list)
    begun: int = 0  # kills that struck after the plan was finished
    write_ahead: int = 0  # files that were searched
    leaks: dict[str, int] = field(default_factory=dict)
    ends: list[dict[str, object]] = field(default_factory=list)
    other_settings: set[tuple[int, str]] = field(default_factory=set)


def performed(home: Path) -> int:
    """Effects in the ledgers; only looks at files that others write."""
    return sum(file.read_bytes().count(b"\n") for file in (home / "effects").glob("*.jsonl"))


@dataclass(frozen=True, slots=True)
class Moment:
    """When to strike: once so many effects stand, and so many seconds later; and at whom."""

    effects: int
    delay: float
    whom: str


def moment(rng: random.Random, done: int, effects: int, left: int) -> Moment:
    """The first of the `left` kills that are to come, when `done` of all `effects` stand.

    By turns they strike soon after the start (plan, start of processes, recovery) and while the day is being played.
    """
    whom = (ONE, DRIVER, ALL)[left % 3]
    if left % 2 == KILLS % 2 or done == effects:
        return Moment(0, rng.uniform(0.3, 5.0), whom)
    further = 1 + rng.randrange(max(1, 2 * (effects - done) // (left + 1)))
    return Moment(done + further, rng.uniform(0.0, 0.2), whom)


def strike(home: Path, temp: Path, moment: Moment, rng: random.Random) -> tuple[int | None, bytes]:
    """Runs the demo until the moment has come, then kills: its exit code (None if it ended by that) and what it said."""
    process = subprocess.Popen(
        SMALL.command(home, "--json"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment(temp),
    )
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and performed(home) < moment.effects:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        said, _ = process.communicate(timeout=moment.delay)
    except subprocess.TimeoutExpired:
        if moment.whom == ONE and strike_one(process, rng):
            said, _ = process.communicate(timeout=PATIENCE)
            assert (process.returncode, json.loads(said)["error"]["code"]) in GONE, said.decode()
            return None, said
        if moment.whom == ALL:
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        said, _ = process.communicate()
        return None, said
    return process.returncode, said


def strike_one(process: subprocess.Popen[bytes], rng: random.Random) -> bool:
    """SIGKILL to a zone or a partner; False when none is there yet."""
    children = sorted(psutil.Process(process.pid).children(), key=lambda one: one.pid)
    if children:
        rng.choice(children).kill()
    return bool(children)


@pytest.fixture(scope="module")
def story(small: Run, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The small day killed again and again, then left to end."""
    assert small.exit == 0, small.said.decode()
    place = tmp_path_factory.mktemp("killed")
    told = Story(place / "home", place / "temp")
    rng, search = random.Random(SEED), personal.search(SMALL)
    for left in range(KILLS, 0, -1):
        when = moment(rng, performed(told.home), performed(small.home), left)
        code, said = strike(told.home, told.temp, when, rng)
        if code is not None:  # it was faster than we: it must have ended well, and another begins
            end(told, code, said)
            shutil.rmtree(told.home)
            continue
        told.kills.append(performed(told.home))
        told.begun += (told.home / "demo.json").is_file()
        if when.whom == ALL:  # else the others are still at work in these files; the next start must cope with them
            told.write_ahead += len(list(told.home.rglob("*-wal")))
            if SEARCH_EACH:
                told.leaks.update(leaks(told, search))
    if (told.home / "demo.json").is_file():
        done = call([*SMALL.command(told.home, "--json"), "--seed", str(SMALL.seed + 1)], told.temp)
        told.other_settings.add((done.returncode, json.loads(done.stdout)["error"]["code"]))
    done = call(SMALL.command(told.home, "--json"), told.temp)
    end(told, done.returncode, done.stdout)
    told.leaks.update(leaks(told, search))
    return told


def leaks(told: Story, search: personal.Search) -> dict[str, int]:
    """What can be read in the home and the folder for temporary files now."""
    return {
        name: found
        for folder in (told.home, told.temp)
        if folder.exists()
        for name, found in search.leaks(folder).items()
    }


def end(told: Story, code: int, said: bytes) -> None:
    """A run that was not killed has ended."""
    assert code == 0, said.decode()
    told.ends.append(json.loads(said))


class TestKilled:
    def test_it_was_killed(self, story: Story) -> None:
        """As often as was asked for, and at least once after the plan was finished."""
        print(f"killed at {story.kills} effects; {len(story.ends)} homes ended")
        assert len(story.kills) + len(story.ends) - 1 == KILLS
        assert story.begun >= 1

    def test_the_counts_are_those_of_an_undisturbed_day(self, story: Story, small_counts: dict[str, object]) -> None:
        """Every count, every flow, every code; both logs verify, and nothing differs."""
        for report in story.ends:
            assert counts(report) == small_counts
            assert report["differences"] == []

    def test_no_effect_was_performed_twice(self, story: Story, small: Run) -> None:
        """The ledgers hold as many lines as those of the undisturbed day, and each message once."""
        found = [
            json.loads(line)["MessageId"]
            for file in (story.home / "effects").glob("*.jsonl")
            for line in file.read_text("utf-8").splitlines()
        ]
        assert len(found) == len(set(found)) == performed(small.home)

    def test_every_lane_kept_its_order(self, story: Story) -> None:
        """As planned, as accepted, as performed."""
        assert order.violations(story.home) == {"planned": 0, "performed": 0}

    def test_no_resident_can_be_read_in_what_a_kill_left(self, story: Story) -> None:
        """Write-ahead files, torn files and temporary files included, at every kill."""
        assert story.leaks == {}
        assert story.write_ahead > 0

    def test_a_begun_home_takes_no_other_day(self, story: Story) -> None:
        """Exit 2 and HUB-CFG-009 for another seed; then the begun day is resumed all the same."""
        assert story.other_settings == {(2, "HUB-CFG-009")}

    def test_nobody_is_left_behind(self, story: Story) -> None:
        """No process works in the home any more, and no socket waits for one."""
        assert not [path for zone in ZONES for path in (story.home / "zones" / zone / "run").glob("*.sock")]
