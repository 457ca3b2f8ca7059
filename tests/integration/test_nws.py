"""The 情報提供ネットワーク side of a full day through real processes: 住記, 共通機能, 中間サーバー, the network and the bodies that ask.

The hub is in memory; connectors, partners' languages, ledgers and what runs beside the hub are the real ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.chukan import language, screen
from connectors.chukan.peers.shoukai import own_key
from connectors.chukan.provision import PROVISIONS, opened
from connectors.juki import heard, subscriptions
from connectors.juki.full import nws
from connectors.juki.messages import Planner
from connectors.juki.told import Follow, Told, onward_id
from connectors.juki.town import Town
from connectors.kit.compose import compose
from connectors.kit.domain import NO_GROUND
from connectors.kit.feeds import notices
from connectors.kit.forwarding import Setup
from connectors.kit.ids import derived_id
from connectors.kit.languages.http import HttpPartner
from connectors.kit.ledger import Tokens
from connectors.kit.loading import open_partner, open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Events, Result
from connectors.kit.payload import lists
from connectors.kit.simulator import READY
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub import envelope
from hub.edges import resources
from hub.errors import Unavailable
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from hub.schemas import Schemas
from hub.xmlsig.precheck import parse
from tests import fakehub, samples

# A day of which nobody else tells 住記: the CS and the 法務省 are not of this test.
SEED, RESIDENTS, EVENTS, DAY = 17, 90, 40, date(2026, 4, 1)
CONNECTED = ("juki", "atena", "chukan")
PROCESSES = {
    "juki": "connectors.juki.simulator",
    "atena": "connectors.atena.simulator",
    "chukan": "connectors.chukan.simulator",
    "nws": "connectors.chukan.peers.nws",
    "shoukai": "connectors.chukan.peers.shoukai",
}
PATIENCE = 120.0
Line = Mapping[str, str]


@pytest.fixture(scope="module")
def law() -> Provisions:
    return load(resources.provision_files())


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(SEED, RESIDENTS, EVENTS, DAY, full=True)


@pytest.fixture(scope="module")
def cast(town: Town) -> Sequence[Told]:
    """What the group tells; the messages of others are not of this test."""
    return tuple(nws.told(town))


class Ward:
    """Three connectors at a hub in memory, and the processes behind them."""

    def __init__(self, home: Path, law: Provisions, town: Town) -> None:
        self.home, self.law = home, law
        self.processes: dict[str, subprocess.Popen[str]] = {}
        for name in PROCESSES:
            self.start(name)
        self.hub = fakehub.memory_hub(*CONNECTED, *nws.SYSTEMS)
        self.hub.clock.at = town.events[-1].at
        self.partners: dict[str, Any] = {name: open_partner(name, home / f"{name}.sock", name) for name in CONNECTED}
        self.workers = {name: self._worker(name) for name in CONNECTED}

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", PROCESSES[name], "--ledger-dir", str(self.home / "effects")]
        command += ["--socket", str(self.home / f"{name}.sock"), "--watch-stdin", "--full", "--day", DAY.isoformat()]
        command += ["--seed", str(SEED), "--residents", str(RESIDENTS), "--events", str(EVENTS)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == READY
        self.processes[name] = process

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=20)

    def close(self) -> None:
        for worker in self.workers.values():
            worker.stop()
        for partner in self.partners.values():
            partner.close()
        for process in self.processes.values():
            process.communicate(timeout=20)

    def run(self, until: Callable[[], bool], *, settle: bool = True) -> None:
        """Rounds until `until`, and then, unless told not to `settle`, until nothing moves."""
        end = time.monotonic() + PATIENCE
        idle = 0
        while idle < 3 and (settle or not until()):
            assert time.monotonic() < end, {name: worker.status() for name, worker in self.workers.items()}
            moved = False
            for name, worker in self.workers.items():
                ready = self.hub.ready(name)
                if ready and not worker.status().inbox:
                    worker.offer(ready[: worker.capacity()])
                moved |= worker.step()
                assert not worker.status().latched, worker.status()
            idle = idle + 1 if until() and not moved else 0
            time.sleep(0.005)

    @property
    def over(self) -> bool:
        """Whether the 中間サーバー has nothing more to say: every 提供の求め of the day is settled."""
        return self.workers["chukan"].status().feeds_ended

    def ledger(self, name: str) -> list[dict[str, str]]:
        path = self.home / "effects" / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def _worker(self, name: str) -> Worker:
        identity = fakehub.identity(name)
        setup = Setup(
            identity, self.partners[name], Automaton(name), self.law, frozenset({*CONNECTED, *nws.SYSTEMS} - {name})
        )
        store = EndpointStore.create(self.home / f"{name}.db", identity)
        return Worker(identity, open_room(name, setup), self.hub, store, self.hub.clock, Manner(signatures=None))


def enquiries_of_systems(ward: Ward, cast: Iterable[Told]) -> None:
    """The department systems ask: their rooms are another test's, so their messages are sent as they would send them."""
    for told in cast:
        if told.flow == "C6":
            identity = fakehub.identity(told.sender)
            setup = Setup(identity, Silent(), Automaton(told.sender), ward.law, frozenset({"atena"}))
            (draft,) = notices(setup)(asdict(told.notice(Tokens(bytes(32)))))
            ward.hub.submit([compose(draft, identity)])


def told_by_others(town: Town) -> set[str]:
    """What 住記 waits for and the CS tells it."""
    ours = {one.message_id for one in nws.fugou(town)}
    return {one.awaits for one in town.told if one.sender == "juki" and one.awaits} - ours


def tell(ward: Ward, town: Town) -> None:
    """The CS is not of this test: 住記 is told directly what it waits for, so that its feed goes on."""
    content = heard.written("TS-CERT", town.events[0].at, samples.tree("TS-CERT"))
    for message in sorted(told_by_others(town)):
        ward.partners["juki"].perform([Effect(message, "TS-CERT", hashlib.sha256(content).hexdigest(), content)])


class Silent:
    """A partner that nobody asks."""

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        raise NotImplementedError

    def feed(self, name: str, after: str, limit: int) -> Events:
        raise NotImplementedError


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory, law: Provisions, town: Town, cast: Sequence[Told]) -> Iterator[Ward]:
    """The day, played once. When some have their answer the 中間サーバー and the network are killed, and started again."""
    made = Ward(tmp_path_factory.mktemp("nws"), law, town)
    try:
        tell(made, town)
        enquiries_of_systems(made, cast)
        made.run(lambda: len([one for one in made.ledger("shoukai") if one["outcome"] != "refused"]) >= 3, settle=False)
        for name in ("nws", "chukan"):
            made.kill(name)
            made.start(name)
        made.run(lambda: made.over)
        yield made
    finally:
        made.close()


def planned(law: Provisions, town: Town, cast: Sequence[Told]) -> dict[tuple[str, str], tuple[str, str]]:
    """(recipient, MessageId) -> (result, code) of everything between the three of this test."""
    planner = Planner(law, subscriptions.load(subscriptions.read_own(), law))
    found = {
        (one.recipient, one.message_id): one.rejection
        for event in town.events
        for one in planner.messages(event)
        if one.recipient in {"atena", "chukan"}
    }
    for told in cast:
        found[told.recipient, told.message_id] = told.rejection
        found |= follows(told.message_id, told.follows)
    for cause, follow in town.caused:
        found |= follows(cause, (follow,))
    return {key: ("rejected" if code else "confirmed", code) for key, code in found.items() if key[0] in CONNECTED}


def follows(cause: str, given: Iterable[Follow]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for one in given:
        id_ = onward_id(cause, one)
        found[one.recipient, id_] = one.rejection
        found |= follows(id_, one.follows)
    return found


class TestDay:
    def test_every_message_has_the_effect_that_was_planned_once(
        self, ward: Ward, law: Provisions, town: Town, cast: Sequence[Told]
    ) -> None:
        """Plan and ledgers of 共通機能, 中間サーバー and 住記 agree message by message, through two kills."""
        expected = planned(law, town, cast)
        lines = [
            ((name, line["MessageId"]), (line["result"], line.get("code", "")))
            for name in CONNECTED
            for line in ward.ledger(name)
            if "flow" not in line and line["MessageId"] not in told_by_others(town)
        ]

        assert max(Counter(key for key, _ in lines).values()) == 1
        assert dict(lines) == expected

    def test_every_flow_of_the_hub_comes_often_enough(self, ward: Ward) -> None:
        """Twenty and more of each, answered with what happened."""
        kinds = Counter(one.header.type for one in ward.hub.posted if one.answered is not None)

        for name in ("CK-TKY", "CK-TKR", "CK-4J", "CK-4R", "CK-SKI", "CK-SKR", "CK-EXP"):
            assert kinds[name] >= 20, name
        assert kinds["CK-FGU"] == len([one for one in ward.hub.posted if one.header.type == "CK-FGU"]) > 0

    def test_what_is_sent_is_valid(self, ward: Ward) -> None:
        """Everything that was composed on the way passes its schema."""
        schemas = Schemas.load(resources.xsd_files())
        for one in ward.hub.posted:
            payload = envelope.payload_of(parse(one.delivery.raw))
            schemas.validate(payload, one.header.type, one.header.version)

    def test_the_results_reach_whoever_asked(self, ward: Ward, cast: Sequence[Told]) -> None:
        """C6: the 照会結果 comes to the system of the conversation, and answers its 照会番号."""
        asked = {one.conversation_id: one for one in cast if one.flow == "C6"}
        found = [one for one in ward.hub.posted if one.header.type == "CK-SKR" and one.header.sender == "atena"]

        assert len(found) >= 20
        for one in found:
            told = asked[one.header.conversation_id]
            said = lists(envelope.payload_of(parse(one.delivery.raw)))
            assert one.header.recipient == told.sender
            assert said["照会番号"] == lists(told.build())["照会番号"]

    def test_an_answer_is_part_of_its_question(self, ward: Ward) -> None:
        """C4: nothing but what was asked for (S17), and something where somebody is there."""
        questions = {one.header.message_id: one for one in ward.hub.posted if one.header.type == "CK-4J"}
        answers = [one for one in ward.hub.posted if one.header.type == "CK-4R" and one.header.sender == "juki"]

        assert answers
        for one in answers:
            asked = lists(envelope.payload_of(parse(questions[str(one.header.in_reply_to)].delivery.raw)))["照会項目"]
            said = lists(envelope.payload_of(parse(one.delivery.raw)))
            assert said["回答項目"] == asked
            assert {name for name in nws.FOUR if name in said} <= set(asked)


class TestBesideTheHub:
    def test_both_ends_tell_of_every_enquiry(self, ward: Ward, town: Town) -> None:
        """C3: the body that asked, the network and the 中間サーバー, under one MessageId."""
        ids = {one.id for one in nws.enquiries(town)}

        for name in ("shoukai", "nws", "chukan"):
            lines = [line for line in ward.ledger(name) if line.get("flow") == "C3" and line["MessageId"] in ids]
            assert Counter(line["MessageId"] for line in lines) == Counter(ids), name

    def test_an_enquiry_ends_as_list_and_ward_decide(self, ward: Ward, town: Town) -> None:
        """Off the list: refused. Not approved by the ward: nothing told. Else the items that were asked for."""
        told = {line["MessageId"]: line for line in ward.ledger("shoukai")}

        for one in nws.enquiries(town):
            line = told[one.id]
            if one.refusal:
                assert (line["outcome"], line["reason"]) == ("refused", NO_GROUND)
            elif one.approval == "9":
                assert line["outcome"] == "withheld"
            else:
                assert line["outcome"] == "provided"
                assert set(line["items"].split("、")) == set(one.items)

    def test_the_screen_shows_what_the_hub_was_asked_to_let_go(
        self, ward: Ward, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """S14: beside the running 中間サーバー, for every CK-TKY that came to the hub, the digest of the values is the one in the message."""
        options = ["--ledger-dir", str(ward.home / "effects"), "--socket", str(ward.home / "chukan.sock"), "--full"]
        options += ["--seed", str(SEED), "--residents", str(RESIDENTS), "--events", str(EVENTS)]
        posted = [one for one in ward.hub.posted if one.header.type == "CK-TKY"]

        assert len(posted) >= 20
        for one in posted:
            held = lists(envelope.payload_of(parse(one.delivery.raw)))
            assert screen.main([*options, *held["照会番号"]]) == 0
            said = capsys.readouterr().out
            assert f"提供内容ダイジェスト: {held['提供内容ダイジェスト'][0]}\n" in said
            assert [name for name in nws.ITEMS if f"  {name}: " in said] == held["提供項目"]

    def test_what_passes_the_network_opens_for_the_asking_body_alone(self, ward: Ward, town: Town) -> None:
        """S2: what the 中間サーバー hands to the network is under the key of whoever asked; nothing of it is in clear."""
        server = HttpPartner(ward.home / "chukan.sock", "chukan", "application/json")
        page = server.feed(PROVISIONS, "", 100)
        server.close()
        asked = {one.id: one for one in nws.enquiries(town)}
        provided = [one for one in page.events if one["sealed"]]

        assert len(provided) >= 10
        for one in provided:
            body = asked[one["request"]].body
            items = opened(one["sealed"], own_key(SEED, body), one["request"])
            for other in {*nws.BODIES} - {body}:
                with pytest.raises(ValueError, match="somebody else"):
                    opened(one["sealed"], own_key(SEED, other), one["request"])
            assert set(items) == set(asked[one["request"]].items)
            assert not [name for name in items if name.encode() in bytes.fromhex(one["sealed"])]

    def test_every_enquiry_and_provision_is_recorded(self, ward: Ward, town: Town) -> None:
        """C5: once when it is asked, once when it is provided or not; refusals too (番号法23条, S11)."""
        lines = {line["MessageId"]: line for line in ward.ledger("chukan-kiroku")}
        expected = {}
        for one in nws.enquiries(town):
            expected[derived_id(one.id, "record", "asked", one.id)] = one.refusal
            if not one.refusal:
                given = "0" if one.approval == "9" else "1"
                expected[derived_id(one.id, "record", "provided", one.id)] = given

        assert {id_: line.get("refused") or line.get("provided", "") for id_, line in lines.items()} == expected
        assert len(lines) == len(ward.ledger("chukan-kiroku"))

    def test_the_network_tells_of_every_own_enquiry(self, ward: Ward) -> None:
        """C6: what the 中間サーバー asked stands in the network's ledger under the same MessageId."""
        mine = {line["MessageId"] for line in ward.ledger("chukan") if line["type"] == "CK-SKI" and "code" not in line}

        assert {line["MessageId"] for line in ward.ledger("nws") if line.get("flow") == "C6"} == mine

    def test_no_ledger_holds_what_was_told(self, ward: Ward, town: Town) -> None:
        """No name, address, number or 世帯番号 of anybody of the cast (promise 8)."""
        text = "".join(path.read_text() for path in sorted((ward.home / "effects").glob("*.jsonl")))
        secrets = [
            part
            for one in nws.quiet(town)
            for part in (one.name, one.address.text, one.kojin_bangou, one.household, town.integrated(one.atena))
        ]

        assert [part for part in secrets if part in text] == []


class TestLateReply:
    def test_an_effect_whose_reply_came_too_late_is_done_once(self, tmp_path: Path) -> None:
        """The 中間サーバー stands still for longer than its connector waits: Unavailable; asked again, one line."""
        command = [sys.executable, "-m", PROCESSES["chukan"], "--ledger-dir", str(tmp_path / "effects")]
        command += ["--socket", str(tmp_path / "chukan.sock"), "--watch-stdin", "--residents", "5"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == READY
        partner = HttpPartner(tmp_path / "chukan.sock", "chukan", "application/json", patience=0.3)
        content = language.written("CK-DBM", samples.tree("CK-DBM", {"団体内統合宛名番号": "1"}, variant=1))
        effect = Effect("019d466d-8855-73ef-a523-d86e36d97c55", "CK-DBM", "0" * 64, content)

        process.send_signal(signal.SIGSTOP)
        with pytest.raises(Unavailable):
            partner.perform([effect])
        process.send_signal(signal.SIGCONT)
        results = answered_in_the_end(partner, effect)

        lines = (tmp_path / "effects" / "chukan.jsonl").read_text().splitlines()
        partner.close()
        process.communicate(timeout=20)
        assert results.confirmed
        assert [json.loads(line)["MessageId"] for line in lines] == [effect.message]


def answered_in_the_end(partner: HttpPartner, effect: Effect) -> Result:
    while True:
        with contextlib.suppress(Unavailable):
            return partner.perform([effect])[0]
