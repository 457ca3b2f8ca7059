"""`hub broker partitions` on the real cluster: under traffic in order and once, and resumed from wherever it was killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connectors.kit.brokerhub import BrokerHub
from hub.app import endpoints
from hub.app.evidence import open_archive
from hub.app.opening import read_config
from hub.app.repartition import change
from hub.broker import Change, difference, topology
from hub.broker.difference import Found
from hub.broker.gate import closing
from hub.codes import brk
from hub.edges.amqp.admin import Admin
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.errors import HomeInUse, Unavailable
from hub.frames import Kind
from hub.messages import Recorded, Submission
from hub.observe import silent
from scripts.servers import RabbitCluster
from tests.engine.conftest import CONFIG, PARTITIONS, Ward
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed
from tests.engine.served import founded, serving, until
from tests.postgres import Postgres

ENDPOINTS = ("juki", "zei")
COUNT, BATCH, PERSONS = 120, 12, 5


@pytest.fixture(scope="module")
def served(rabbit: RabbitCluster, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    return founded(rabbit, postgres, tmp_path_factory.mktemp("partitions") / "home", "partitions")


def number(ward: Ward) -> int:
    engine = read_config(ward.paths).engine
    assert engine is not None
    return engine.partitions


def left(ward: Ward, partitions: int) -> int:
    """What differs from the topology with this number."""
    found = ward.admin.found(ward.wanted.vhost)
    return len(difference(topology(CONFIG.zone, ENDPOINTS, partitions), found, CONFIG.zone))


class Killed(BaseException):
    """What SIGKILL leaves: no handler of the command's runs."""


@dataclass(slots=True)
class Mortal:
    """An administrator whose process dies at a step."""

    way: Admin
    calls: int  # that are made before it dies; a look is one
    made: list[Change] = field(default_factory=list)

    def found(self, vhost: str) -> Found:
        self._step()
        return self.way.found(vhost)

    def make(self, change: Change) -> None:
        self._step()
        self.way.make(change)
        self.made.append(change)

    def _step(self) -> None:
        if self.calls == 0:
            raise Killed
        self.calls -= 1


class TestResumed:
    def test_from_every_step_the_same_command_finishes(self, served: Ward) -> None:
        """Killed before every third call in turn: the gate is shut or the switch is done, and a second run does the rest."""
        steps, torn = 0, []
        while True:
            before, to = number(served), 5 - number(served)  # from 2 to 3 and back
            way = Admin(served.admin.url, served.admin.user, served.admin.password, counted=0.0)
            try:
                change(served.paths, to, Mortal(way, steps))
            except Killed:
                if number(served) == before and steps > 1 + 2 * before:
                    assert closing(served.names, ENDPOINTS, way.found(served.wanted.vhost)) == ()
                torn.append(number(served) == to)
                change(served.paths, to, Mortal(way, 1000))
            else:
                break
            assert (number(served), left(served, to)) == (to, 0)
            steps += 3
        if number(served) != PARTITIONS:
            change(served.paths, PARTITIONS, Mortal(way, 1000))

        assert (set(torn), steps > 10, left(served, PARTITIONS)) == ({False, True}, True, 0)


class TestRefused:
    def test_while_a_queue_holds_messages_or_the_zone_runs(self, served: Ward) -> None:
        """Who does not wait is told which of the two; the present number opens the gate again."""
        way = Admin(served.admin.url, served.admin.user, served.admin.password, counted=0.0)
        with Publisher(served.account("juki")) as publisher:
            publisher.publish([Parcel(served.names.inbound("juki"), "0", Kind.SUBMISSION, "x", b"x")] * 2)
            with pytest.raises(Unavailable) as waiting:
                change(served.paths, 4, way)
            with pytest.raises(Unavailable) as shut:
                publisher.publish([Parcel(served.names.inbound("juki"), "0", Kind.SUBMISSION, "x", b"x")])
        served.cluster.admin().call("DELETE", f"/api/queues/{served.wanted.vhost}/in.juki.0/contents")
        with owned(served), pytest.raises(HomeInUse):
            change(served.paths, 4, Mortal(way, 1000))
        back = change(served.paths, PARTITIONS, way)

        assert (waiting.value.code, dict(waiting.value.facts)) == (brk.STILL_WAITING, {"count": 2, "queues": 1})
        assert (shut.value.code, back.now, left(served, PARTITIONS)) == (brk.UNROUTABLE, PARTITIONS, 0)


@contextmanager
def owned(ward: Ward) -> Iterator[None]:
    """Another process owns the home meanwhile."""
    code = (
        "import sys; from pathlib import Path; from hub.edges.home import lock_home\n"
        "with lock_home(Path(sys.argv[1])):\n    print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(ward.paths.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield


class Sender:
    """juki's connector as it sends: the oldest first, the same bytes again until there is a receipt; it may be started anew.

    The first half goes at once, the second once `rest` is set: so some are under way when the gate shuts, and some come to it.
    """

    def __init__(self, ward: Ward, messages: Sequence[Submission]) -> None:
        self._ward = ward
        self._outbox = list(messages)
        self._stop = threading.Event()
        self.rest = threading.Event()  # set: the second half may follow
        self._thread = threading.Thread()
        self.receipts: list[Recorded] = []
        self.turned_away: set[str] = set()

    def run(self) -> None:
        """By the number that hub.yaml says when it is started."""
        now = replace(self._ward, partitions=number(self._ward))
        hub = BrokerHub(identity(now, "juki"), place(now, "juki"), silent, patience=10).start(NoDeliveries())
        while self._outbox and not self._stop.is_set():
            if len(self._outbox) <= COUNT // 2:
                self.rest.wait(60)
            try:
                self.receipts += hub.submit(self._outbox[:BATCH])
            except Unavailable as error:
                self.turned_away.add(error.code.id)
                time.sleep(0.2)
                continue
            del self._outbox[:BATCH]
        hub.close()

    def start(self) -> None:
        """Begins to send."""
        self._stop.clear()
        self._thread = threading.Thread(target=self.run)
        self._thread.start()

    def stop(self) -> None:
        """What has no receipt by then is sent again by the next start."""
        self._stop.set()
        self._thread.join()


class TestTraffic:
    def test_nothing_is_lost_doubled_or_out_of_order(self, served: Ward, tmp_path: Path) -> None:
        """Messages of five persons while two become five: shut, drained, stopped, switched, started; one connector stale for a while."""
        persons = [endpoints.fresh_subject() for _ in range(PERSONS)]
        sender, room = Sender(served, signed(served, [persons[n % PERSONS] for n in range(COUNT)])), Notebook()
        command = [sys.executable, "-m", "hub", "broker", "partitions", "--to", "5", "--wait", "--lang", "en"]
        password = tmp_path / "password"
        password.write_text(served.admin.password)
        way = ["--admin", served.admin.url, "--user", served.admin.user, "--password-file", str(password)]
        with receiving(served, tmp_path / "zei.db", room):
            with serving(served.paths):
                sender.start()
                assert until(lambda: len(sender.receipts) >= COUNT // 4)
                switching = subprocess.Popen(
                    [*command, *way, "--home", str(served.paths.root)], stderr=subprocess.PIPE, text=True
                )
                assert switching.stderr is not None
                empty = switching.stderr.readline()
                sender.rest.set()
                turned_away = until(lambda: brk.UNROUTABLE.id in sender.turned_away)
            _, told = switching.communicate(timeout=60)
            sent = len(sender.receipts)
            with serving(served.paths):  # the connector publishes by the old number until it is started anew
                stale = until(lambda: len(sender.receipts) >= min(COUNT, sent + 2 * BATCH))
                sender.stop()
                sender.start()
                assert until(lambda: len(sender.receipts) == COUNT and len(room.handled) == COUNT)
                sender.stop()
        with open_archive(served.paths.root) as archive:
            verified = archive.verify(()).ok

        wanted = {
            p: [one.message_id for n, one in enumerate(sender.receipts) if persons[n % PERSONS] == p] for p in persons
        }
        handled = {p: [name for subject, name in room.handled if subject == p] for p in persons}
        assert (switching.returncode, "stop hub serve" in empty, told, stale) == (0, True, "", True)
        assert (number(served), left(served, 5), turned_away) == (5, 0, True)
        assert all(one.permit for one in sender.receipts)
        assert (handled == wanted, len(set(room.handled)), verified) == (True, COUNT, True)
