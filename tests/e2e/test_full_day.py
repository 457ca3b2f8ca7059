"""`hub demo --full` shows every flow of the document: carried and answered, between partners, or by persons."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from connectors.demo.places import DAY
from connectors.juki.full import behind
from connectors.juki.town import Town
from connectors.kit.payload import items, lists
from hub import envelope
from hub.app.evidence import open_archive
from hub.app.opening import open_home
from hub.codes import hld
from hub.edges import resources
from hub.edges.clock import SimulatedClock
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Admin, Hold, Observation, Release
from hub.flows import FlowKind, Step, load
from hub.observe import silent
from hub.xmlsig.precheck import parse
from tests.e2e import join, logfile, order, stamps
from tests.e2e.conftest import FULL
from tests.e2e.demorun import ZONES, Run, call, hub

FLOWS = load(resources.flows_file()).flows
AT_LEAST = 20
PERSONAL = ("個人番号", "住民票コード", "漢字氏名", "ふりがな氏名", "住所")
Leg = tuple[str, str, str, str]  # flow, from, to, type
Plan = dict[str, Leg]
Ledgers = Mapping[str, join.Lines]
LEGS: list[Leg] = [(flow.id, one.source, one.target, one.type) for flow in FLOWS.values() for one in flow.carried]
SYSTEMS = ("kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho", "jidou", "senkyo")
GROUPS = {"systems": (*SYSTEMS, "zei")}
PERSONS = {"住民", "窓口", "責任者"}
# Beyond a partner the message goes on under its own id: 生成要求 to the 全国サーバー, a department's 情報照会 to the network.
REUSED = {("zenkoku", "B11"), ("nws", "C6")}
SECOND = {"chukan-kiroku": "chukan", "conbini-koufu": "conbini"}  # the second ledger of a system


@dataclass(frozen=True)
class Proofs:
    """What was proven: permits by MessageId, and what the answers say of each."""

    permits: dict[str, dict[str, Any]]
    answers: dict[str, tuple[str, str]]


def beside(step: Step) -> bool:
    """Whether two systems (or one alone) do it without the hub."""
    return not step.type and not PERSONS & {step.source, step.target}


@pytest.fixture(scope="module")
def report(full: Run) -> dict[str, Any]:
    assert full.exit == 0, full.said.decode()
    return full.report


@pytest.fixture(scope="module")
def story(full: Run) -> join.Story:
    """Plan, ledgers and logs, read without our code."""
    return join.read(full.home)


@pytest.fixture(scope="module")
def ledgers(story: join.Story) -> Ledgers:
    """What each system wrote down itself."""
    return story.ledgers


@pytest.fixture(scope="module")
def plan(story: join.Story) -> Plan:
    """The leg of each of the day's own messages."""
    return {one["MessageId"]: leg_of(one) for one in story.plan if not one["attack"]}


def leg_of(line: Mapping[str, str]) -> Leg:
    """As flows.yaml has it: there one name may stand for several endpoints."""
    (found,) = [
        leg
        for leg in LEGS
        if (leg[0], leg[3]) == (line["flow"], line["type"])
        and all(end in (wanted, *GROUPS.get(wanted, ())) for wanted, end in zip(leg[1:3], ends(line), strict=True))
    ]
    return found


def ends(line: Mapping[str, str]) -> tuple[str, str]:
    """A department of 別紙2 is whoever is no system of its own: those have names in Roman letters."""
    sender, recipient = ("departments" if not line[end].isascii() else line[end] for end in ("sender", "recipient"))
    return sender, recipient


@pytest.fixture(scope="module")
def proofs(full: Run) -> Proofs:
    """Every permit and every answer of both logs, each proven by its stamp; the verifier shares no code with the hub."""
    permits: dict[str, dict[str, Any]] = {}
    answers: dict[str, tuple[str, str]] = {}
    for zone in ZONES:
        home = full.home / "zones" / zone
        key = stamps.log_key(home)
        with open_archive(home) as archive:
            for index, entry in enumerate(logfile.entries(home)):
                if entry["kind"] not in {"permit", "answer"}:
                    continue
                found = stamps.proven(archive.prove(index).encode(), index, key)
                assert found == entry
                if entry["kind"] == "permit":
                    permits[entry["message"]] = entry
                for message, digest, level, _ in entry.get("lines", ()):
                    answers[message] = (digest, level)
    return Proofs(permits, answers)


def screen(full: Run, number: str) -> list[str]:
    """The command that shows what the 中間サーバー of that day would provide for a 照会番号."""
    command = [sys.executable, "-m", "connectors.chukan.screen", "--ledger-dir", str(full.home / "effects"), "--full"]
    command += ["--socket", str(full.home / "run" / "chukan.sock"), "--seed", str(FULL.seed), "--day", DAY.isoformat()]
    return [*command, "--residents", str(FULL.residents), "--events", str(FULL.events), number]


def leaves(full: Run) -> Iterator[tuple[str, int, entries.Entry]]:
    for zone in ZONES:
        with open_archive(full.home / "zones" / zone) as archive, archive.journal.snapshot() as log:
            yield from [(zone, row.index, entries.parse(row.leaf)) for row in log.entries()]


def jsonlines(full: Run, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (full.home / name).read_text("utf-8").splitlines()]


class TestFlows:
    def test_every_flow_of_the_document_is_reported(self, report: dict[str, Any]) -> None:
        """With its kind."""
        assert {name: report["flows"][name]["kind"] for name in FLOWS} == {
            name: flow.kind.value for name, flow in FLOWS.items()
        }

    @pytest.mark.parametrize("name", [flow.id for flow in FLOWS.values() if flow.kind is FlowKind.HUB])
    def test_the_hub_carried_it_at_least_twenty_times(self, name: str, report: dict[str, Any]) -> None:
        """Delivered and answered; what was rejected was rejected as planned."""
        counts = report["flows"][name]
        assert counts["acknowledged"] + counts.get("rejected", 0) >= AT_LEAST, counts
        assert counts.get("outstanding", 0) == 0

    @pytest.mark.parametrize("leg", LEGS, ids=" ".join)
    def test_each_leg_of_a_flow_was_carried_twenty_times(self, leg: Leg, report: dict[str, Any]) -> None:
        """Delivered and confirmed by the recipient's own system; rejected ones do not count, and none is open."""
        flow, *ends = leg
        (counts,) = [one for one in report["flows"][flow]["legs"] if [one["from"], one["to"], one["type"]] == ends]

        assert counts["acknowledged"] >= AT_LEAST
        assert counts["outstanding"] == 0

    @pytest.mark.parametrize("name", [flow.id for flow in FLOWS.values() if any(map(beside, flow.steps))])
    def test_each_leg_beside_the_hub_stands_in_the_ledgers_of_both_ends(
        self, name: str, report: dict[str, Any], ledgers: Ledgers
    ) -> None:
        """The legs of `hub` flows too: the ends are those that flows.yaml declares, and both tell of the same bytes."""
        pairs = {frozenset({step.source, step.target}) for step in FLOWS[name].steps if beside(step)}
        told = {frozenset({leg["from"], leg["to"]}) for leg in report["flows"][name]["legs"] if not leg["type"]}
        ends: dict[str, dict[str, str]] = defaultdict(dict)
        for system, lines in ledgers.items():
            for line in lines:
                ends[line["MessageId"]][SECOND.get(system, system)] = line["sha256"]
        mine = [ends[line["MessageId"]] for lines in ledgers.values() for line in lines if line.get("flow") == name]

        assert told == pairs
        assert mine
        assert all(any(pair <= known.keys() for pair in pairs) for known in mine)
        assert {len(set(known.values())) for known in mine} == {1}

    @pytest.mark.parametrize("name", [flow.id for flow in FLOWS.values() if flow.kind is not FlowKind.HUB])
    def test_it_was_seen_beside_the_hub(self, name: str, report: dict[str, Any]) -> None:
        """In the ledgers of both ends, or among the recorded steps."""
        assert report["flows"][name]["observed"] > 0

    def test_nothing_differs(self, report: dict[str, Any]) -> None:
        """Plan, ledgers, leaves and peers tell one story, and both logs verify."""
        assert report["differences"] == []
        assert report["outstanding"] == 0
        assert all(report["zones"][zone]["log"]["verified"] for zone in ZONES)

    @pytest.mark.parametrize("name", [flow.id for flow in FLOWS.values() if flow.seen_by])
    def test_what_a_connector_sees_it_observed(self, name: str, report: dict[str, Any]) -> None:
        """Each exchange has one signed observation; digests and conversations are held against the ledgers of both ends."""
        counts = report["flows"][name]
        assert counts["logged"] >= AT_LEAST
        assert counts["logged"] == counts.get("observed", counts["logged"])

    def test_what_the_reconciliation_found_is_counted(self, report: dict[str, Any], ledgers: Ledgers) -> None:
        """S23: the whole register was compared; 住記 and CS know of as many unequal ones as the day began with, and name none."""
        town = Town(FULL.seed, FULL.residents, FULL.events, DAY, full=True)
        unequal = len(behind.missing_at_cs(town)) + len(behind.stale_at_cs(town))
        planted = {"persons": FULL.residents, "unequal": unequal, "own": len(behind.only_at_cs(town))}
        told = {
            system: {name: sum(int(one[name]) for one in lines if name in one) for name in planted}
            for system, type_ in (("juki", "SG-RES"), ("cs", "SG-CHK"))
            for lines in [[one for one in ledgers[system] if one["type"] == type_]]
        }

        assert min(planted.values()) > 0
        assert {name: report["flows"]["S23"][name] for name in planted} == planted
        assert told == {"juki": planted, "cs": planted}

    def test_hub_flows_tells_the_counts(self, full: Run, report: dict[str, Any]) -> None:
        """`hub flows --home` reads them from the demo's home."""
        done = call([*hub("flows", full.home), "--json"], full.temp)
        rows = {row["id"]: row for row in json.loads(done.stdout)["flows"]}
        assert rows["A1-3"]["count"] == report["flows"]["A1-3"]["acknowledged"] > 0
        assert rows["A1-4"]["count"] == report["flows"]["A1-4"]["observed"] > 0
        assert rows["A1-4"]["logged"] == rows["A1-4"]["count"]
        assert {row["last_shown"] for row in rows.values()} == {report["ended_at"]}

    def test_last_shown_is_when_it_was_shown(self, report: dict[str, Any]) -> None:
        """The time of the run, not the day that was played."""
        ended = datetime.fromisoformat(report["ended_at"])

        assert timedelta(0) <= datetime.now(UTC) - ended < timedelta(hours=1)

    def test_hub_flows_is_a_table_for_a_person(self, full: Run, report: dict[str, Any]) -> None:
        """A row a flow: id, kind, line of the document, act, route, provision, count, time; its tests by letter."""
        text = call(hub("flows", full.home), full.temp).stdout.decode()
        (row,) = [line.split() for line in text.splitlines() if line.startswith("A1-3 ")]

        assert row[:2] == ["A1-3", "ハブ"]
        assert row[3:8] == ["L603", "L692", "利用", "A1-3", "juki-30-6"]
        assert row[8] == str(report["flows"]["A1-3"]["acknowledged"])
        assert row[-3:] == ["a", "b", "c"]


class TestJoin:
    """As of an ordinary day (test_demo.py), of every flow: plan, ledgers and leaves, not the demo's own reckoning."""

    def test_each_planned_acceptance_has_one_permit(self, story: join.Story) -> None:
        """In its own zone, from its sender to its recipient, and there is no permit that nobody planned."""
        planned, permits = join.permits(story)

        assert permits == planned
        assert set(planned.values()) == {1}

    def test_each_planned_acceptance_has_one_effect(self, story: join.Story) -> None:
        """Exactly once in its recipient's ledger, with result and digest; no other endpoint knows it, nor a peer but where it goes on."""
        planned, performed = join.effects(story)

        assert performed == planned
        assert join.reused(story) == REUSED

    def test_each_permit_has_one_answer_of_its_recipient(self, story: join.Story) -> None:
        """Signed by the recipient, after the permit, about its digest, with the planned end."""
        planned, answered = join.answers(story)

        assert answered == planned

    def test_the_counts_are_those_of_the_leaves(self, story: join.Story, report: dict[str, Any]) -> None:
        """The equations hold, and the numbers in them are what the leaves and the plan count."""
        assert join.unequal(join.equations(report) | join.counted(story, report)) == {}

    def test_each_attack_is_refused_under_its_own_code(self, story: join.Story) -> None:
        """In an entry of its own, and there is no refusal that nobody planned."""
        planned, refused = join.attacks(story)
        codes, logged = join.refusals(story)

        assert len(planned) >= AT_LEAST
        assert refused == planned
        assert logged == codes
        assert join.attacks_of_one_entry(story) == []

    def test_no_attack_is_in_a_ledger(self, story: join.Story) -> None:
        """Of nobody, the peers beyond the partners too: neither its bytes nor its MessageId."""
        assert join.performed_attacks(story) == (set(), set())


class TestEvidence:
    @pytest.mark.parametrize("leg", LEGS, ids=" ".join)
    def test_every_message_and_its_answer_are_provable(self, leg: Leg, proofs: Proofs, plan: Plan) -> None:
        """Index by index, for each leg of each flow: the permit, and the answer that names it with the same digest."""
        messages = [id_ for id_, found in plan.items() if found == leg]

        assert len(messages) >= AT_LEAST
        for id_ in messages:
            permit, (digest, level) = proofs.permits[id_], proofs.answers[id_]
            assert (permit["type"], permit["digest"]) == (leg[3], digest)
            assert level in {"partner-confirmed", "rejected"}

    def test_nothing_else_was_permitted(self, proofs: Proofs, plan: Plan) -> None:
        """What was proven is what was planned, but for the honest messages among the attacks: one, its twin, one and its correction."""
        assert len(proofs.permits.keys() - plan.keys()) == 4
        assert plan.keys() <= proofs.permits.keys()

    def test_an_observation_names_nobody(self, full: Run) -> None:
        """No number, name or address of anybody stands in it, and its evidence is no digest of one."""
        town = Town(FULL.seed, FULL.residents, FULL.events, DAY, full=True)
        texts = {items(update)[name] for update in town.first_updates() for name in PERSONAL} - {""}
        digests = {sha256(text.encode()).hexdigest() for text in texts}
        found = [one for _, _, one in leaves(full) if isinstance(one, Observation)]

        assert len(found) > len(texts) // 10 > 0
        for one in found:
            said = entries.encode(one).decode()
            assert one.evidence not in digests
            assert not any(text in said for text in texts)
            assert (one.legal, one.recipient) == (None, "hub")

    def test_what_was_held_was_released_by_who_had_looked(self, full: Run) -> None:
        """Each hold has its release: by two (C3, S14), of a correction by one (S33), each of whom looked into it before."""
        found = list(leaves(full))
        holds = {(zone, one.entry): one.code for zone, _, one in found if isinstance(one, Hold)}
        looks = {
            (zone, one.entry, key): index
            for zone, index, one in found
            if isinstance(one, Admin) and one.action == "reveal"
            for key in one.keys
        }
        releases = {(zone, one.entry): (index, one) for zone, index, one in found if isinstance(one, Release)}

        assert holds.keys() == releases.keys()
        signed = {(holds[key], len(one.keys)) for key, (_, one) in releases.items()}
        assert signed == {(hld.NO_AUTOMATIC_ANSWER.id, 2), (hld.CORRECTION.id, 1)}
        for (zone, held), (index, one) in releases.items():
            assert all(looks[zone, held, key] < index for key in one.keys)

    def test_the_screen_of_the_partner_shows_the_digest_of_what_was_held(self, full: Run) -> None:
        """S14: for every enquiry that the hub held, 中間サーバー's own screen shows values under the 提供内容ダイジェスト of the held message."""
        home = full.home / "zones" / "kikan"
        held = [
            one.entry for _, _, one in leaves(full) if isinstance(one, Hold) and one.code == hld.NO_AUTOMATIC_ANSWER.id
        ]
        with open_home(home, SimulatedClock(datetime(2026, 4, 1, tzinfo=UTC)), silent) as opened:
            bodies = [opened.journal.secret(index, "body") for index in held]
        asked = [lists(envelope.payload_of(parse(body))) for body in bodies if body is not None]

        assert len(asked) == len(held) > 0
        for one in asked:
            said = call(screen(full, one["照会番号"][0]), full.temp).stdout.decode()
            assert f"提供内容ダイジェスト: {one['提供内容ダイジェスト'][0]}" in said.splitlines()
            assert all(f"  {name}: " in said for name in one["提供項目"])

    @pytest.mark.parametrize("name", ["release-unseen", "correction-own", "correction-unseen"])
    def test_nobody_lets_it_go_unseen_or_as_its_operator(self, full: Run, name: str) -> None:
        """Somebody tried, and the hub refused it as planned."""
        (planned,) = [one for one in jsonlines(full, "plan.jsonl") if one["attack"] == name]
        told = [one["code"] for one in jsonlines(full, "attacks/results.jsonl") if one["attack"] == name]

        assert set(told) == {planned["code"]}

    def test_every_lane_kept_its_order(self, full: Run) -> None:
        """As accepted, as performed, in lanes of several messages too; a full day's plan is not in order of time across its groups."""
        assert sum(len(messages) > 1 for messages in order.lanes(full.home).values()) > 50
        assert order.violations(full.home)["performed"] == 0
