"""One measurement: a zone under `hub serve`, traffic to other recipients at a fixed pace, memory and rounds of its dispatcher."""

from __future__ import annotations

import contextlib
import json
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from connectors.kit.brokerhub import BrokerHub
from connectors.kit.room import Opened, Outcome, confirmed
from hub.app.endpoints import fresh_subject
from hub.messages import Submission
from hub.observe import silent
from scripts.backlog.inside import sitecustomize
from tests.engine.conftest import Ward
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed
from tests.engine.served import serving

INSIDE = Path(sitecustomize.__file__).parent
PACE = 0.1  # seconds between two messages
PROCESSES = ("serve-dispatcher", "serve-worker", "hub serve")


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds."""

    count: int
    median: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, times: Sequence[float]) -> Spread:
        """Of at least two times."""
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        return cls(len(times), statistics.median(times), cuts[94], cuts[98], max(times))


@dataclass(frozen=True, slots=True)
class Measured:
    """One state of the zone. Memory in bytes: resident, the most that was seen, of the dispatcher and of all workers' largest."""

    name: str
    ready_seconds: float
    receipt: Spread
    handed: Spread
    rounds: Spread
    dispatcher: int
    worker: int
    worked_off: int


@dataclass
class Stopwatch(Notebook):
    """A room that notes when it was handed a message."""

    at: dict[str, float] = field(default_factory=dict)

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        now = time.monotonic()
        for one in batch:
            self.at[one.header.message_id] = now
        return [confirmed() for _ in batch]


@dataclass
class Sampled:
    """The most resident memory of the zone's processes, by what stands in their command lines."""

    most: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def watching(self, home: Path) -> Iterator[None]:
        """Looks twice a second."""
        stop = threading.Event()
        thread = threading.Thread(target=self._look, args=(home, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _look(self, home: Path, stop: threading.Event) -> None:
        while not stop.wait(0.5):
            for one in psutil.process_iter():
                with contextlib.suppress(psutil.Error):  # it ended meanwhile
                    line = one.cmdline()
                    if str(home) in line:
                        kind = next((word for word in line if word.startswith("serve-")), "serve")
                        self.most[kind] = max(self.most.get(kind, 0), one.memory_info().rss)


def measure(
    ward: Ward, name: str, others: Sequence[str], seconds: float, place_: Path, working: str | None = None
) -> Measured:
    """`others` are sent a message every `PACE` seconds, in turns; `working` works its backlog off meanwhile."""
    count = int(seconds / PACE)
    letters = [signed(ward, [fresh_subject()], others[n % len(others)])[0] for n in range(count)]
    rounds, sampled = place_ / f"{name}.rounds.json", Sampled()
    environment = {"PYTHONPATH": str(INSIDE), sitecustomize.FILE: str(rounds)}
    rooms, busy = {code: Stopwatch() for code in others}, Stopwatch()
    began = time.monotonic()
    with ExitStack() as held:
        held.enter_context(serving(ward.paths, environment))
        ready = time.monotonic() - began
        held.enter_context(sampled.watching(ward.paths.root))
        for code, room in rooms.items():
            held.enter_context(receiving(ward, place_ / f"{name}.{code}.db", room, code))
        if working is not None:
            held.enter_context(receiving(ward, place_ / f"{name}.{working}.db", busy, working))
        juki = BrokerHub(identity(ward, "juki"), place(ward, "juki"), silent, patience=60).start(NoDeliveries())
        held.callback(juki.close)
        time.sleep(5)  # caches are warm, what waited for the zone is out
        sent, received = _send(juki, letters)
        at = _handed(rooms, sent)
    times = [float(one) for one in json.loads(rounds.read_text("ascii"))]
    return Measured(
        name,
        ready,
        Spread.of([1000 * (received[key] - sent[key]) for key in sent]),
        Spread.of([1000 * (at[key] - sent[key]) for key in sent if key in at]),
        Spread.of(times),
        sampled.most["serve-dispatcher"],
        sampled.most["serve-worker"],
        len(busy.at),
    )


def _send(juki: BrokerHub, letters: Sequence[Submission]) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """When each was given to the connector and when its receipt was there, by message id; at a fixed pace."""
    sent: dict[str, float] = {}
    received: dict[str, float] = {}
    due = time.monotonic()
    for letter in letters:
        due += PACE
        time.sleep(max(0.0, due - time.monotonic()))
        began = time.monotonic()
        (receipt,) = juki.submit([letter])
        if not receipt.permit:
            raise SystemExit(f"refused: {receipt.code}")
        sent[receipt.message_id], received[receipt.message_id] = began, time.monotonic()
    return sent, received


def _handed(rooms: Mapping[str, Stopwatch], sent: Mapping[str, float], patience: float = 120.0) -> Mapping[str, float]:
    """When each was in its recipient's hands; raises `SystemExit` when one is still under way after the patience."""
    until = time.monotonic() + patience
    at: dict[str, float] = {}
    while not sent.keys() <= at.keys():
        if time.monotonic() > until:
            raise SystemExit(f"{len(sent.keys() - at.keys())} messages to others were not handed over")
        time.sleep(0.2)
        at = {key: moment for room in rooms.values() for key, moment in list(room.at.items())}
    return at
