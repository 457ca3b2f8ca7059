"""A broker without disk, and a whole zone: nothing is accepted that cannot be kept, nothing is lost, and all goes on by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.kit.brokerhub import BrokerHub
from hub.app import endpoints
from hub.app.evidence import open_archive
from hub.codes import brk
from hub.errors import Unavailable
from hub.messages import Recorded
from hub.observe import silent
from scripts.servers import RabbitCluster
from tests.engine.conftest import Ward
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed
from tests.engine.served import founded, members, serving, until
from tests.postgres import Postgres


@pytest.fixture(scope="module")
def served(rabbit: RabbitCluster, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    return founded(rabbit, postgres, tmp_path_factory.mktemp("pressure") / "home", "pressure")


@contextmanager
def no_disk(ward: Ward) -> Iterator[None]:
    """One node finds less free than it wants: the whole cluster takes nothing more (a disk alarm)."""
    ward.cluster.ctl(1, "set_disk_free_limit", "900000GB")
    try:
        yield
    finally:
        ward.cluster.ctl(1, "set_disk_free_limit", "64MiB")


@contextmanager
def paused(ward: Ward) -> Iterator[None]:
    """The workers stand still while the block runs."""
    workers = members(ward.paths, "serve-worker")
    for one in workers:
        one.suspend()
    try:
        yield
    finally:
        for one in workers:
            one.resume()


def size(ward: Ward) -> int:
    """Of the log."""
    with open_archive(ward.paths.root) as archive:
        return archive.journal.head().size


class Asking(threading.Thread):
    """Submits and waits for the receipts."""

    def __init__(self, juki: BrokerHub, ward: Ward, subjects: Sequence[str]) -> None:
        super().__init__()
        self._juki, self._messages = juki, signed(ward, subjects)
        self.receipts: Sequence[Recorded] = ()
        self.start()

    def run(self) -> None:
        self.receipts = self._juki.submit(self._messages)


class TestDiskAlarm:
    def test_nothing_is_accepted_and_what_was_under_way_arrives_once(self, served: Ward, tmp_path: Path) -> None:
        """What is at the broker when the alarm comes is recorded, and its receipts wait; what is not there yet stays out."""
        person, room = endpoints.fresh_subject(), Notebook()
        next_ = signed(served, [person])
        queue = f"/api/queues/{served.wanted.vhost}/"
        with serving(served.paths):
            juki = BrokerHub(identity(served, "juki"), place(served, "juki"), silent, patience=90).start(NoDeliveries())
            with paused(served):
                early = Asking(juki, served, [person] * 6)
                waiting = served.cluster.admin().call
                assert until(lambda: sum(_ready(waiting("GET", f"{queue}in.juki.{n}")) for n in range(2)) == 6)
                before, held = size(served), no_disk(served)
                held.__enter__()
            try:
                late = BrokerHub(identity(served, "juki"), place(served, "juki"), silent)
                late._publisher._patience = 3
                with pytest.raises(Unavailable) as refused:
                    late.submit(next_)
                late._publisher.close()
                recorded = until(lambda: size(served) == before + 6, 20)
                assert early.is_alive()
            finally:
                held.__exit__(None, None, None)
            early.join(90)
            last = juki.submit(next_)  # the same bytes: whether the broker has had them is not known
            with receiving(served, tmp_path / "zei.db", room):
                until(lambda: len(room.handled) >= 7)
            juki.close()
        with open_archive(served.paths.root) as archive:
            verified = archive.verify(()).ok

        assert refused.value.code is brk.BLOCKED
        assert recorded
        assert [one.message_id for one in (*early.receipts, *last)] == [name for _, name in room.handled]
        assert (len(set(room.handled)), verified) == (7, True)


def _ready(queue: object) -> int:
    assert isinstance(queue, dict)
    return int(queue.get("messages", 0))
