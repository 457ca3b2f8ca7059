"""The naive pipeline at work: its processes, and the sender who waits for answers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.engine.naive_site import ANSWERED, ONE_WAY, SINK, Site, queue_of
from bench.engine.processes import Part
from bench.ours import PATIENCE, Broken
from bench.plan import SENDER
from hub.edges.amqp.consumer import Consumer
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.frames import Kind
from hub.messages import Submission


@dataclass(frozen=True, slots=True)
class NaiveZone:
    """Fulfils `bench.engine.load.Carrier`; what was sent is known by a number, which travels as correlation id."""

    hubs: Sequence[Part]
    recipients: Part
    publisher: Publisher
    queue: str
    back: Consumer
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def submit(self, messages: Sequence[Submission]) -> Sequence[int]:
        """Returns when the broker has confirmed all."""
        names = list(itertools.islice(self.numbers, len(messages)))
        pairs = zip(names, messages, strict=True)
        self.publisher.publish([Parcel("", self.queue, Kind.SUBMISSION, str(name), one.raw) for name, one in pairs])
        return names

    def settled(self, names: Sequence[int]) -> Mapping[int, float]:
        """When each came back."""
        found: dict[int, float] = {}
        last = time.monotonic()
        while len(found) < len(names):
            arrived = self.back.take(200, 0.5)
            found |= dict.fromkeys((int(one.join) for one in arrived), time.time())
            self.back.settle(arrived)
            last = time.monotonic() if arrived else last
            if time.monotonic() - last > PATIENCE or not all(one.alive for one in (*self.hubs, self.recipients)):
                raise Broken(f"{len(names) - len(found)} messages did not come back from the naive pipeline")
        return {name: found[name] for name in names}

    def parts(self) -> Mapping[str, Sequence[int]]:
        """Its processes."""
        return {"hub": [pid for one in self.hubs for pid in one.pids()], "connectors": self.recipients.pids()}


@contextmanager
def parties(site: Site) -> Iterator[tuple[Part, Part]]:
    """One hub and the recipients, for as long as the block runs."""
    with _party(site, "hub") as hub, _party(site, "recipient") as recipients:
        yield hub.ready(), recipients.ready()


@contextmanager
def with_answers(site: Site, first: Part, recipients: Part, hubs: int) -> Iterator[NaiveZone]:
    """With so many hubs, the first of which runs already."""
    with ExitStack() as held:
        more = [held.enter_context(_party(site, "hub")) for _ in range(hubs - 1)]
        yield held.enter_context(_line(site, [first, *(one.ready() for one in more)], recipients, ANSWERED))


@contextmanager
def one_way(site: Site, first: Part, recipients: Part) -> Iterator[NaiveZone]:
    """To the second signature, confirmed in a queue; the recipients hear nothing."""
    with _line(site, [first], recipients, ONE_WAY) as zone:
        yield zone


@contextmanager
def _line(site: Site, hubs: Sequence[Part], recipients: Part, queue: str) -> Iterator[NaiveZone]:
    back = SINK if queue == ONE_WAY else queue_of(SENDER)
    with Publisher(site.account) as publisher, Consumer(site.account, (back,), 200) as consumer:
        yield NaiveZone(hubs, recipients, publisher, queue, consumer)


def _party(site: Site, role: str) -> Part:
    return Part("bench.engine.naive_party", (str(site.place), role), site.place / f"{role}.log")
