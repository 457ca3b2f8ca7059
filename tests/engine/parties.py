"""The parties of a ward over the broker: juki, who sends, and zei, whose room notes what it is handed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connectors.kit.brokerhub import BrokerHub, BrokerPlace
from connectors.kit.identity import Identity
from connectors.kit.manner import Manner
from connectors.kit.room import Opened, Outcome, confirmed
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.broker.names import HUB
from hub.edges.amqp.sealing import read_seal_certificate, read_seal_key
from hub.edges.clock import SystemClock
from hub.messages import Delivery, Returned, Submission
from hub.observe import silent
from tests.engine.conftest import CONFIG, Ward
from tests.letters import letters
from tests.sending import sender_of


def identity(ward: Ward, code: str) -> Identity:
    return sender_of(ward.paths, CONFIG, code)


def place(ward: Ward, code: str) -> BrokerPlace:
    own = ward.paths.endpoint(code)
    keys = read_seal_key(own.seal_key), read_seal_certificate(ward.paths.seal(HUB))
    return BrokerPlace(ward.account(code), ward.names, *keys, ward.partitions, prefetch=50)


def signed(ward: Ward, subjects: Sequence[str], recipient: str = "zei") -> list[Submission]:
    """One message a subject, in this order, from juki."""
    return letters(ward.paths, subjects, recipient)


@dataclass
class Notebook:
    """A room that notes what it is handed, in order; its partner confirms at once."""

    handled: list[tuple[str, str]] = field(default_factory=list)
    pause: float = 0.0

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        for one in batch:
            time.sleep(self.pause)
            self.handled.append((one.header.subjects[0], one.header.message_id))
        return [confirmed() for _ in batch]

    def feeds(self) -> Sequence[object]:
        return ()


@contextmanager
def receiving(ward: Ward, store: Path, room: Notebook, code: str = "zei") -> Iterator[Worker]:
    """A recipient's connector over the broker; when the block ends it is gone as if it had been killed."""
    who = identity(ward, code)
    hub = BrokerHub(who, place(ward, code), silent)
    opened = EndpointStore.open(store, who) if store.exists() else EndpointStore.create(store, who)
    worker = Worker(who, room, hub, opened, SystemClock(), Manner(None, handled=hub.handled))  # type: ignore[arg-type]
    hub.start(worker)
    worker.start()
    try:
        yield worker
    finally:
        hub.close()
        worker.stop()
        hub.close()  # what the worker has opened anew meanwhile


class NoDeliveries:
    """Whoever only sends."""

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        raise AssertionError("nothing is sent to juki here")

    def returned(self) -> Sequence[Returned]:
        return ()

    def latch(self, code: str) -> None:
        raise AssertionError(code)
