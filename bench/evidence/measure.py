"""At each size: what an append costs, how long and in how much memory both verifiers take, and how long a search takes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.evidence.load import Grown, grow, make
from bench.figures import Percentiles
from bench.machine import Machine, describe
from hub.app.evidence import Archive, open_archive
from hub.app.searching import open_searching
from hub.exchangelog import entry as entries
from hub.exchangelog.facts import Facts, Query, facts
from hub.exchangelog.text import time_text, time_value

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = 200
PAGE = 50


@dataclass(frozen=True, slots=True)
class Took:
    """A process of its own: seconds on the wall, the most memory that it had (MiB)."""

    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class At:
    """The log at one size. `hub` (a process a processor), `alone` (one) and `second` are None where only search was measured.

    Sizes of files in bytes.
    """

    size: int
    append: Percentiles
    journal: int
    hub: Took | None
    alone: Took | None
    second: Took | None
    indexing: float
    index: int
    search: Percentiles
    slowest: str
    found: int


@dataclass(frozen=True, slots=True)
class Results:
    """All sizes, and where it was."""

    machine: Machine
    command: str
    at: tuple[At, ...]


def measure(place: Path, sizes: Sequence[int], verified: int, command: str, say: Callable[[str], None]) -> Results:
    """Grows one log through `sizes`; verifiers run up to the size `verified`."""
    machine, home, found = describe(place), make(place), list[At]()
    for grown in grow(home, list(sizes), lambda size: say(f"{size:,} entries") if size % 50_000 == 0 else None):
        say(f"{grown.size:,} entries: verifying and searching")
        found.append(_at(home, grown, verify=grown.size <= verified))
    return Results(machine, command, tuple(found))


def _at(home: Path, grown: Grown, *, verify: bool) -> At:
    keys = ["--root-key", f"@{home / 'keys' / 'root.vkey'}", "--key-list", str(home / "keys" / "keylist.txt")]
    journal = home / "journal" / "journal.sqlite"
    command = [sys.executable, "-m", "hub", "log", "verify", "--home", str(home)]
    ours, alone = (_run(command), _run([*command, "--hands", "1"])) if verify else (None, None)
    second = (
        _run([sys.executable, str(ROOT / "verifier/juki_verify.py"), "journal", str(journal), *keys])
        if verify
        else None
    )
    index = home / "search" / "log.sqlite"
    with open_archive(home) as archive:
        began = time.perf_counter()
        with open_searching(archive, index):
            pass
        indexing = time.perf_counter() - began
        took, found = _searched(archive, index, grown.size)
    slowest = max(took, key=lambda one: one[0])
    return At(
        grown.size,
        Percentiles.of(grown.commits),
        _bytes(journal),
        ours,
        alone,
        second,
        indexing,
        _bytes(index),
        Percentiles.of([seconds for seconds, _ in took]),
        f"{slowest[0] * 1000:.0f} ms: {slowest[1]}",
        found,
    )


def _run(command: Sequence[str]) -> Took:
    """Raises `SystemExit` unless the log holds."""
    began = time.perf_counter()
    process, most = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL), 0
    while process.poll() is None:
        most = max(most, _peak(process.pid))
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended {process.returncode}")
    return Took(time.perf_counter() - began, most / 1024)


def _peak(pid: int) -> int:
    """KiB, of the program itself: what wait4 tells counts the memory of whoever forked it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def _bytes(file: Path) -> int:
    return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*"))


def _searched(archive: Archive, index: Path, size: int) -> tuple[list[tuple[float, str]], int]:
    """(seconds, question) of many first pages of results, each proven; and how many results there were."""
    chance, took, found = random.Random(size), list[tuple[float, str]](), 0
    with open_searching(archive, index) as search:
        for _ in range(QUESTIONS):
            query = _query(archive, chance, size)
            began = time.perf_counter()
            found += len(search.find(query, PAGE).found)
            took.append(
                (time.perf_counter() - began, " ".join(sorted(field for field, _ in query.terms)) or "ids or time")
            )
    return took, found


def _query(archive: Archive, chance: random.Random, size: int) -> Query:
    """One to three facts of an entry drawn by chance, or one of its ids, now and then within some days."""
    entry = _facts(archive, chance.randrange(size))
    if entry.ids and chance.random() < 0.2:
        return Query(ids=frozenset({chance.choice(sorted(entry.ids))}))
    terms = frozenset(chance.sample(sorted(entry.terms), min(len(entry.terms), chance.randint(1, 3))))
    if chance.random() < 0.3:
        at = time_value(entry.time)
        return Query(terms=terms, since=time_text(at.replace(hour=0)), until=time_text(at.replace(hour=23, minute=59)))
    if chance.random() < 0.3:  # of two entries: often of what is never together
        terms |= frozenset(chance.sample(sorted(_facts(archive, chance.randrange(size)).terms), 1))
    return Query(terms=terms)


def _facts(archive: Archive, index: int) -> Facts:
    with archive.journal.snapshot() as stored:
        return facts(entries.parse(next(stored.entries(index, index + 1)).leaf))
