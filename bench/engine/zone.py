"""juki-hub on the engine: `hub serve` with its processes, the recipients' connectors over the broker, and the sender's line to it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import fixture
from bench.engine.ear import LineEar
from bench.engine.home import EngineHome
from bench.engine.plan import CHOSEN, Sizes
from bench.engine.processes import Part
from bench.ours import PATIENCE, Broken
from bench.plan import SENDER
from bench.stages import Stage
from connectors.kit.brokerhub import BrokerHub
from hub.messages import Delivery, Returned, Submission
from hub.observe import silent


class _OnlySends:
    """The sender takes no deliveries: answers to it are settled in the log."""

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        raise Broken("a delivery came to the sender")

    def returned(self) -> Sequence[Returned]:
        return ()

    def latch(self, code: str) -> None:
        raise Broken(code)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone at work; fulfils `bench.engine.load.Carrier`. Messages are known by their log index."""

    hub: Part
    connectors: Part
    line: BrokerHub
    ear: LineEar

    def submit(self, messages: Sequence[Submission]) -> Sequence[int]:
        """Returns with the receipts. Raises `Broken` when a message is refused or was known before."""
        recorded = self.line.submit(messages)
        for one in recorded:
            if not one.permit or one.repeated:
                raise Broken(f"a message was not accepted: {one.code or 'repeated'}")
        return [one.index for one in recorded]

    def settled(self, names: Sequence[int]) -> Mapping[int, float]:
        """By log index, as the process that recorded the answer wrote it."""
        return self.ear.wait(names, self._check)

    def parts(self) -> Mapping[str, Sequence[int]]:
        """Its processes."""
        return {"hub": self.hub.pids(), "connectors": self.connectors.pids()}

    def _check(self) -> None:
        if not (self.hub.alive and self.connectors.alive):
            raise Broken("a process of the zone ended")


@contextmanager
def serving(home: EngineHome, recipients: Sequence[str], workers: int) -> Iterator[Zone]:
    """As an operator starts it, with so many workers."""
    served = home.with_workers(workers)
    with _at_work(served, recipients, Part("hub", _serve(served), served.paths.root / "serve.log")) as zone:
        yield zone


@contextmanager
def arranged(home: EngineHome, recipients: Sequence[str], workers: int, sizes: Sizes) -> Iterator[Zone]:
    """With workers of other sizes; otherwise as `serving`."""
    served = home.with_workers(workers)
    with _at_work(served, recipients, _arranged(served, sizes, "")) as zone:
        yield zone


@contextmanager
def metered(home: EngineHome, recipients: Sequence[str], workers: int, found: dict[str, list[Stage]]) -> Iterator[Zone]:
    """As `serving`; when the block has ended, `found` has the stages of each worker and of the dispatcher."""
    served = home.with_workers(workers)
    with TemporaryDirectory(dir=home.paths.root) as place:
        with _at_work(served, recipients, _arranged(served, CHOSEN, place)) as zone:
            yield zone
        for file in sorted(Path(place).iterdir()):
            found[file.stem] = [Stage(**one) for one in json.loads(file.read_text("utf-8"))]


@contextmanager
def _at_work(home: EngineHome, recipients: Sequence[str], hub: Part) -> Iterator[Zone]:
    with ExitStack() as held:
        held.enter_context(hub)
        arguments = (str(home.paths.root), *recipients)
        connectors = held.enter_context(Part("bench.engine.recipient", arguments, home.paths.root / "connectors.log"))
        hub.ready()
        connectors.ready()
        ear = LineEar(home.events)
        held.callback(ear.close)
        line = BrokerHub(fixture.identity(home, SENDER), home.place(SENDER), silent, patience=PATIENCE)
        held.callback(line.close)
        yield Zone(hub, connectors, _connected(line.start(_OnlySends())), ear)


def _connected(line: BrokerHub) -> BrokerHub:
    until = time.monotonic() + PATIENCE
    while not line.connected:
        if time.monotonic() > until:
            raise Broken("the sender does not get through to the broker")
        time.sleep(0.02)
    return line


def _arranged(home: EngineHome, sizes: Sizes, meters: str) -> Part:
    arguments = (str(sizes.group), str(sizes.prefetch), meters, *_serve(home))
    return Part("bench.engine.arranged", arguments, home.paths.root / "serve.log")


def _serve(home: EngineHome) -> tuple[str, ...]:
    return ("serve", "--home", str(home.paths.root), "--watch-stdin")
