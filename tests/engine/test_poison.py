"""A message that really kills its worker, in a whole zone: it alone is refused, unread, and the zone goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.kit.brokerhub import BrokerHub
from hub.app import endpoints
from hub.app.evidence import open_archive
from hub.app.intaking import ALONE, DEATHS
from hub.codes import brk
from hub.errors import Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Hold, Refuse
from hub.messages import Recorded, Submission
from hub.observe import silent
from scripts.servers import RabbitCluster
from tests.engine.inside.sitecustomize import DEADLY
from tests.engine.parties import NoDeliveries, Notebook, identity, place, receiving, signed
from tests.engine.served import founded, serving, until
from tests.postgres import Postgres

INSIDE = Path(__file__).parent / "inside"
COUNT, PLACE = 24, 7  # of the messages, and where the deadly one stands among them


@dataclass(frozen=True, slots=True)
class Story:
    """What became of a day with one deadly message in it."""

    messages: Sequence[Submission]
    persons: Sequence[str]
    receipts: Sequence[Recorded]
    asked: int
    again: Recorded
    handled: Sequence[tuple[str, str]]
    deaths: int
    entries: Sequence[entries.Entry]
    verified: bool
    suspects: Sequence[str]

    @property
    def deadly(self) -> str:
        return hashlib.sha256(self.messages[PLACE].raw).hexdigest()


@pytest.fixture(scope="module")
def story(rabbit: RabbitCluster, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Messages of four persons at once to two workers; the deadly one among them, and one of its person behind it."""
    root = tmp_path_factory.mktemp("poison")
    ward = founded(rabbit, postgres, root / "home", "poison")
    persons = [endpoints.fresh_subject() for _ in range(4)]
    messages = signed(ward, [persons[n % 4] for n in range(COUNT)])
    deadly = hashlib.sha256(messages[PLACE].raw).hexdigest()
    room = Notebook()
    with serving(ward.paths, {"PYTHONPATH": str(INSIDE), DEADLY: deadly}):
        juki = BrokerHub(identity(ward, "juki"), place(ward, "juki"), silent, patience=6).start(NoDeliveries())
        asked, receipts = until_received(juki, messages)
        (again,) = juki.submit([messages[PLACE]])
        with receiving(ward, root / "zei.db", room):
            until(lambda: len(room.handled) >= COUNT - 1)
        juki.close()
    with open_archive(ward.paths.root) as archive:
        verified = archive.verify(()).ok
        with archive.journal.snapshot() as log:
            found = [entries.parse(row.leaf) for row in log.entries()]
    events = [json.loads(line) for line in (ward.paths.root / "events.jsonl").read_text("utf-8").splitlines()]
    deaths = sum(one["event"] == "worker.ended" for one in events)
    suspects = [one.name for one in (ward.paths.root / "run" / "suspects").iterdir()]
    return Story(messages, persons, receipts, asked, again, room.handled, deaths, found, verified, suspects)


def until_received(juki: BrokerHub, messages: Sequence[Submission]) -> tuple[int, Sequence[Recorded]]:
    """As a connector's worker does: the same bytes again until there is a receipt of each; and how often that was."""
    for asked in range(1, 20):
        try:
            return asked, juki.submit(messages)
        except Unavailable:
            continue
    raise AssertionError("no receipts came")


class TestPoison:
    def test_it_alone_is_refused_and_its_sender_has_the_receipt(self, story: Story) -> None:
        """Whoever was in the same hands when a worker died is accepted like everybody."""
        refused = {n: one.code for n, one in enumerate(story.receipts) if not one.permit}

        assert refused == {PLACE: brk.POISON.id}

    def test_no_process_died_more_often_than_is_decided(self, story: Story) -> None:
        """Three times in the company of others, twice alone; the copies that its sender sent meanwhile kill nobody."""
        assert (story.deaths, story.asked > 1) == (ALONE + DEATHS, True)

    def test_the_log_has_it_as_unread(self, story: Story) -> None:
        """Entries by its digest that name the channel and believe nothing of what stands in it; the log verifies."""
        found = [one for one in story.entries if isinstance(one, Refuse) and one.digest == story.deadly]

        assert {(one.code, one.channel, one.sender, one.message) for one in found} == {
            (brk.POISON.id, "amqp:juki@kikan", "", "")
        }
        assert story.verified

    def test_its_lane_goes_on_as_after_any_refusal(self, story: Story) -> None:
        """Nobody knows its lane without reading it (ADR 15): no hold, and the person's other messages arrive in order."""
        person = story.persons[PLACE % 4]
        wanted = [one.message_id for n, one in enumerate(story.receipts) if n % 4 == PLACE % 4 and n != PLACE]

        assert [name for subject, name in story.handled if subject == person] == wanted
        assert not [one for one in story.entries if isinstance(one, Hold)]
        assert (len(story.handled), len(set(story.handled))) == (COUNT - 1, COUNT - 1)

    def test_sent_again_it_is_refused_again_and_kills_nobody(self, story: Story) -> None:
        """A sender that lost its receipt gets one, and no worker reads the message for it."""
        assert (story.again.permit, story.again.code) == (False, brk.POISON.id)
        assert story.suspects == [f"{story.deadly}.refused"]
