"""juki-hub as it runs embedded, driven from outside: home, core thread and connector threads are the real ones.

    submission -> intake (verify ... record, group commit) -> dispatcher -> connector (stamp, room, store) -> signed answer
               -> intake -> settled

Only the partner is ours: it confirms in this process, at once, so that no simulator is measured.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import fixture
from bench.figures import Run
from bench.plan import GROUP, SENDER
from connectors.kit.acceptance import SignatureCheck
from connectors.kit.compose import Draft
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Events, Result
from connectors.kit.room import Feed, Opened, Outcome, Page, Room, confirmed
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.app.opening import OpenHome
from hub.app.serving import SAMPLED, ConnectorHub
from hub.app.zone import ZoneCore
from hub.messages import Recorded, Submission

PATIENCE = 120.0  # seconds without a single settled delivery before a round is given up
TYPES = ("JK-CHG", "SF-SEND")


class Broken(RuntimeError):
    """A round that did not come to its end: the figures would be of something else."""


class Ear:
    """Hears when deliveries are settled; an observer of the home."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._settled: dict[int, float] = {}
        self._others = 0
        self._wanted = 1

    def __call__(self, event: str, /, **facts: str | int | float) -> None:
        if event == "delivery.settled":
            now = time.perf_counter()
            with self._turn:
                if facts["state"] == "acknowledged":
                    self._settled[int(facts["index"])] = now
                else:
                    self._others += 1
                if self._others or len(self._settled) >= self._wanted:
                    self._turn.notify_all()

    def forget(self) -> None:
        """A new round begins."""
        with self._turn:
            self._settled.clear()
            self._others = 0

    def wait(self, count: int, check: Callable[[], None]) -> Mapping[int, float]:
        """When each of `count` deliveries was acknowledged, by log index, on `time.perf_counter`.

        `check` is called while waiting and raises when nothing more can come. Raises `Broken` after two minutes of silence.
        """
        last, since = -1, time.monotonic()
        with self._turn:
            self._wanted = count  # nobody is woken before: that would cost the zone time
            while len(self._settled) < count:
                if self._others:
                    raise Broken("a delivery ended without being acknowledged")
                if len(self._settled) > last:
                    last, since = len(self._settled), time.monotonic()
                if time.monotonic() - since > PATIENCE:
                    raise Broken(f"{count - len(self._settled)} deliveries were not answered")
                check()
                self._turn.wait(0.2)
            return dict(self._settled)


class Prompt:
    """A partner that confirms every effect at once and has no feed."""

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        return [Result(confirmed=True) for _ in effects]

    def feed(self, name: str, after: str, limit: int) -> Events:
        return Events((), after, end=True)


@dataclass
class Source:
    """The sender's room: a feed out of a list of events, handed over by the page as a partner's feed is."""

    name: str
    events: Sequence[tuple[Draft, ...]]
    began: list[tuple[float, float]] = field(default_factory=list)

    def poll(self, after: str, limit: int) -> Page:
        if not self.began:
            self.began.append((time.perf_counter(), time.process_time()))
        place = int(after or "0")
        end = min(place + limit, len(self.events))
        drafts = tuple(draft for event in self.events[place:end] for draft in event)
        return Page(drafts, str(end), end == len(self.events))

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        return [confirmed() for _ in batch]

    def feeds(self) -> Sequence[Feed]:
        return (self,)


@dataclass(frozen=True, slots=True)
class Work:
    """A zone at work."""

    hub: ConnectorHub
    core: ZoneCore
    ear: Ear
    workers: Mapping[str, Worker]

    def check(self) -> None:
        """Raises `Broken` when the zone or a connector has stopped."""
        if self.core.ended:
            raise Broken("the zone stopped")
        for worker in self.workers.values():
            if latched := worker.status().latched:
                raise Broken(f"the connector {worker.endpoint} stopped: {latched}")


@contextmanager
def at_work(home: OpenHome, ear: Ear, recipients: Sequence[str], source: Source | None = None) -> Iterator[Work]:
    """The zone with the connectors of these recipients; with `source`, the sender's connector too."""
    ear.forget()
    core = ZoneCore(home.intake, home.dispatcher, home.observe)
    hub = ConnectorHub(home, core)
    workers = {name: _worker(home, hub, name) for name in recipients}
    if source is not None:
        workers[SENDER] = _worker(home, hub, SENDER, source)
    core.start(workers)
    try:
        for worker in workers.values():
            worker.start()
        yield Work(hub, core, ear, workers)
    finally:
        for worker in workers.values():
            worker.stop()
        core.stop()


def signed_beforehand(home: OpenHome, ear: Ear, recipients: Sequence[str], messages: Sequence[Submission]) -> Run:
    """From the first submission to the last settled answer; who submits waits for each group's receipts."""
    with at_work(home, ear, recipients) as work:
        start, cpu = time.perf_counter(), time.process_time()
        for place in range(0, len(messages), GROUP):
            submit(work, messages[place : place + GROUP])
        settled = work.ear.wait(len(messages), work.check)
        end, used = max(settled.values()), time.process_time() - cpu
    return Run(len(messages), len(messages) // len(recipients), end - start, used)


def signed_by_sender(home: OpenHome, ear: Ear, recipients: Sequence[str], source: Source) -> Run:
    """The same with the sender's connector in it: feed, signature, outbox, receipts checked. Its messages are not signed yet."""
    count = sum(map(len, source.events))
    with at_work(home, ear, recipients, source) as work:
        settled = work.ear.wait(count, work.check)
        end, used = max(settled.values()), time.process_time()
        start, cpu = source.began[0]
    return Run(count, len(source.events), end - start, used - cpu)


def submit(work: Work, messages: Sequence[Submission]) -> Sequence[Recorded]:
    """Receipts for all. Raises `Broken` when one is refused or was known before."""
    recorded = work.hub.submit(messages)
    for one in recorded:
        if not one.permit or one.repeated:
            raise Broken(f"a message was not accepted: {one.code or 'repeated'}")
    return recorded


def _worker(home: OpenHome, hub: ConnectorHub, name: str, room: Room | None = None) -> Worker:
    """As connectors.kit.assembly puts it together, with our partner and our own source."""
    me = fixture.identity(home, name)
    automaton = Automaton(name)
    law = home.house.law.provisions
    room = room or Forwarding(Setup(me, Prompt(), automaton, law, frozenset()), TYPES)
    path = home.paths.endpoint(name).store
    store = EndpointStore.open if path.exists() else EndpointStore.create
    manner = Manner(signatures=SignatureCheck(home.house.trust, SAMPLED), automaton=automaton, observer=home.observe)
    return Worker(me, room, hub, store(path, me), home.clock, manner)
