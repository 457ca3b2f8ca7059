"""A small day through every room of both zones, joined with the plan: each message where it belongs, once, however it went."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from connectors.atena import simulator as atena
from connectors.chukan import simulator as chukan
from connectors.chukan.peers import founding
from connectors.conbini import server as conbini
from connectors.conbini.holdings import Holdings
from connectors.cs import simulator as cs
from connectors.juki import simulator as juki
from connectors.juki import subscriptions
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town, announced, announcement_id
from connectors.kit.bench import MemoryHub
from connectors.kit.desk import Plain, Play
from connectors.kit.forwarding import Setup
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.loading import open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Result
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from connectors.moj import simulator as moj
from connectors.zei import simulator as zei
from hub import envelope
from hub.edges import resources
from hub.messages import Level
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from hub.schemas import Schemas
from hub.xmlsig.precheck import parse
from tests import fakehub

SEED, RESIDENTS, EVENTS, DAY = 7, 200, 160, date(2026, 4, 1)
TOKENS = Tokens(b"\x07" * 32)
SYSTEMS = {"conbini", "atena", "chukan", "moj", "zei"}


@pytest.fixture(scope="module")
def law() -> Provisions:
    return load(resources.provision_files())


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(SEED, RESIDENTS, EVENTS, DAY)


@pytest.fixture(scope="module")
def plan(law: Provisions, town: Town) -> dict[str, PlannedMessage]:
    planner = Planner(law, subscriptions.load(subscriptions.read_own(), law))
    return {message.message_id: message for event in town.events for message in planner.messages(event)}


class Unreached:
    """A network that nobody asks on an ordinary day."""

    def ask(self, effect: Effect) -> Result:
        raise ConnectionError


class Ward:
    """Both zones with every room, each between a hub in memory and its partner."""

    def __init__(self, home: Path, law: Provisions, town: Town, departments: set[str]) -> None:
        self.home, self.law, self.deaths = home, law, 0
        kikan = frozenset({"juki", *SYSTEMS, *departments})
        self.zones = {"juki-net": frozenset({"juki", "cs"}), "kikan": kikan}
        self.hubs = {zone: fakehub.memory_hub(*sorted(peers), zone=zone) for zone, peers in self.zones.items()}
        for hub in self.hubs.values():
            hub.clock.at = town.events[-1].at
        trust = founding.trust(home / "setup", SEED, begun=False)
        self.plays: dict[str, Callable[[], Play]] = {
            "juki": lambda: juki.Juki(town, TOKENS),
            "cs": lambda: cs.Cs(town, TOKENS),
            "conbini": lambda: conbini.Server(Holdings(TOKENS), conbini.sealer(bytes(32))),
            "moj": lambda: moj.Moj(town, TOKENS),
            "zei": lambda: zei.Zei(town, TOKENS),
            "atena": lambda: atena.Atena(town.registered(), TOKENS, atena.Numbering.of(town)),
            "chukan": lambda: chukan.Chukan(town, TOKENS, Unreached(), home / "kiroku.jsonl", trust),
        }
        endpoints = set().union(*self.zones.values())
        self.partners = {name: self._partner(name) for name in endpoints}
        self.workers = {(zone, name): self._worker(zone, name) for zone, peers in self.zones.items() for name in peers}

    def _partner(self, endpoint: str) -> fakehub.LocalPartner:
        play = self.plays.get(endpoint, Plain)()
        return fakehub.LocalPartner(play, self.home / f"{endpoint}.jsonl", endpoint)

    def _worker(self, zone: str, endpoint: str) -> Worker:
        identity = fakehub.identity(endpoint, zone)
        path = self.home / f"{zone}-{endpoint}.db"
        store = EndpointStore.open(path, identity) if path.exists() else EndpointStore.create(path, identity)
        setup = Setup(identity, self.partners[endpoint], Automaton(endpoint), self.law, self.zones[zone])
        room = open_room(endpoint if endpoint in {"juki", "cs", *SYSTEMS} else "departments", setup)
        return Worker(identity, room, self.hubs[zone], store, self.hubs[zone].clock, Manner(signatures=None))

    def restart(self, zone: str, endpoint: str) -> None:
        """The connector dies with what it held; its partner's process too."""
        self.workers[zone, endpoint].stop()
        self.partners[endpoint].close()
        self.partners[endpoint] = self._partner(endpoint)
        for other_zone, peers in self.zones.items():
            if endpoint in peers:
                if other_zone != zone:
                    self.workers[other_zone, endpoint].stop()
                self.workers[other_zone, endpoint] = self._worker(other_zone, endpoint)

    def run(self, draw: random.Random, deaths: int) -> None:
        """Rounds in an order that `draw` decides, until nothing moves."""
        idle = 0
        while idle < 3:
            moved = False
            keys = sorted(self.workers)
            draw.shuffle(keys)
            for zone, endpoint in keys:
                moved |= self._round(self.hubs[zone], zone, endpoint, draw)
                if self.deaths < deaths and moved and draw.random() < 0.1:
                    self.restart(zone, endpoint)
                    self.deaths += 1
            idle = 0 if moved else idle + 1

    def _round(self, hub: MemoryHub, zone: str, endpoint: str, draw: random.Random) -> bool:
        worker = self.workers[zone, endpoint]
        ready = hub.ready(endpoint)
        if ready and not worker.status().inbox:
            worker.offer(ready[: draw.randint(1, 60)])
        return worker.step()

    def close(self) -> None:
        for worker in self.workers.values():
            worker.stop()
        for partner in self.partners.values():
            partner.close()

    def ledger(self, endpoint: str) -> dict[str, tuple[str, str, str]]:
        with Ledger(self.home / f"{endpoint}.jsonl") as ledger:
            lines = ledger.lines
        found = {line.message: (line.sha256, line.result, line.code) for line in lines}
        assert len(found) == len(lines)
        return found


@pytest.fixture(scope="module", params=[(1, 0), (2, 8)], ids=["one order", "another order and eight deaths"])
def ward(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    law: Provisions,
    town: Town,
    plan: dict[str, PlannedMessage],
) -> Ward:
    departments = {one.recipient for one in plan.values()} - SYSTEMS - {"juki", "cs"}
    made = Ward(tmp_path_factory.mktemp("ward"), law, town, departments)
    made.run(random.Random(request.param[0]), request.param[1])
    made.close()
    assert made.deaths == request.param[1]
    return made


class TestDay:
    def test_comes_to_its_end(self, ward: Ward) -> None:
        """Every connector is idle, none has latched, and every answer is in."""
        for worker in ward.workers.values():
            assert worker.status().idle, worker.status()
        for hub in ward.hubs.values():
            assert all(one.answered is not None for one in hub.posted)

    def test_sends_what_was_planned_and_nothing_else(self, ward: Ward, plan: dict[str, PlannedMessage]) -> None:
        """MessageId, type, sender, recipient, row of law and conversation are those of the plan."""
        sent = {
            (h.message_id, h.type, h.sender, h.recipient, h.basis and h.basis.item, h.conversation_id)
            for hub in ward.hubs.values()
            for h in (one.header for one in hub.posted)
        }

        assert sent == {
            (p.message_id, p.type, p.sender, p.recipient, p.basis.item, p.conversation_id) for p in plan.values()
        }

    def test_ends_each_message_as_planned(self, ward: Ward, plan: dict[str, PlannedMessage]) -> None:
        """S16 and nothing else is rejected, each with its own code."""
        for hub in ward.hubs.values():
            for one in hub.posted:
                assert one.answered is not None
                code = plan[one.header.message_id].rejection
                level = Level.REJECTED if code else Level.PARTNER_CONFIRMED
                assert (one.answered.level, one.answered.code) == (level, code), one.header.type

    def test_every_effect_stands_in_its_own_ledger_once(self, ward: Ward, plan: dict[str, PlannedMessage]) -> None:
        """Ledgers, log and plan join: the right ledger, the digest of the signed bytes, the result."""
        digests = {o.header.message_id: o.answered.digest for h in ward.hubs.values() for o in h.posted if o.answered}
        for endpoint in ward.partners:
            expected = {
                one.message_id: (
                    digests[one.message_id],
                    "rejected" if one.rejection else "confirmed",
                    one.rejection,
                )
                for one in plan.values()
                if one.recipient == endpoint
            }

            assert ward.ledger(endpoint) == expected

    def test_a_ledger_holds_nothing_of_a_person(self, ward: Ward, town: Town) -> None:
        """No name, address or number of anybody stands in any ledger or store."""
        data = b"".join(path.read_bytes() for path in sorted(ward.home.rglob("*")) if path.is_file())
        for one in (*town.population.residents, *(event.after for event in town.events)):
            for text in (one.name, one.kana, one.address.text, one.kojin_bangou, one.juuminhyou_code, one.atena):
                assert text.encode() not in data

    def test_the_second_leg_of_a_copy_bears_no_number_of_the_first(
        self, ward: Ward, plan: dict[str, PlannedMessage]
    ) -> None:
        """Behind the 共通機能 a person is 団体内統合宛名番号 alone; the payload keeps its schema."""
        schemas = Schemas.load(resources.xsd_files())
        onward = [one for one in ward.hubs["kikan"].posted if one.header.recipient == "chukan"]
        assert onward
        for one in onward:
            payload = envelope.payload_of(parse(one.delivery.raw))
            schemas.validate(payload, "CK-DBM", 1)
            names = {str(element.tag).rpartition("}")[2] for element in payload.iter()}
            assert "団体内統合宛名番号" in names
            assert "宛名番号" not in names
            assert plan[one.header.message_id].person not in {element.text for element in payload.iter()}

    def test_the_register_speaks_in_the_order_of_its_day(self, ward: Ward) -> None:
        """In each zone's log the messages of 住記 stand in the order of the events, whatever it had to wait for."""
        for hub in ward.hubs.values():
            times = [one.header.created_at for one in hub.posted if one.header.sender == "juki"]
            assert times == sorted(times)
            assert len(set(times)) > EVENTS / 3


class TestTown:
    def test_announcements_are_those_of_the_plan(self, town: Town, plan: dict[str, PlannedMessage]) -> None:
        """What the simulators of other partners send is exactly what the planner foresees from them."""
        foreseen = {one.message_id: one.type for one in plan.values() if one.sender in {"moj", "cs"}}
        sent = {announcement_id(event, way): way.type for event in town.events if (way := announced(event)) is not None}

        assert sent == foreseen
        assert set(sent.values()) == {"MJ-IN", "TS-CERT"}
