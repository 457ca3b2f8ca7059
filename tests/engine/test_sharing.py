"""Several workers share the work, and each lane keeps its order while the broker takes lines away and gives messages again."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from connectors.kit.brokerhub import BrokerHub
from hub.app.evidence import open_archive
from hub.broker import topology
from hub.broker.names import HUB
from hub.observe import silent
from tests.engine.conftest import CONFIG, ENDPOINTS, Ward
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed
from tests.engine.test_carrying import engine_of, settled

PARTITIONS = 8
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
    """The broker closes one of the hub's connections after the other, whichever the dice say; their names, as they go."""
    dice, cut, over = random.Random(seed), list[str](), threading.Event()
    call, user = ward.cluster.admin().call, ward.names.user(HUB)

    def run() -> None:
        while len(cut) < CUTS and not over.wait(dice.uniform(0.1, 0.4)):
            listed = call("GET", "/api/connections?columns=name,user")
            names = sorted(one["name"] for one in listed if one.get("user") == user) if isinstance(listed, list) else []
            if names:
                cut.append(dice.choice(names))
                call("DELETE", f"/api/connections/{quote(cut[-1], safe='')}")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield cut
    finally:
        over.set()
        thread.join()


def by_lane(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Message ids of each subject, in their order."""
    found: dict[str, list[str]] = {}
    for subject, name in pairs:
        found.setdefault(subject, []).append(name)
    return found


class TestSharing:
    @pytest.mark.parametrize("workers", [2, 4])
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
                receipts = juki.submit(messages)
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
