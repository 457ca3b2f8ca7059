"""`python -m bench.reconcile`: flow S23 over a whole register, streamed: 住記 and CS compare every person through the real hub.

    python -m bench.reconcile --residents 690000 -o docs/reports/reconciliation.md
    python -m bench.reconcile --quick                     5,000 residents

    住記 (process) -> its room -> SG-CHK, signed -> hub -> room of the CS -> telegram -> CS (process)
                   <- its room <- SG-RES, signed <- hub <-               <- reply   <-

Both systems make their registers part by part (`bench.registers`); mismatches are planted in them, and what the results name is
held against these. The exit code is 1 when they differ. Home and ledgers are made below `--place` and removed at the end.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from bench import fixture, machine, reconcile_page
from bench.machine import Machine
from bench.ours import PATIENCE, Broken
from bench.partners import Memory, Partners, partners
from bench.registers import KINDS, MOST, Registers
from connectors.kit.acceptance import SignatureCheck
from connectors.kit.forwarding import Setup
from connectors.kit.loading import open_partner, open_room
from connectors.kit.manner import Manner, silent
from connectors.kit.operators import Automaton
from connectors.kit.partner import Partner
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.app.evidence import open_archive
from hub.app.opening import OpenHome
from hub.app.serving import SAMPLED, ConnectorHub
from hub.app.zone import ZoneCore

ZONE = "juki-net"
QUICK = 5000
SEED = 23
TENTHS = 10
_LOOK = 0.2  # seconds between two looks at the ledger
HUB, JUKI, CS = "hub", "juki", "cs"


@dataclass(frozen=True, slots=True)
class Sample:
    """How things stood when `persons` had been compared. `disk` is the hub's home, `ledgers` the partners' own; bytes."""

    persons: int
    seconds: float
    memory: Mapping[str, Memory]
    disk: int
    ledgers: int


@dataclass(slots=True)
class Results:
    """`planted` and `found` count by 不一致区分; `differences` spells out some of `wrong`, without persons.

    `peak`: bytes that this process ever had resident, the verification of the log included.
    """

    registers: Registers
    machine: Machine
    load: list[tuple[float, float, float]]
    began: str
    answered: set[int] = field(default_factory=set)
    persons: int = 0
    equal: int = 0
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    differences: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    seconds: float = 0.0
    settled: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    entries: int = 0
    verified: bool = False
    peak: int = 0

    def take(self, line: Mapping[str, str]) -> None:
        """One line of 住記's ledger: a result."""
        self.answered.add(int(line["part"]))
        self.persons += int(line["persons"])
        self.equal += int(line["equal"])
        for kind in KINDS:
            self.planted[kind] += int(line[f"planted-{kind}"])
            self.found[kind] += int(line[f"found-{kind}"])
        self.wrong += int(line["wrong"])
        self.differences += json.loads(line["differences"])

    @property
    def whole(self) -> bool:
        """Every part answered once, every message settled, every planted mismatch found and nothing else, a log that verifies."""
        once = len(self.answered) == self.registers.parts and self.persons == self.registers.residents
        settled = {name: {"acknowledged": self.registers.parts} for name in (JUKI, CS)}
        return once and self.settled == settled and self.planted == self.found and not self.wrong and self.verified


Say = Callable[[Results, float, Mapping[str, Memory]], None]


def main() -> int:
    """The command."""
    chosen = _arguments()
    registers = Registers(chosen.seed, QUICK if chosen.quick else chosen.residents, chosen.size)
    chosen.place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="s23-", dir=chosen.place) as place:
        results = reconcile(Path(place), registers, _progress())
    sys.stderr.write("\n" if sys.stderr.isatty() else "")
    page = reconcile_page.page(results, " ".join(["python -m bench.reconcile", *sys.argv[1:]]))
    sys.stdout.write(page)
    if chosen.output:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text(page, "utf-8")
    return 0 if results.whole else 1


def reconcile(place: Path, registers: Registers, say: Say, at_cs: Registers | None = None) -> Results:
    """Runs it below `place`, an empty directory. Raises `Broken` when it does not come to its end.

    `at_cs`: what the CS has in truth, where that is not what 住記 believes that was planted; for tests.
    """
    results = Results(registers, machine.describe(place), [machine.load()], fixture.now_text())
    with (
        fixture.open_zone(place, ZONE, silent) as home,
        partners(place, {JUKI: registers, CS: at_cs or registers}, home.clock.now()) as others,
        _at_work(home, others) as (core, workers),
    ):
        watch = _Watch(place, others, core, workers)
        _follow(results, watch, say)
        results.settled = _settled(home, watch, registers.parts)
    results.load.append(machine.load())
    with open_archive(place / ZONE) as archive:
        results.verified = archive.verify(()).ok
        results.entries = archive.newest()[0].size
    results.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return results


# --- the zone -----------------------------------------------------------------------------------------------------------


class _Closing(Partner, Protocol):
    def close(self) -> None: ...


@contextmanager
def _at_work(home: OpenHome, others: Partners) -> Iterator[tuple[ZoneCore, Mapping[str, Worker]]]:
    """The zone with both its connectors, each in front of its process, as `hub run` puts them together."""
    core = ZoneCore(home.intake, home.dispatcher, home.observe)
    hub = ConnectorHub(home, core)
    lines = {name: cast(_Closing, open_partner(name, others.socket(name), name)) for name in (JUKI, CS)}
    with closing(lines[JUKI]), closing(lines[CS]):
        workers = {name: _worker(home, hub, name, line) for name, line in lines.items()}
        core.start(workers)
        try:
            for worker in workers.values():
                worker.start()
            yield core, workers
        finally:
            for worker in workers.values():
                worker.stop()
            core.stop()


def _worker(home: OpenHome, hub: ConnectorHub, name: str, partner: Partner) -> Worker:
    me, automaton = fixture.identity(home, name), Automaton(name)
    setup = Setup(me, partner, automaton, home.house.law.provisions, frozenset({JUKI, CS} - {name}))
    store = EndpointStore.create(home.paths.endpoint(name).store, me)
    manner = Manner(signatures=SignatureCheck(home.house.trust, SAMPLED), automaton=automaton, observer=home.observe)
    return Worker(me, open_room(name, setup), hub, store, home.clock, manner)


# --- on the way ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Watch:
    """Looks at a run from outside: 住記's ledger, memory, disk, and whether everybody still works."""

    place: Path
    others: Partners
    core: ZoneCore
    workers: Mapping[str, Worker]
    _read: int = 0

    def lines(self) -> Iterator[Mapping[str, str]]:
        """The whole lines that 住記's ledger got since the last look."""
        with self.others.ledger(JUKI).open("rb") as ledger:
            ledger.seek(self._read)
            while (line := ledger.readline()).endswith(b"\n"):
                self._read += len(line)
                yield json.loads(line)

    def memory(self) -> Mapping[str, Memory]:
        return {HUB: Memory.of("self"), JUKI: self.others.memory(JUKI), CS: self.others.memory(CS)}

    def sample(self, persons: int, seconds: float) -> Sample:
        return Sample(persons, seconds, self.memory(), _size(self.place / ZONE), _size(self.others.ledgers))

    def check(self) -> None:
        """Raises `Broken` when the zone, a connector or a partner has stopped, or gives messages back."""
        if self.core.ended:
            raise Broken("the zone stopped")
        if gone := self.others.ended():
            raise Broken(f"{gone[0]} ended")
        for worker in self.workers.values():
            status = worker.status()
            if status.latched or set(status.receipts) - {""}:
                raise Broken(f"{worker.endpoint}: {status.latched or dict(status.receipts)}")


def _follow(results: Results, watch: _Watch, say: Say) -> None:
    """Until every part is answered; a sample for every tenth of the persons."""
    start = moved = time.monotonic()
    while len(results.answered) < results.registers.parts:
        time.sleep(_LOOK)
        watch.check()
        before = results.persons
        for line in watch.lines():
            results.take(line)
        now = time.monotonic()
        if results.persons > before:
            moved = now
            _sample(results, watch, now - start)
        if now - moved > PATIENCE:
            raise Broken(f"{results.registers.parts - len(results.answered)} parts were not answered")
        say(results, now - start, watch.memory())
    results.seconds = time.monotonic() - start


def _sample(results: Results, watch: _Watch, seconds: float) -> None:
    residents = results.registers.residents
    sampled = results.samples[-1].persons if results.samples else 0
    if results.persons * TENTHS // residents > sampled * TENTHS // residents:
        results.samples.append(watch.sample(results.persons, seconds))


def _settled(home: OpenHome, watch: _Watch, parts: int) -> Mapping[str, Mapping[str, int]]:
    """Deliveries by recipient and state, once the answers to the last results are in the log too."""
    end = time.monotonic() + PATIENCE
    while True:
        tally = watch.core.do(home.journal.tally)
        if all(tally.get(name, {}).get("acknowledged", 0) >= parts for name in (JUKI, CS)) or time.monotonic() > end:
            return tally
        watch.check()
        time.sleep(_LOOK)


def _size(place: Path) -> int:
    """Bytes of the files below `place`; a file that goes while we look counts nothing."""
    total = 0
    for path in place.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


# --- the command --------------------------------------------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.reconcile", description="S23 over a whole register, streamed."
    )
    parser.add_argument("--residents", type=int, default=690_000, help="persons of 住記's register")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} residents, for a first look")
    parser.add_argument("--size", type=int, default=MOST, help="persons of one question, at most 1,000")
    parser.add_argument("--seed", type=int, default=SEED, help="of both registers and of what is planted")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the page to FILE too")
    parser.add_argument("--place", type=Path, default=Path("var"), help="directory for home and ledgers (default: var)")
    return parser.parse_args()


def _progress() -> Say:
    """One line: written over on a terminal, elsewhere a line for every hundredth of the persons."""
    terminal = sys.stderr.isatty()
    told = -1

    def say(results: Results, seconds: float, memory: Mapping[str, Memory]) -> None:
        nonlocal told
        share = results.persons * 100 // results.registers.residents
        if not terminal and share == told:
            return
        told = share
        line = reconcile_page.progress(results.persons, results.registers.residents, seconds, memory)
        sys.stderr.write(f"\r\033[K{line}" if terminal else line + "\n")
        sys.stderr.flush()

    return say


if __name__ == "__main__":
    sys.exit(main())
