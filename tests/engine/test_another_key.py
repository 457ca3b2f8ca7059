"""The log's key comes into doubt while deliveries lie in the broker with stamps under it: nothing is lost, nothing is believed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.kit.brokerhub import BrokerHub
from hub.app import endpoints, succession
from hub.app.counting import Others
from hub.app.evidence import open_archive
from hub.app.reading import read_file, read_text
from hub.edges.clock import SystemClock
from hub.edges.signer import load_log_key
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.stamp import Stamp
from hub.observe import silent
from tests.engine.conftest import Ward
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed
from tests.engine.test_carrying import Engine, engine_of, settled

COUNT = 20


def offered(running: Engine, count: int) -> None:
    """Until so many lie in the recipient's queue."""
    until = time.monotonic() + 60
    while running.dispatcher.dispatcher.in_hands_of("zei") < count and time.monotonic() < until:
        time.sleep(0.05)
    assert running.dispatcher.dispatcher.in_hands_of("zei") == count


def change(ward: Ward) -> str:
    """Since the ward began the key may have been in other hands; what the log is called now."""
    asked = succession.ask(ward.paths, SystemClock(), doubt=datetime(2026, 1, 1, tzinfo=UTC))
    root = load_log_key(read_file(ward.paths.offline / "root.key"))
    listed = succession.sign(asked.encode(), read_text(ward.paths.key_list), root, Others())
    return succession.take(ward.paths, listed).line.origin


def test_what_lies_in_the_broker_is_offered_again(ward: Ward, tmp_path: Path) -> None:
    """The connector drops the old frames unread by its room and gets each message once, with a stamp under the key of today."""
    messages, notebook = signed(ward, [endpoints.fresh_subject() for _ in range(COUNT)]), Notebook()
    with engine_of(ward, 1) as running:
        juki = BrokerHub(identity(ward, "juki"), place(ward, "juki"), silent).start(NoDeliveries())
        before = juki.submit(messages)
        offered(running, COUNT)
        juki.close()
    origin = change(ward)
    with engine_of(ward, 1) as running:
        juki = BrokerHub(identity(ward, "juki"), place(ward, "juki"), silent).start(NoDeliveries())
        again = juki.submit(messages[:3])
        with receiving(ward, tmp_path / "zei.db", notebook):
            tally = settled(running, COUNT)
        juki.close()
    with open_archive(ward.paths.root) as archive:
        report = archive.verify(())

    assert (tally, len(notebook.handled), len(set(notebook.handled))) == ({"acknowledged": COUNT}, COUNT, COUNT)
    assert [(one.index, one.repeated) for one in again] == [(one.index, True) for one in before[:3]]
    assert {Checkpoint.claimed(Stamp.parse(one.receipt).note).origin for one in again} == {origin}
    assert report.ok
