"""Several workers share the work, and each lane keeps its order while the broker takes lines away and gives messages again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from connectors.kit.brokerhub import BrokerHub
from hub.app.evidence import open_archive
from hub.broker import topology
from hub.broker.names import HUB
from hub.observe import silent
from scripts.servers.errors import ServerError
from tests.engine.conftest import CONFIG, ENDPOINTS, Ward
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed
from tests.engine.test_carrying import engine_of, settled

PARTITIONS = 8
WORKERS = (2, 4)
LANES, EACH = 30, 4
COUNT = LANES * EACH
LEAST = 0.6  # of an even share
CUTS = 6


@pytest.fixture(scope="module")
def wide(ward: Ward) -> Ward:
    """The file's ward with eight partitions for each sender."""
    made = replace(ward, wanted=topology(CONFIG.zone, ENDPOINTS, PARTITIONS), partitions=PARTITIONS)
    made.make()
    return made


@contextmanager
def lines_cut(ward: Ward, seed: int) -> Iterator[list[str]]:
    """The broker closes one of the hub's readers after the other, whichever the dice say; their names, as they go."""
    dice, cut, over = random.Random(seed), list[str](), threading.Event()

    def run() -> None:
        while len(cut) < CUTS and not over.wait(dice.uniform(0.1, 0.4)):
            if names := _readers(ward):
                cut.append(dice.choice(names))
                with suppress(ServerError):  # the list is some seconds old, and this one is gone
                    ward.cluster.admin().call("DELETE", f"/api/connections/{quote(cut[-1], safe='')}")

    until = time.monotonic() + 30
    while not _readers(ward) and time.monotonic() < until:
        time.sleep(0.2)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield cut
    finally:
        over.set()
        thread.join()


def _readers(ward: Ward) -> list[str]:
    """The hub's connections that read, as the management interface lists them some seconds later."""
    listed = ward.cluster.admin().call("GET", "/api/connections?columns=name,user,client_properties.product")
    return sorted(
        one["name"]
        for one in (listed if isinstance(listed, list) else ())
        if one.get("user") == ward.names.user(HUB) and "Pika" in one.get("client_properties", {}).get("product", "")
    )


def by_lane(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Message ids of each subject, in their order."""
    found: dict[str, list[str]] = {}
    for subject, name in pairs:
        found.setdefault(subject, []).append(name)
    return found


class TestSharing:
    @pytest.mark.parametrize("workers", WORKERS)
    def test_each_worker_has_its_share_and_each_lane_its_order(self, wide: Ward, tmp_path: Path, workers: int) -> None:
        """No worker records less than 60 % of an even share, and no lane is out of order, though lines are cut at random."""
        persons = [f"{workers}{number:020}A" for number in range(LANES)]
        subjects = [persons[number % LANES] for number in range(COUNT)]
        messages, room = signed(wide, subjects), Notebook()
        sender = replace(
            identity(wide, "juki"), subject_key=bytes(32)
        )  # the same lanes in the same partitions each time
        with engine_of(wide, workers) as running, receiving(wide, tmp_path / "zei.db", room):
            before = running.dispatcher.journal.tally().get("zei", {}).get("acknowledged", 0)
            juki = BrokerHub(sender, place(wide, "juki"), silent).start(NoDeliveries())
            with lines_cut(wide, workers) as cut:
                receipts = [one for at in range(0, COUNT, LANES) for one in juki.submit(messages[at : at + LANES])]
                settled(running, before + COUNT)
            juki.close()
        with open_archive(wide.paths.root) as archive:
            verified = archive.verify(()).ok

        even = sum(running.accepted) / workers
        wanted = by_lane([(subject, one.message_id) for subject, one in zip(subjects, receipts, strict=True)])
        assert (len(room.handled), len(set(room.handled)), verified) == (COUNT, COUNT, True)
        assert by_lane(room.handled) == wanted
        assert min(running.accepted) >= LEAST * even
        assert (len(cut) > 0, len(running.again) > 0) == (True, True)
