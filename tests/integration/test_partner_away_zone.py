"""A partner that is away for an hour of simulated time, on a real home: journal, log, dispatcher, connector and partner's process.

The same against a hub in memory, for every language of a partner: test_partner_away.py, test_kikan_files.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from bench import fixture
from connectors.kit.acceptance import SignatureCheck
from connectors.kit.forwarding import Setup
from connectors.kit.languages.http import HttpPartner
from connectors.kit.loading import open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.app import endpoints
from hub.app.endpoints import Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.serving import ConnectorHub
from hub.app.zone import ZoneCore
from hub.codes import kit, msg
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SimulatedClock
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Answered, Permit, Refuse
from hub.messages import Level, Operator
from hub.observe import silent
from tests import samples
from tests.sides import Process

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
NUMBERS = {"甲": "000012345", "乙": "000012346"}
SUBJECTS = {person: endpoints.fresh_subject() for person in NUMBERS}
STEP = timedelta(minutes=5)
STEPS = 12


@dataclass
class Zone:
    """The zone of this test at work, with the connector of conbini alone. `sent`: MessageIds by person, in order."""

    home: OpenHome
    core: ZoneCore
    worker: Worker
    partner: Process
    sent: dict[str, list[str]] = field(default_factory=lambda: {person: [] for person in NUMBERS})

    def submit(self, person: str, expires_at: datetime | None = None) -> str:
        """One more 証明書元情報 about a person, of the next 版: one that came after a newer one would be rejected."""
        version = str(len(self.sent[person]) + 1)
        payload = samples.tree("CV-UPD", {"宛名番号": NUMBERS[person], "版": version})
        way = ("juki", "conbini", "CV-UPD", 1, "statutes", "conbini-1")
        letter = Letter(*way, SUBJECTS[person], OPERATOR, expires_at=expires_at)
        body, now = etree.tostring(payload, encoding="UTF-8"), self.home.clock.now()
        id_, submission = endpoints.sign(self.home.paths, letter, body, self.home.house.law.provisions, now)
        (recorded,) = self.core.submit([submission])
        assert recorded.permit, recorded.code
        self.sent[person].append(id_)
        return id_

    def tally(self) -> dict[str, int]:
        """How all deliveries stand."""
        return self.core.do(self.home.journal.tally)["conbini"]

    def until(self, done: Callable[[], bool], patience: float = 60.0) -> None:
        """Until it is so; fails after `patience` seconds, and when zone or connector stopped."""
        end = time.monotonic() + patience
        while not done():
            assert not self.core.ended
            assert not self.worker.status().latched
            assert time.monotonic() < end, (self.tally(), self.worker.status())
            time.sleep(0.02)

    def advance(self, step: timedelta) -> None:
        assert isinstance(self.home.clock, SimulatedClock)
        self.home.clock.advance_to(self.home.clock.now() + step)


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[Zone]:
    """A new home, opened on a simulated clock, its core, and one connector in front of its partner's process."""
    paths = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    partner = Process(tmp_path, "conbini", arguments=("--residents", "5"))
    try:
        with open_home(paths.root, SimulatedClock(NOW), silent) as home:
            core = ZoneCore(home.intake, home.dispatcher, home.observe)
            with closing(HttpPartner(partner.place, "conbini", "application/json")) as line:
                worker = connector(home, ConnectorHub(home, core), line)
                core.start({"conbini": worker})
                worker.start()
                yield Zone(home, core, worker, partner)
                worker.stop()
                core.stop()
    finally:
        partner.kill()


def connector(home: OpenHome, hub: ConnectorHub, partner: HttpPartner) -> Worker:
    """That of conbini, put together as the kit does; every signature is checked."""
    me, automaton = fixture.identity(home, "conbini"), Automaton("conbini")
    setup = Setup(me, partner, automaton, home.house.law.provisions, frozenset({"juki"}))
    store = EndpointStore.create(home.paths.endpoint("conbini").store, me)
    manner = Manner(SignatureCheck(home.house.trust), automaton, observer=home.observe)
    return Worker(me, open_room("conbini", setup), hub, store, home.clock, manner)


def logged(home: Path) -> list[entries.Entry]:
    """The whole log, verified from its first entry."""
    with open_archive(home) as archive, archive.journal.snapshot() as log:
        assert archive.verify(()).ok
        return [entries.parse(row.leaf) for row in log.entries()]


class TestAnHour:
    def test_everything_is_delivered_once_in_order_but_what_expired(self, zone: Zone) -> None:
        """Nothing is lost, done twice or overtaken; what expired behind others is never handed over, and its lane goes on."""
        zone.submit("甲")
        zone.until(lambda: zone.tally() == {"acknowledged": 1})
        zone.partner.kill()
        began = zone.home.clock.now()
        expired = ""
        for step in range(STEPS):
            zone.advance(STEP)
            for person in NUMBERS:
                # Not the first of its lane: that one is in the connector's hands, from where nothing is taken back.
                ends = zone.home.clock.now() + 2 * STEP if (person, step) == ("甲", 3) else None
                id_ = zone.submit(person, ends)
                expired = id_ if ends else expired
        zone.until(lambda: zone.worker.status().waiting_for == kit.PARTNER_DOWN.id)
        away, before = zone.home.clock.now() - began, zone.tally()
        zone.partner.start()
        zone.until(lambda: "pending" not in zone.tally())
        performed, log = zone.partner.performed("conbini"), logged(zone.home.paths.root)
        wanted = {person: [id_ for id_ in ids if id_ != expired] for person, ids in zone.sent.items()}

        assert (away, before) == (timedelta(hours=1), {"acknowledged": 1, "pending": 2 * STEPS})
        assert zone.tally() == {"acknowledged": 2 * STEPS, "expired": 1}
        assert sorted(performed) == sorted(id_ for ids in wanted.values() for id_ in ids)
        for ids in wanted.values():
            assert [id_ for id_ in performed if id_ in ids] == ids
        assert [(one.message, one.code) for one in log if isinstance(one, Refuse)] == [(expired, msg.EXPIRED.id)]
        answered = [line for one in log if isinstance(one, Answered) for line in one.lines]
        assert sorted(line.message_id for line in answered) == sorted(performed)
        assert {line.level for line in answered} == {Level.PARTNER_CONFIRMED}
        assert sum(isinstance(one, Permit) for one in log) == 2 * STEPS + 1
