"""A message's whole way over the broker: kit, sealed frames, worker, journal, dispatcher, kit, answer; real cluster, real home."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from connectors.kit.brokerhub import BrokerHub
from hub.app import endpoints, engine
from hub.app.evidence import open_archive
from hub.app.intaking import IntakeWorker
from hub.app.opening import OpenHome, join_home, open_home
from hub.app.outgoing import Asked, Outlet
from hub.app.zone import ZoneCore
from hub.broker.names import HUB
from hub.codes import brk, sig
from hub.edges.amqp.consumer import Arrival, Consumer
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.edges.amqp.sealing import Way, read_seal_certificate, seal
from hub.edges.clock import SystemClock
from hub.edges.suspects import Suspects
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Refuse
from hub.frames import Kind
from hub.observe import silent
from tests.engine.conftest import CONFIG, Ward
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed

PARTIES = ("juki", "zei", "shinsei")


@dataclass
class Engine:
    """Workers and a dispatcher of the ward's home, as threads that each joined it by themselves.

    `accepted` counts by worker what each recorded; `again` what the broker gave more than once.
    """

    dispatcher: OpenHome
    accepted: list[int] = field(default_factory=list)
    again: list[Arrival] = field(default_factory=list)

    def hear(self, number: int, event: str, /, **_facts: str | int | float) -> None:
        if event == "message.accepted":
            self.accepted[number] += 1


class Reading(Consumer):
    """A consumer that notes what comes again."""

    again: list[Arrival]

    def take(self, limit: int, wait: float) -> list[Arrival]:
        taken = super().take(limit, wait)
        self.again += [one for one in taken if one.redeliveries]
        return taken


@contextmanager
def engine_of(ward: Ward, workers: int) -> Iterator[Engine]:
    with open_home(ward.paths.root, SystemClock(), silent):
        pass
    stop = threading.Event()
    station = engine.station(ward.paths, CONFIG, PARTIES, ward.partitions)
    threads: list[threading.Thread] = []
    with ExitStack() as held:
        running = Engine(held.enter_context(join_home(ward.paths.root, SystemClock(), silent)), [0] * workers)
        for number in range(workers):
            home = held.enter_context(join_home(ward.paths.root, SystemClock(), partial(running.hear, number)))
            queues = engine.share(ward.names, PARTIES, ward.partitions, number, workers)
            inbound = Reading(ward.account(HUB), queues, 50)
            inbound.again = running.again
            held.enter_context(inbound)
            sending = held.enter_context(Publisher(ward.account(HUB)))
            suspects = Suspects(ward.paths.root / "run" / "suspects")
            worker = IntakeWorker(home.intake, station, inbound, sending, suspects, home.clock, silent)
            threads.append(threading.Thread(target=worker.run, args=(stop,)))
        control = held.enter_context(Consumer(ward.account(HUB), engine.controls(ward.names, PARTIES), 50))
        out = held.enter_context(Publisher(ward.account(HUB)))
        home = running.dispatcher
        asked = Asked(home.journal.nodes, lambda: home.journal.head().size, home.journal.handed)
        outlet = Outlet(station, home.dispatcher, asked, control, out, silent)
        core = ZoneCore(home.intake, home.dispatcher, silent, outlet.before_round)
        for thread in threads:
            thread.start()
        core.start(outlet.receivers)
        try:
            yield running
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            core.stop()
    assert (core.latched, core.failed) == (None, "")


def settled(running: Engine, count: int, patience: float = 60.0) -> dict[str, int]:
    """Until so many deliveries to zei are acknowledged."""
    until = time.monotonic() + patience
    tally: dict[str, int] = {}
    while time.monotonic() < until:
        tally = running.dispatcher.journal.tally().get("zei", {})
        if tally.get("acknowledged", 0) >= count:
            break
        time.sleep(0.1)
    return tally


class TestCarrying:
    def test_two_workers_carry_in_order_and_a_killed_connector_does_nothing_twice(
        self, ward: Ward, tmp_path: Path
    ) -> None:
        """Sixty messages of six persons: a receipt for each, each lane in its order, one effect each, the log verifies."""
        persons = [endpoints.fresh_subject() for _ in range(6)]
        messages = signed(ward, [persons[n % 6] for n in range(60)])
        first, second = Notebook(pause=0.01), Notebook()
        with engine_of(ward, 2) as running:
            juki = BrokerHub(identity(ward, "juki"), place(ward, "juki"), silent).start(NoDeliveries())
            receipts = [one for n in range(0, 60, 20) for one in juki.submit(messages[n : n + 20])]
            again = juki.submit(messages[:5])
            with receiving(ward, tmp_path / "zei.db", first):
                settled(running, 20)
            with receiving(ward, tmp_path / "zei.db", second):
                tally = settled(running, 60)
            juki.close()
        with open_archive(ward.paths.root) as archive:
            report = archive.verify(())

        handled = [*first.handled, *second.handled]
        order = {person: [name for subject, name in handled if subject == person] for person in persons}
        wanted = {
            person: [one.message_id for one, n in zip(receipts, range(60), strict=True) if persons[n % 6] == person]
            for person in persons
        }
        assert all(one.permit and not one.repeated for one in receipts)
        assert [one.receipt for one in again] == [one.receipt for one in receipts[:5]]
        assert (tally, len(handled), len(set(handled))) == ({"acknowledged": 60}, 60, 60)
        assert (order == wanted, report.ok) == (True, True)

    def test_a_refusal_comes_back_explained(self, ward: Ward) -> None:
        """The sender's connector learns with the receipt what breaks the rule, and where."""
        (one,) = signed(ward, [endpoints.fresh_subject()])
        broken = replace(one, raw=one.raw.replace(b"<MessageId>", b"<MessageId >"))
        with engine_of(ward, 1):
            juki = BrokerHub(identity(ward, "juki"), place(ward, "juki"), silent).start(NoDeliveries())
            (told,) = juki.submit([broken])
            juki.close()

        assert (told.permit, told.code, dict(told.facts)) == (False, sig.NOT_CANONICAL.id, {"place": "document"})

    def test_what_is_not_for_the_hub_is_refused_unread_and_recorded(self, ward: Ward) -> None:
        """A frame sealed for another way, and one that is no frame: an entry that names the channel, and a refusal to whoever waits."""
        way = Way(CONFIG.origin, Kind.RETURNED, "juki", HUB)
        sealed = seal(b"{}", read_seal_certificate(ward.paths.seal(HUB)), way)
        exchange = ward.names.inbound("juki")
        joins = [hashlib.sha256(body).hexdigest() for body in (sealed, b"noise")]
        parcels = [
            Parcel(exchange, "0", Kind.SUBMISSION, join, body)
            for join, body in zip(joins, (sealed, b"noise"), strict=True)
        ]
        with engine_of(ward, 1) as running, Publisher(ward.account("juki")) as publisher:
            before = running.dispatcher.journal.head().size
            publisher.publish(parcels)
            until = time.monotonic() + 20
            while running.dispatcher.journal.head().size < before + 2 and time.monotonic() < until:
                time.sleep(0.1)
            with running.dispatcher.journal.snapshot() as log:
                found = [entries.parse(row.leaf) for row in log.entries(before)]

        assert [(one.code, one.channel, one.digest) for one in found if isinstance(one, Refuse)] == [
            (brk.NOT_SEALED_FOR_US.id, "amqp:juki@kikan", join) for join in joins
        ]
