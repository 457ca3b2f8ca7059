"""Runs `hub demo` as a person would: the real command in a process of its own, which starts all the others."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ZONES = ("juki-net", "kikan")
# Seconds; a demo of these tests takes about ten, one of 2,000 residents minutes, and on a busy machine longer (`make long`).
PATIENCE = float(os.environ.get("JUKI_HUB_PATIENCE", "900"))


@dataclass(frozen=True, slots=True)
class Day:
    """What decides a demo."""

    residents: int
    events: int
    seed: int

    def command(self, home: Path, *more: str) -> list[str]:
        numbers = {"--residents": self.residents, "--events": self.events, "--seed": self.seed}
        return hub("demo", home, *(str(part) for option in numbers.items() for part in option), *more)


def day_of(variable: str, usual: Day) -> Day:
    """The day that an environment variable names as residents,events,seed; else the usual one. Raises for anything else."""
    named = os.environ.get(variable)
    return Day(*map(int, named.split(","))) if named else usual


@dataclass(frozen=True, slots=True)
class Run:
    """A demo that ended. `said`: all that it wrote on its terminal; `temp`: the folder that its processes had for temporary files."""

    day: Day
    home: Path
    temp: Path
    exit: int
    out: str
    said: bytes

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "report.json").read_text("utf-8")))


def hub(command: str, home: Path, *more: str) -> list[str]:
    """The command line of `hub COMMAND --home HOME ...`; `command` may have several words."""
    return [sys.executable, "-m", "hub", *command.split(), "--home", str(home), *more]


def environment(temp: Path) -> Mapping[str, str]:
    """This code, from wherever the tests were started; temporary files go where a test can search them."""
    temp.mkdir(exist_ok=True)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "TMPDIR": str(temp), "PYTHONPATH": path}


def call(command: Sequence[str], temp: Path) -> subprocess.CompletedProcess[bytes]:
    """Runs a command to its end."""
    return subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE, env=environment(temp))


def demo(day: Day, place: Path, *more: str) -> Run:
    """Runs the demo of that day in `place`/home to its end."""
    home, temp = place / "home", place / "temp"
    done = call(day.command(home, *more), temp)
    return Run(day, home, temp, done.returncode, done.stdout.decode(), done.stdout + done.stderr)


def counts(report: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a report that is equal on every run: all but time, and size and root of the logs, which depend on batches."""
    logs = {zone: one["log"]["verified"] for zone, one in report["zones"].items()}
    return {
        **{name: found for name, found in report.items() if name not in {"elapsed_s", "ended_at", "zones"}},
        "verified": logs,
    }


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
