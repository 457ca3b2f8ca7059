"""What can be struck: the processes of a day by what they are, the broker's nodes, the database."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil

from hub.broker import Names
from scripts.servers import Postgres, RabbitCluster

NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class World:
    """One day's home and the servers under it. Every choice is the dice's, so a seed tells the same story of choices."""

    home: Path
    cluster: RabbitCluster
    postgres: Postgres
    dice: random.Random

    @property
    def arms(self) -> Path:
        """Where what is to strike at a named step lies; beside the home, which is erased when a day begins."""
        return self.home.with_name(f"{self.home.name}-arms")

    def members(self, kind: str) -> list[psutil.Process]:
        """The hub's processes of this kind (`serve-worker`, `serve`, …) in both zones, in order of their command lines."""
        zones = f"{self.home}/zones/"
        return self._found(lambda line: kind in line and any(part.startswith(zones) for part in line))

    def simulators(self) -> list[psutil.Process]:
        """The partners' processes."""
        ledgers = str(self.home / "effects")
        return self._found(lambda line: ledgers in line and "--ledger-dir" in line)

    def one(self, processes: list[psutil.Process]) -> psutil.Process | None:
        """Any of them; None when none is there at the moment."""
        return self.dice.choice(processes) if processes else None

    def node(self) -> int:
        """A node that runs."""
        return self.dice.choice([number for number in range(len(self.cluster.nodes)) if self.cluster.runs(number)])

    def leader(self) -> int:
        """The node that leads most queues of the day's zones."""
        led = dict.fromkeys(range(len(self.cluster.nodes)), 0)
        for zone in ("juki-net", "kikan"):
            place = f"/api/queues/{quote(Names(zone).vhost, safe='')}?columns=leader"
            listed = self.cluster.admin().call("GET", place)
            for one in listed if isinstance(listed, list) else ():
                led[int(str(one["leader"]).removeprefix("node").partition("@")[0])] += 1
        return max(led, key=lambda number: led[number])

    @staticmethod
    def _found(wanted: Callable[[list[str]], bool]) -> list[psutil.Process]:
        found = []
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it ended while it was looked at
                line = one.cmdline()
                if wanted(line):
                    found.append((line, one))
        return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].pid))]


def send(process: psutil.Process | None, number: signal.Signals) -> str:
    """Signals a process that may be gone; says whom."""
    if process is None:
        return NOBODY
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)
    return f"pid {process.pid}"
