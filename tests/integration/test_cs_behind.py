"""A full day between 住記 and the CS, with every system behind it as a process: plan, answers and the ledgers of both ends agree.

The rooms and a hub in memory run here; the CS and its five peers are real processes that speak telegrams, and are killed.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.cs import layouts
from connectors.cs.network import following
from connectors.cs.peers import PEERS
from connectors.juki import subscriptions
from connectors.juki.full import behind, nws
from connectors.juki.full import cs as full
from connectors.juki.messages import Planner
from connectors.juki.simulator import Juki
from connectors.juki.told import Follow, onward_id
from connectors.juki.town import Town, announced, announcement_id
from connectors.kit.forwarding import Setup
from connectors.kit.languages.telegram import TelegramPartner
from connectors.kit.ledger import Line, Tokens
from connectors.kit.loading import open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Partner
from connectors.kit.payload import items
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub import domainchecks, envelope
from hub.edges import resources
from hub.errors import Held
from hub.messages import Level
from hub.provisions.load import load
from hub.schemas import Schemas
from hub.xmlsig.precheck import parse
from tests import fakehub

TOWN = Town(seed=3, residents=60, number_of_events=30, day=date(2026, 4, 1), full=True)
TOKENS = Tokens(b"\x07" * 32)
ZONE = frozenset({"juki", "cs"})
PATIENCE = 200.0
# In the order of starting: who comes later ends earlier, and tells the others its last.
SIMULATORS = {
    "chukan": "connectors.chukan.simulator",
    "nws": "connectors.chukan.peers.nws",
    **PEERS,
    "cs": "connectors.cs.simulator",
}
MORTAL = ("cs", "cs", "nws", "zenkoku", *PEERS, "chukan")
# Flow -> the ledgers that tell of each of its exchanges; a search (A4-1) is told by those whom it was put to.
ENDS: Mapping[str, set[str]] = {
    "A1-4": {"cs", "to-sv"},
    "A2-234": {"term", "cs", "zenkoku"},
    "A3-1": {"other-cs", "cs"},
    "A3-5a": {"cs", "other-cs"},
    "A3-5b": {"cs", "to-sv"},
    "A3-6": {"cs", "card"},
    "A3-x1": {"cs"},
    "A3-x2": {"cs", "other-cs"},
    "A5-12": {"cs", "zenkoku"},
    "A8-1": {"cs", "card"},
    "B8-2": {"cs", "zenkoku"},
    "B10": {"other-cs", "cs"},
}


@dataclass(frozen=True)
class Planned:
    """A message of the plan; `special`: it reports a 特例転入."""

    flow: str
    type: str
    recipient: str
    rejection: str
    special: bool = False


def planned() -> dict[str, Planned]:
    """Every message of the zone, by id."""
    law = load(resources.provision_files())
    planner = Planner(law, subscriptions.load(subscriptions.read_own(), law))
    plan: dict[str, Planned] = {}
    for event in TOWN.events:
        for one in planner.messages(event):
            if "cs" in (one.sender, one.recipient):
                special = event.kind.name == "TENNYUU_TOKUREI"
                plan[one.message_id] = Planned(one.flow, one.type, one.recipient, one.rejection, special)

    def follow(cause: str, follows: tuple[Follow, ...]) -> None:
        for one in follows:
            plan[onward_id(cause, one)] = Planned(one.flow, one.type, one.recipient, one.rejection)
            follow(onward_id(cause, one), one.follows)

    for told in full.told(TOWN):
        special = told.reason_code == "TENNYUU_TOKUREI"
        plan[told.message_id] = Planned(told.flow, told.type, told.recipient, told.rejection, special)
        follow(told.message_id, told.follows)
    return plan


class Systems:
    """The CS and its peers as processes in `home`."""

    def __init__(self, home: Path, *names: str) -> None:
        self.home = home
        self.ledgers = home / "ledgers"
        self._running: dict[str, subprocess.Popen[str]] = {}
        for name in names or SIMULATORS:
            self.start(name)

    def partner(self) -> TelegramPartner:
        """The connector's end of the line to the CS."""
        return TelegramPartner(self.home / "cs.sock", "cs", layouts.DIALECT)

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", SIMULATORS[name], "--ledger-dir", str(self.ledgers), "--full", "--watch-stdin"]
        command += ["--socket", str(self.home / f"{name}.sock"), "--seed", str(TOWN.seed)]
        command += ["--residents", str(TOWN.residents), "--events", str(TOWN.number_of_events)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        self._running[name] = process

    def kill(self, name: str) -> None:
        self._running[name].kill()
        self._running.pop(name).communicate()

    def stop(self) -> None:
        """The CS first: it brings the others its last errands."""
        for name in reversed([one for one in SIMULATORS if one in self._running]):
            process = self._running.pop(name)
            process.terminate()
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0

    def clean(self) -> None:
        for name in tuple(self._running):
            self.kill(name)

    def lines(self) -> dict[str, list[dict[str, Any]]]:
        return {
            path.stem: [json.loads(line) for line in path.read_text().splitlines()]
            for path in sorted(self.ledgers.glob("*.jsonl"))
        }


class Day:
    """The zone at work: rooms of 住記 and CS around a hub in memory."""

    def __init__(self, home: Path, systems: Systems) -> None:
        self.systems = systems
        self.hub = fakehub.memory_hub("juki", "cs", zone="juki-net")
        self.hub.clock.at = TOWN.events[-1].at
        self.juki = fakehub.LocalPartner(_told_before(Juki(TOWN, TOKENS)), home / "juki.jsonl", "juki")
        self.cs = systems.partner()
        law = load(resources.provision_files())
        partners: dict[str, Partner] = {"juki": self.juki, "cs": self.cs}
        self.workers = {}
        for name, partner in partners.items():
            identity = fakehub.identity(name, "juki-net")
            room = open_room(name, Setup(identity, partner, Automaton(name), law, ZONE - {name}))
            store = EndpointStore.create(home / f"{name}.db", identity)
            self.workers[name] = Worker(identity, room, self.hub, store, self.hub.clock, Manner(signatures=None))

    def run(self, plan: Mapping[str, Planned], kills: int) -> None:
        """Until everything planned is answered; `kills` times some process dies on the way."""
        draw, end = random.Random(kills), time.monotonic() + PATIENCE
        marks = sorted(draw.sample(range(20, len(plan) - 20), kills), reverse=True)
        while (answered := sum(one.answered is not None for one in self.hub.posted)) < len(plan):
            assert time.monotonic() < end, f"{answered} of {len(plan)}"
            if marks and answered >= marks[-1]:
                marks.pop()
                name = draw.choice(MORTAL)
                self.systems.kill(name)
                self.systems.start(name)
            for name, worker in self.workers.items():
                if not worker.status().inbox and (ready := self.hub.ready(name)):
                    worker.offer(ready[:40])
                worker.step()
                assert not worker.status().latched

    def close(self) -> None:
        for worker in self.workers.values():
            worker.stop()
        self.cs.close()


def _told_before(juki: Juki) -> Juki:
    """What the other zone told 住記: 法務省通知, and the 符号取得要求 that C2b follows."""
    others = [announcement_id(event, way) for event in TOWN.events if (way := announced(event)) and way.sender != "cs"]
    for id_ in (*others, *(one.message_id for one in nws.fugou(TOWN))):
        juki.remember(Line(id_, "0" * 64, "confirmed"))
    return juki


@pytest.fixture(scope="module", params=[0, 6], ids=["nobody dies", "six deaths"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    home = tmp_path_factory.mktemp("cs")
    systems = Systems(home)
    made = Day(home, systems)
    try:
        made.run(planned(), request.param)
        made.close()
        systems.stop()
        yield made
    finally:
        systems.clean()


@pytest.fixture(scope="module")
def ledgers(day: Day) -> dict[str, list[dict[str, Any]]]:
    return day.systems.lines()


@pytest.fixture(scope="module")
def exchanges(ledgers: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, set[str]]]:
    """Flow -> id -> the ledgers that tell of it."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, lines in ledgers.items():
        for line in lines:
            if "flow" in line:
                found[line["flow"]][line["MessageId"]].add(name)
    return found


class TestHub:
    def test_every_message_is_answered_as_planned(self, day: Day) -> None:
        """Plan and answers agree, message by message: who takes it, who rejects it under which code."""
        plan = planned()
        answers = {one.header.message_id: one.answered for one in day.hub.posted}

        assert answers.keys() == plan.keys()
        for id_, line in answers.items():
            assert line is not None
            expected = Level.REJECTED if plan[id_].rejection else Level.PARTNER_CONFIRMED
            assert (line.level, line.code) == (expected, plan[id_].rejection), plan[id_]

    def test_each_flow_is_there_often_enough(self, day: Day) -> None:
        """A3-x2, B10, B11 and S23 twenty times and more, rejected ones among them."""
        counted: dict[str, Counter[bool]] = defaultdict(Counter)
        for one in planned().values():
            counted[one.flow][bool(one.rejection)] += 1

        for flow in ("A3-x2", "B10", "B11", "S23"):
            assert counted[flow][False] >= 20
            assert counted[flow][True] >= 2

    def test_every_message_is_valid_by_its_schema(self, day: Day) -> None:
        """What the connectors made out of records passes the schemas of the hub and the rules beside them."""
        schemas = Schemas.load(resources.xsd_files())
        for one in day.hub.posted:
            payload = envelope.payload_of(parse(one.delivery.raw))
            schemas.validate(payload, one.header.type, one.header.version)
            domainchecks.check(payload, one.header.type)

    def test_replies_answer_their_question(self, day: Day) -> None:
        """BN-RES and SG-RES name what they answer, and speak of the same Subjects."""
        questions = {one.header.message_id: one.header for one in day.hub.posted}
        replies = [one.header for one in day.hub.posted if one.header.type in {"BN-RES", "SG-RES"}]

        assert len(replies) >= 40
        for reply in replies:
            assert reply.subjects == questions[reply.in_reply_to or ""].subjects

    def test_a_number_is_there_before_the_change_that_tells_it(self, day: Day) -> None:
        """B11: each BN-RES to an 異動 of the day came before its HK-UPD, and both tell the same 個人番号 for the 住民票コード."""
        awaited = {message: event for event, message in TOWN.awaited.items()}
        events = {event.id: event for event in TOWN.events}
        place = {one.header.message_id: number for number, one in enumerate(day.hub.posted)}
        updates = {
            (one.header.conversation_id, told["住民票コード"]): (one.header.message_id, told["個人番号"])
            for one in day.hub.posted
            if one.header.type == "HK-UPD" and (told := items(envelope.payload_of(parse(one.delivery.raw))))
        }
        answers = [
            (events[awaited[one.header.message_id]], one)
            for one in day.hub.posted
            if one.header.type == "BN-RES" and one.header.message_id in awaited
        ]

        assert answers
        for event, answer in answers:
            told = items(envelope.payload_of(parse(answer.delivery.raw)))
            update, number = updates[event.conversation, told["住民票コード"]]
            assert told["個人番号"] == number == event.after.kojin_bangou
            assert place[answer.header.message_id] < place[update]

    def test_the_results_name_every_mismatch_that_was_made(self, day: Day) -> None:
        """S23: whom the CS lacks, whom it holds stale, whom it has alone; items by name, never what they hold."""
        found: dict[str, set[str]] = defaultdict(set)
        for one in day.hub.posted:
            if one.header.type == "SG-RES":
                for person in envelope.payload_of(parse(one.delivery.raw)).iterchildren("{*}対象者"):
                    found[person.findtext("{*}不一致区分") or ""].add(person.findtext("{*}住民票コード") or "")

        assert found == {
            "1": {one["住民票コード"] for one in behind.only_at_cs(TOWN)},
            "2": set(behind.missing_at_cs(TOWN)),
            "3": set(behind.stale_at_cs(TOWN)),
        }


class TestBehind:
    def test_no_ledger_has_an_effect_twice(self, ledgers: dict[str, list[dict[str, Any]]]) -> None:
        """However often something died."""
        assert set(ledgers) == set(SIMULATORS)
        for lines in ledgers.values():
            assert set(Counter(line["MessageId"] for line in lines).values()) == {1}

    @pytest.mark.parametrize("flow", sorted(ENDS))
    def test_both_ends_tell_of_every_exchange(self, exchanges: dict[str, dict[str, set[str]]], flow: str) -> None:
        """One line under one id at each end."""
        assert exchanges[flow]
        assert {frozenset(names) for names in exchanges[flow].values()} == {frozenset(ENDS[flow])}

    def test_every_code_comes_through_the_network(
        self, exchanges: dict[str, dict[str, set[str]]], ledgers: dict[str, list[dict[str, Any]]]
    ) -> None:
        """C2b to its end: CS, 全国サーバー, 情報提供ネットワークシステム, 中間サーバー, however often one of them died; one 符号 a person."""
        plan = planned()
        taken = [id_ for id_, one in plan.items() if one.type == "CK-FGC" and not one.rejection]
        first = {id_: following(id_, "C2b", "zenkoku") for id_ in taken}
        ends = {first[id_]: {"cs", "zenkoku"} for id_ in taken}
        ends |= {following(first[id_], "C2b", "nws"): {"zenkoku", "nws", "chukan"} for id_ in taken}
        codes = [line for line in ledgers["chukan"] if line.get("flow") == "C2b"]

        assert len(taken) >= 10
        assert exchanges["C2b"] == ends
        assert len({line["fugou"] for line in codes}) == len({line["code"] for line in codes}) == len(taken)

    def test_every_letter_is_held_against_the_latest_four_items(
        self, exchanges: dict[str, dict[str, set[str]]], ledgers: dict[str, list[dict[str, Any]]]
    ) -> None:
        """A7-2 (L519): the 全国サーバー is asked about each letter; those whose record there differs are a finding at both ends."""
        letters = [id_ for id_, one in planned().items() if one.type == "SF-SEND"]
        asked = {following(id_, "A7-2", "zenkoku") for id_ in letters}
        moved = {
            following(one.message_id, "A7-2", "zenkoku")
            for one in full.told(TOWN)
            if one.type == "SF-SEND" and items(one.build())["住民票コード"] in behind.moved_at_center(TOWN)
        }
        found = {
            name: {line["MessageId"]: line.get("unequal", line.get("不一致の人数")) for line in ledgers[name]}
            for name in ("cs", "zenkoku")
        }

        assert exchanges["A7-2"] == {
            **{following(id_, "A7-2", "card"): {"cs", "card"} for id_ in letters},
            **{id_: {"cs", "zenkoku"} for id_ in asked},
        }
        for lines in found.values():
            assert {id_ for id_ in asked if lines[id_] != "0"} == moved
        assert len(moved) >= 2

    def test_searches_go_where_the_person_lives(self, exchanges: dict[str, dict[str, set[str]]]) -> None:
        """A4-1: the ward's own here, 東京都's there, all others at the 全国サーバー; A6 goes to both servers."""
        where = Counter(frozenset(names) for names in exchanges["A4-1"].values())

        assert set(where) == {frozenset({"term", "cs", *to}) for to in ((), ("to-sv",), ("zenkoku",))}
        assert min(where.values()) >= 3
        assert set(map(frozenset, exchanges["A6-123"].values())) == {
            frozenset({"cs", "to-sv"}),
            frozenset({"cs", "zenkoku"}),
        }

    def test_every_confirmed_update_leaves_the_ward_once(self, exchanges: dict[str, dict[str, set[str]]]) -> None:
        """A1-4 or, of a 特例転入, A3-5b; B8-2 always; A3-6 and A3-5a with a 特例転入; nothing of what was rejected."""
        plan = planned()
        updates = {id_: one for id_, one in plan.items() if one.type == "HK-UPD" and not one.rejection}
        special = {id_ for id_, one in updates.items() if one.special}
        notes = {id_ for id_, one in plan.items() if one.type == "TN-NOTE"}

        assert set(exchanges["A1-4"]) == {following(id_, "A1-4", "to-sv") for id_ in updates.keys() - special}
        assert set(exchanges["A3-5b"]) == {following(id_, "A3-5b", "to-sv") for id_ in special}
        assert set(exchanges["B8-2"]) == {following(id_, "B8-2", "zenkoku") for id_ in updates}
        assert set(exchanges["A3-6"]) == {following(id_, "A3-6", "card") for id_ in special}
        assert set(exchanges["A3-5a"]) == {following(id_, "A3-5a", "other-cs") for id_ in notes}
        assert len(special) == len(notes) >= 20

    def test_updates_of_one_person_leave_in_their_order(self, ledgers: dict[str, list[dict[str, Any]]]) -> None:
        """What the prefecture has heard of a person is in the order in which the CS took it."""
        taken: dict[str, list[str]] = defaultdict(list)
        for line in ledgers["cs"]:
            if line["type"] == "HK-UPD" and line["result"] == "confirmed":
                taken[line["person"]] += [following(line["MessageId"], flow, "to-sv") for flow in ("A1-4", "A3-5b")]
        heard = [line["MessageId"] for line in ledgers["to-sv"]]

        for ids in taken.values():
            assert [id_ for id_ in heard if id_ in ids] == [id_ for id_ in ids if id_ in heard]

    def test_letters_arrive_as_they_were_signed(self, day: Day, ledgers: dict[str, list[dict[str, Any]]]) -> None:
        """S18: the digest in the card system's ledger is that of the envelope that 住記 signed."""
        signed = {
            following(one.header.message_id, "A7-2", "card"): hashlib.sha256(one.delivery.raw).hexdigest()
            for one in day.hub.posted
            if one.header.type == "SF-SEND"
        }

        assert {line["MessageId"]: line["sha256"] for line in ledgers["card"] if line["flow"] == "A7-2"} == signed
        assert len(signed) >= 20

    def test_what_was_handed_on_is_erased(self, day: Day, ledgers: dict[str, list[dict[str, Any]]]) -> None:
        """S19, A3-x1: the outbox is empty, overdue certificates are gone, and their lines say nothing of a person."""
        kept = {path.name.removesuffix(".sealed") for path in (day.systems.ledgers / "cs-certificates").iterdir()}
        erased = [line for line in ledgers["cs"] if line["type"] == "A3-x1"]
        certificates = {line["MessageId"] for line in ledgers["cs"] if line["type"] == "A3-1"}
        today = len(kept - certificates)

        for name in ("cs-outbox", "zenkoku-pending", "nws-pending"):
            assert list((day.systems.ledgers / name).iterdir()) == []
        assert len(erased) == 22
        assert all(set(line) == {"MessageId", "sha256", "result", "type", "flow", "at"} for line in erased)
        assert certificates <= kept
        assert today == 4  # came before, and their thirty days are not over
        assert {following(name, "A3-x1", "cs") for name in kept}.isdisjoint(line["MessageId"] for line in erased)

    def test_others_reject_on_their_own_data(self, ledgers: dict[str, list[dict[str, Any]]]) -> None:
        """Cards that cannot be given or taken back, numbers that exist, records that never left the ward."""
        acts = [line["result"] for line in ledgers["card"] if line["flow"] == "A8-1"]
        wrong = sum(not possible for _, _, possible in behind.card_acts(TOWN))
        numbers = Counter(line["result"] for line in ledgers["zenkoku"] if line["flow"] == "B11")
        unequal = sum(int(line["unequal"]) for line in ledgers["to-sv"] if line["flow"] == "A6-123")

        assert acts.count("rejected") == wrong >= 2
        assert (numbers["confirmed"] >= 20, numbers["rejected"]) == (True, 3)
        assert unequal >= len(behind.missing_at_prefecture(TOWN)) > 0

    def test_no_resident_stands_in_the_clear(self, day: Day) -> None:
        """Ledgers, outbox and certificates hold no name, number or address of anybody, in UTF-8 or UTF-16."""
        files = [path.read_bytes() for path in day.systems.ledgers.rglob("*") if path.is_file()]
        for one in TOWN.population.residents:
            for text in (one.name, one.address.text, one.kojin_bangou, one.juuminhyou_code):
                for form in (text.encode(), text.encode("utf-16-be")):
                    assert not any(form in data for data in files)


class TestOutbox:
    def test_what_could_not_be_told_is_told_after_a_restart(self, tmp_path: Path) -> None:
        """The systems behind are down, the CS is killed: the update is kept sealed, told later, once, and then erased."""
        systems = Systems(tmp_path, "cs")
        outbox = systems.ledgers / "cs-outbox"
        (told,) = [one for one in full.told(TOWN) if one.id == "cs-tennyuu-000-0"]
        effect = Effect(told.message_id, "HK-UPD", "a" * 64, layouts.written("HK-UPD", told.build()))
        partner = systems.partner()
        try:
            assert partner.perform([effect])[0].confirmed
            assert [path.name for path in outbox.iterdir()] == [f"{effect.message}.sealed"]
            systems.kill("cs")
            for name in ("cs", *PEERS):
                systems.start(name)
            assert partner.perform([effect])[0].confirmed
            partner.close()
            waited(lambda: list(outbox.iterdir()) == [])
            systems.stop()
        finally:
            systems.clean()

        lines = systems.lines()
        for flow, to in (("A3-5b", "to-sv"), ("B8-2", "zenkoku"), ("A3-6", "card")):
            for name in ("cs", to):
                assert [line["MessageId"] for line in lines[name]].count(following(effect.message, flow, to)) == 1

    def test_a_code_is_not_lost_on_its_way(self, tmp_path: Path) -> None:
        """C2b: each of 全国サーバー and 情報提供ネットワークシステム dies with it in hand while the next is down; it arrives, once."""
        systems = Systems(tmp_path, "zenkoku", "cs")
        told = next(one for one in full.told(TOWN) if one.type == "CK-FGC" and not one.rejection)
        effect = Effect(told.message_id, "CK-FGC", "a" * 64, layouts.written("CK-FGC", told.build()))
        at_zenkoku = following(effect.message, "C2b", "zenkoku")
        id_ = following(at_zenkoku, "C2b", "nws")
        partner = systems.partner()
        try:
            assert partner.perform([effect])[0].confirmed
            partner.close()
            waited(lambda: has(systems, "zenkoku", at_zenkoku))
            kept = [path.read_bytes() for path in (systems.ledgers / "zenkoku-pending").iterdir()]
            for name in ("cs", "zenkoku"):
                systems.kill(name)
            for name in ("zenkoku", "nws"):
                systems.start(name)
            waited(lambda: has(systems, "zenkoku", id_))
            systems.kill("nws")
            for name in ("chukan", "nws"):
                systems.start(name)
            waited(lambda: has(systems, "chukan", id_))
            systems.stop()
        finally:
            systems.clean()

        number = items(told.build())["住民票コード"]
        assert len(kept) == 1
        assert not any(number.encode(form) in data for data in kept for form in ("ascii", "utf-16-be"))
        for name in ("zenkoku", "nws", "chukan"):
            assert [line["MessageId"] for line in systems.lines()[name]].count(id_) == 1
            assert not list(systems.ledgers.glob(f"{name}-pending/*"))

    def test_other_content_under_a_known_id_changes_nothing(self, tmp_path: Path) -> None:
        """The outbox keeps what was performed, not what came later under its id."""
        systems = Systems(tmp_path, "cs")
        first, second = [one for one in full.told(TOWN) if one.type == "TN-NOTE"][:2]
        effect = Effect(first.message_id, "TN-NOTE", "a" * 64, layouts.written("TN-NOTE", first.build()))
        other = Effect(first.message_id, "TN-NOTE", "b" * 64, layouts.written("TN-NOTE", second.build()))
        partner = systems.partner()
        try:
            partner.perform([effect])
            with pytest.raises(Held):
                partner.perform([other])
            partner.close()
            for name in PEERS:
                systems.start(name)
            waited(lambda: list((systems.ledgers / "cs-outbox").iterdir()) == [])
            systems.stop()
        finally:
            systems.clean()

        told = [line for line in systems.lines()["other-cs"] if line["flow"] == "A3-5a"]
        assert [line["sha256"] for line in told] == [effect.sha256]


def has(systems: Systems, name: str, id_: str) -> bool:
    """Whether the ledger of the system has a line of that id."""
    return any(line["MessageId"] == id_ for line in systems.lines()[name])


def waited(done: Callable[[], bool]) -> None:
    """Until it is so; fails after a while."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
