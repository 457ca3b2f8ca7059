"""Attachments over the broker: sealed parts by the way of their message, kept once, fetched by the recipient; real cluster, real home."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.kit import EndpointStore, File, Manner, Worker
from connectors.kit.brokerhub import BrokerHub
from connectors.kit.compose import compose
from hub.codes import msg
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.edges.clock import SystemClock
from hub.frames import Kind
from hub.messages import Part, Submission
from hub.observe import silent
from tests import opensecrets
from tests.attaching import PIECE, Cabinet, Window, described, filing
from tests.engine.conftest import Ward
from tests.engine.parties import NoDeliveries, identity, place
from tests.engine.test_carrying import Engine, engine_of

MARK = "見本 太郎 の住民票".encode() * 3
PATIENCE = 60.0


@contextmanager
def connected(ward: Ward, path: Path, code: str, room: Window | Cabinet) -> Iterator[Worker]:
    """An endpoint's connector over the broker, with its store in this folder."""
    who, file = identity(ward, code), path / f"{code}.db"
    hub = BrokerHub(who, place(ward, code), silent)
    store = EndpointStore.open(file, who) if file.exists() else EndpointStore.create(file, who)
    worker = Worker(who, room, hub, store, SystemClock(), Manner(None, handled=hub.handled))
    hub.start(worker)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()  # what it is at needs its line
        hub.close()


@contextmanager
def line(ward: Ward, code: str) -> Iterator[BrokerHub]:
    """An endpoint that sends by hand."""
    hub = BrokerHub(identity(ward, code), place(ward, code), silent).start(NoDeliveries())
    try:
        yield hub
    finally:
        hub.close()


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()


def acknowledged(running: Engine, count: int) -> bool:
    return until(lambda: running.dispatcher.journal.tally().get("juki", {}).get("acknowledged", 0) >= count)


def loose(ward: Ward) -> int:
    """Parts that wait for a message."""
    with closing(sqlite3.connect(f"file:{ward.paths.journal / 'journal.sqlite'}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM parts WHERE idx IS NULL").fetchone()[0])


def parts(content: bytes, message: Submission) -> list[Part]:
    digest, whole = hashlib.sha256(message.raw).hexdigest(), hashlib.sha256(content).hexdigest()
    pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)]
    return [Part(digest, whole, len(content), at, piece) for at, piece in enumerate(pieces)]


@pytest.fixture
def content() -> bytes:
    """Some megabytes that nobody has seen before, with words that a search would find."""
    return MARK + os.urandom(5 * PIECE) + MARK


class TestAttachments:
    def test_files_cross_the_broker_whole_and_sealed(self, ward: Ward, tmp_path: Path, content: bytes) -> None:
        """Two workers, three messages: each file as it was signed, kept once, nothing of it in clear on any disk."""
        who = identity(ward, "shinsei")
        drafts = [filing(who, *files, at=datetime.now(UTC)) for files in ((File.of(content, "application/pdf"),), ())]
        drafts.append(filing(who, File.of(content, "image/png"), File.of(b"x", "text/csv"), at=datetime.now(UTC)))
        cabinet = Cabinet()
        sending = connected(ward, tmp_path, "shinsei", Window(drafts))
        with engine_of(ward, 2) as running, connected(ward, tmp_path, "juki", cabinet), sending:
            done = acknowledged(running, 3)
        opened = opensecrets.parts(ward.paths.root)
        disks = [*ward.cluster.data, ward.paths.root, tmp_path]
        files = [path for disk in disks for path in disk.rglob("*") if path.is_file()]

        assert done
        wanted = [[described(content)], [], [described(content, "image/png"), described(b"x", "text/csv")]]
        assert sorted(map(str, [found for _, found in cabinet.filed])) == sorted(map(str, wanted))
        assert sorted(len(b"".join(found)) for found in opened.values()) == [1, len(content), len(content)]
        assert loose(ward) == 0
        assert len(files) > 20
        assert [path.name for path in files if MARK in path.read_bytes()] == []

    def test_what_comes_again_changes_nothing(self, ward: Ward, content: bytes) -> None:
        """Parts before a crash of the sender, all of them after it, and once more with the message."""
        who = identity(ward, "shinsei")
        message = compose(filing(who, File.of(content, "application/pdf"), at=datetime.now(UTC)), who)
        sent = parts(content, message)
        with engine_of(ward, 2) as running, line(ward, "shinsei") as hub:
            hub.deposit("shinsei", message.raw, sent[:3])
            hub.deposit("shinsei", message.raw, sent)
            (first,) = hub.submit([message])
            hub.deposit("shinsei", message.raw, sent)
            (again,) = hub.submit([message])
            kept = [running.dispatcher.journal.handed(first.index, "juki", sent[0].sha256, at) for at in range(6)]

        assert (first.permit, again.repeated, again.receipt) == (True, True, first.receipt)
        assert b"".join(filter(None, kept)) == content
        assert loose(ward) == 0

    def test_what_is_not_whole_is_refused_and_goes(self, ward: Ward, content: bytes) -> None:
        """A part that is missing, and one that was sealed for another way: the message is refused, and nothing of it is left."""
        who = identity(ward, "shinsei")
        made = [compose(filing(who, File.of(content, "application/pdf"), at=datetime.now(UTC)), who) for _ in range(2)]
        with engine_of(ward, 1), line(ward, "shinsei") as hub, Publisher(ward.account("shinsei")) as publisher:
            hub.deposit("shinsei", made[0].raw, parts(content, made[0])[1:])
            noise = [Parcel(ward.names.inbound("shinsei"), key, Kind.PART, "", b"noise") for key in ("0", "1")]
            publisher.publish(noise)
            told = hub.submit(made)

        assert [(one.permit, one.code) for one in told] == [(False, msg.ATTACHMENT_MISSING.id)] * 2
        assert loose(ward) == 0

    def test_parts_are_for_the_recipient_alone(self, ward: Ward, content: bytes) -> None:
        """Another endpoint asks in its own name for what it was not sent, and is given nothing."""
        who = identity(ward, "shinsei")
        message = compose(filing(who, File.of(content, "application/pdf"), at=datetime.now(UTC)), who)
        sent = parts(content, message)
        with engine_of(ward, 1), line(ward, "shinsei") as hub, line(ward, "zei") as other:
            hub.deposit("shinsei", message.raw, sent)
            (one,) = hub.submit([message])
            asked = other.fetch("zei", one.index, sent[0].sha256, [0, 5])

        assert one.permit
        assert asked == [b"", b""]
