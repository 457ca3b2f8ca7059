"""SIGKILL of a connector's process at random moments: lost 0, doubled 0, order kept, every message answered once."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.managers import BaseManager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from connectors.kit.bench import BenchClock, MemoryHub
from connectors.kit.compose import compose
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.identity import Identity
from connectors.kit.languages.frames import FramePartner
from connectors.kit.manner import Manner, Pace
from connectors.kit.operators import Automaton
from connectors.kit.simulator import READY
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.edges import resources
from hub.provisions.load import load
from tests import fakehub

MESSAGES, PERSONS, KILLS = 240, 30, 10
PAYLOAD = '<証明書元情報 xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名></証明書元情報>'.encode()
AUTHKEY = b"test"


class Remote(BaseManager):
    """The hub of the test's process, as the connector's process sees it."""


def kept(home: Path) -> None:
    """The test CA lives in one process: its key and certificate for the connector go to the other by file."""
    one = fakehub.identity("conbini")
    key = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (home / "conbini.pem").write_bytes(key + one.certificate.public_bytes(Encoding.PEM))


def restored(home: Path) -> Identity:
    data = (home / "conbini.pem").read_bytes()
    key = load_pem_private_key(data, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return replace(fakehub.identity("conbini"), key=key, certificate=load_pem_x509_certificate(data))


def connector(home: Path) -> None:
    """The connector's process: takes what the hub has, until it is killed."""
    Remote.register("hub")
    remote = Remote(str(home / "hub.sock"), AUTHKEY)
    remote.connect()
    hub = remote.hub()  # type: ignore[attr-defined]
    identity = restored(home)
    path = home / "endpoint.db"
    store = EndpointStore.open(path, identity) if path.exists() else EndpointStore.create(path, identity)
    partner = FramePartner(home / "conbini.sock", "conbini")
    setup = Setup(identity, partner, Automaton("conbini"), load(resources.provision_files()), frozenset({"juki"}))
    manner = Manner(signatures=None, pace=Pace(batch=7), monotonic=itertools.count(step=60).__next__)
    worker = Worker(identity, Forwarding(setup, {"CV-UPD"}), hub, store, BenchClock(fakehub.AT), manner)
    print(READY, flush=True)
    while True:
        worker.step()
        ready = hub.ready("conbini")
        if not worker.status().inbox:
            worker.offer(ready[:20])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[MemoryHub]:
    hub = fakehub.memory_hub("juki", "conbini")
    Remote.register("hub", callable=lambda: hub, exposed=("submit", "consistency", "ready"))
    server = Remote(str(tmp_path / "hub.sock"), AUTHKEY).get_server()

    def serve() -> None:
        with contextlib.suppress(SystemExit):
            server.serve_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield hub
    server.stop_event.set()  # type: ignore[attr-defined]
    thread.join(10)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.languages", "frames", "--watch-stdin"]
    command += ["--ledger-dir", str(tmp_path / "effects"), "--socket", str(tmp_path / "conbini.sock")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == READY
    yield
    process.communicate()


@contextlib.contextmanager
def started(home: Path) -> Iterator[None]:
    """A connector's process, killed at the end of the block."""
    code = f"from tests.integration.test_kit_kill import *; connector(Path({str(home)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == READY
    yield
    process.kill()
    process.communicate()


@pytest.mark.slow
class TestConnectorProcess:
    def test_killed_ten_times_it_loses_and_doubles_nothing(
        self, tmp_path: Path, served: MemoryHub, simulator: None
    ) -> None:
        """240 messages of 30 persons, ten kills: each effect once, per person in order, each message answered once."""
        sender = fakehub.identity("juki")
        drafts = [fakehub.draft(sender, "conbini", PAYLOAD, f"{n % PERSONS}") for n in range(MESSAGES)]
        for start in range(0, MESSAGES, 40):
            served.submit([compose(draft, sender) for draft in drafts[start : start + 40]])
        kept(tmp_path)
        draw = random.Random(10)
        for _ in range(KILLS):
            with started(tmp_path):
                time.sleep(draw.random() * 0.08)
        unfinished = len(served.ready("conbini"))
        with started(tmp_path):
            waited = time.monotonic() + 120
            while served.ready("conbini"):
                assert time.monotonic() < waited
                time.sleep(0.05)

        assert unfinished
        lines = (tmp_path / "effects" / "conbini.jsonl").read_text().splitlines()
        performed = [json.loads(line)["MessageId"] for line in lines]
        assert sorted(performed) == sorted(draft.message_id for draft in drafts)
        for person in range(PERSONS):
            mine = [draft.message_id for draft in drafts[person::PERSONS]]
            assert [one for one in performed if one in mine] == mine
        assert all(posted.answered for posted in served.posted)
        assert len(served.answers) == MESSAGES
