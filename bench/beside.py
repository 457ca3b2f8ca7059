"""`python -m bench.beside`: what live traffic pays while its evidence is worked on: timestamps, archives, verification, search.

    python -m bench.beside                        about ten minutes on two cores
    python -m bench.beside --entries 20000 --rounds 3 --messages 200        for a first look
    python -m bench.beside -o docs/reports/bench-beside.md

One zone with a grown log carries the same paced traffic in turns: alone, and while the four jobs run over and over, each as a
process of its own, as in operation. Latency is counted from when a message was due to its settled answer.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bench import fixture, latency, machine, ours
from bench.command import Say, run
from bench.evidence.load import grow, make
from bench.figures import Percentiles, Spread, times
from bench.latency import Latency
from bench.machine import Machine
from bench.plan import SENDER, SMALL_1
from bench.tables import conditions, other_work, percentiles, spread
from connectors.kit.compose import compose
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.edges.clock import SystemClock
from tests.timestampauthority import OpensslAuthority

WARM_UP = 40
JOBS = ("timestamp", "archive", "verify", "search")
_PAUSE = 2.0  # seconds between two timestamps


@dataclass(frozen=True, slots=True)
class Round:
    """Both halves: alone, and beside the jobs; how often each job came to its end meanwhile."""

    alone: Latency
    beside: Latency
    done: dict[str, int]


@dataclass(frozen=True, slots=True)
class Results:
    """`entries`: of the log before the first message."""

    machine: Machine
    command: str
    fsync: Percentiles
    load: tuple[tuple[float, float, float], ...]
    entries: int
    rate: float
    rounds: tuple[Round, ...]


class Jobs:
    """The four jobs over and over; `HUB LOG` commands of a home, and how often each ended well."""

    def __init__(self, home: Path, place: Path, url: str, names: Sequence[str] = JOBS) -> None:
        self._home, self._place, self._url = home, place, url
        self._stop = threading.Event()
        self.done = dict.fromkeys(names, 0)
        self._folder = count()

    @contextmanager
    def running(self) -> Iterator[None]:
        """While the block runs; what is under way then comes to its end, and counts. Raises `SystemExit` when a job failed."""
        self._stop.clear()
        failed: list[str] = []
        threads = [threading.Thread(target=self._over_and_over, args=(name, failed)) for name in self.done]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        if failed:
            raise SystemExit(f"a job failed: {failed[0]}")

    def _over_and_over(self, name: str, failed: list[str]) -> None:
        while not self._stop.is_set() and not failed:
            words = [sys.executable, "-m", "hub", "log", *self._words(name), "--home", str(self._home), "--json"]
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
            if done.returncode:
                failed.append(f"{name}: {done.stdout}")
            self.done[name] += 1
            if name == "timestamp":
                self._stop.wait(_PAUSE)

    def _words(self, name: str) -> Sequence[str]:
        match name:
            case "timestamp":
                return ("timestamp", "--url", self._url)
            case "archive":
                return ("archive", str(self._place / f"archives-{next(self._folder)}"), "--every", "20000")
            case "verify":
                return ("verify", "--hands", "1")
            case _:
                return ("search", "--endpoint", "zei", "--kind", "permit", "--limit", "50")


def measure(place: Path, chosen: argparse.Namespace, say: Say) -> Results:
    """Everything below `place`."""
    described, synced, before = machine.describe(place), machine.fsync(place), machine.load()
    path = make(place)
    for _ in grow(path, [chosen.entries], lambda size: say(f"{size:,} entries") if size % 20_000 == 0 else None):
        pass
    authority = OpensslAuthority(place / "tsa")
    HomePaths(path).timestamp_authority.write_bytes(authority.ca.read_bytes())
    with authority.serving() as url, tempfile.TemporaryDirectory(dir=place) as archives:
        rounds = tuple(_rounds(path, Jobs(path, Path(archives), url, chosen.jobs), chosen, say))
    command = (
        f"python -m bench.beside --entries {chosen.entries} --rounds {chosen.rounds} --messages {chosen.messages}"
        f" --rate {chosen.rate:g}" + (f" --jobs {' '.join(chosen.jobs)}" if tuple(chosen.jobs) != JOBS else "")
    )
    return Results(described, command, synced, (before, machine.load()), chosen.entries, chosen.rate, rounds)


def _rounds(path: Path, jobs: Jobs, chosen: argparse.Namespace, say: Say) -> Iterator[Round]:
    ear = ours.Ear()
    with open_home(path, SystemClock(), ear) as home:
        sender = fixture.identity(home, SENDER)
        mint = fixture.Mint(SMALL_1, sender, home.house.law.provisions)

        def half(number: int) -> Latency:
            events = mint.events(number, home.clock.now())
            messages = [compose(draft, sender) for event in events for draft in event]
            return latency.paced(home, ear, SMALL_1.recipients, messages, chosen.rate)

        half(WARM_UP)
        for number in range(chosen.rounds):
            before = dict(jobs.done)
            first, second = (_alone, _beside) if number % 2 == 0 else (_beside, _alone)
            made = {way: way(jobs, lambda: half(chosen.messages)) for way in (first, second)}
            done = {name: jobs.done[name] - before[name] for name in before}
            say(
                f"round {number + 1} of {chosen.rounds}: p99 {made[_alone].settled.p99:.0f} ms alone,"
                f" {made[_beside].settled.p99:.0f} ms beside {done}"
            )
            yield Round(made[_alone], made[_beside], done)


def _alone(_: Jobs, half: Callable[[], Latency]) -> Latency:
    return half()


def _beside(jobs: Jobs, half: Callable[[], Latency]) -> Latency:
    with jobs.running():
        return half()


def page(results: Results) -> str:
    """Markdown."""
    return "\n".join(_lines(results)) + "\n"


def data(results: Results) -> dict[str, object]:
    """For a program."""
    return {"command": results.command, "p99_ratio": _ratio(results).median}


def _ratio(results: Results) -> Spread:
    alone, beside = ([one.settled.p99 for one in way] for way in _ways(results))
    return times(beside, alone)


def _ways(results: Results) -> tuple[list[Latency], list[Latency]]:
    return [one.alone for one in results.rounds], [one.beside for one in results.rounds]


def _lines(results: Results) -> Iterator[str]:
    ratio = _ratio(results)
    yield "# Live traffic while its evidence is worked on"
    yield ""
    yield f"Written by `{results.command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
    yield ""
    yield from conditions(results.machine, results.load, results.fsync)
    yield f"| log | {results.entries:,} entries before the first message |"
    yield f"| traffic | {results.rate:g} small messages a second, ECDSA P-256, to the settled answer |"
    yield ""
    yield from other_work(results.machine, results.load)
    yield f"**p99 beside the jobs, over alone: median of {len(results.rounds)} interleaved rounds {spread(ratio, 2)}** (aim: at most 1.5)."
    yield ""
    yield "p50 / p95 / p99 in ms, from when a message was due to its settled answer; and how often each job ran in that half (the last of each came to its end after it)."
    yield ""
    yield "| round | alone | beside | p99, times | timestamps | archivings | verifications | searches |"
    yield "|---:|---|---|---:|---:|---:|---:|---:|"
    for number, one in enumerate(results.rounds, start=1):
        done = " | ".join(str(one.done.get(name, "–")) for name in JOBS)
        quotient = one.beside.settled.p99 / one.alone.settled.p99
        yield f"| {number} | {percentiles(one.alone.settled)} | {percentiles(one.beside.settled)} | {quotient:.2f} | {done} |"
    yield ""
    yield "Odd rounds begin alone, even ones beside. Every job is a process of its own, started again as soon as it has ended: `hub log verify --hands 1` of the whole log, as a zone does it,"
    yield "`hub log archive` of the whole log into a new folder, `hub log search` (which brings its file up to date first), and every two seconds `hub log timestamp` at an"
    yield "`openssl ts` on this machine, which takes its time from the traffic, too. The zone is embedded: one process, SQLite journal, its connector in it."


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.beside", description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000, help="of the log that is worked on")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--messages", type=int, default=600, help="of each half of a round")
    parser.add_argument("--rate", type=float, default=40.0, help="messages a second")
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=JOBS, help="else all of them")
    run(parser, measure, page, data)


if __name__ == "__main__":
    main()
