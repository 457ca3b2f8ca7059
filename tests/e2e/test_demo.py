"""`hub demo` shows what it must show: equations, and plan x ledgers x leaves joined by code that shares nothing with it."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.routes import RULES
from tests.e2e import join, logfile, order, stamps
from tests.e2e.conftest import SMALL
from tests.e2e.demorun import ZONES, Run, call, counts, demo, fingerprints, hub

# What a stolen transport hands to a recipient with a stamp that is not the delivery's, and the code of the recipient's refusal.
DISBELIEVED = {
    "stamp-of-another-message": "HUB-LOG-035",
    "stamp-of-a-refusal": "HUB-LOG-030",
}

# Attacks on a safeguard, and the code of its refusal: said here again, so that the plan alone cannot make it true.
SAFEGUARDS = {
    "stranger-certificate": "HUB-CRT-002",  # S1
    "other-endpoints-certificate": "HUB-CRT-010",  # S1, S38
    "cs-without-biometrics": "HUB-OPR-002",  # S4
    "shared-id": "HUB-OPR-007",  # S4
    "clerk-of-another-office": "HUB-OPR-008",  # S4
    "no-reason": "HUB-MSG-007",  # S6
    "operator-exchanged": "HUB-MSG-008",  # S6
    "no-approved-route": "HUB-RTE-021",  # S12
    "provision-without-permit": "HUB-XSD-004",  # S13
    "forbidden-item": "HUB-PRV-015",  # S15
    "answer-beyond-the-question": "HUB-CHK-017",  # S17
    "certificate-without-end": "HUB-CHK-022",  # S22
    "terminal-not-on-the-lgwan": "HUB-OPR-006",  # S27
    "enquiry-from-any-terminal": "HUB-OPR-001",  # S28
    "other-tenant": "HUB-RTE-019",  # S31
    "other-environment": "HUB-MSG-004",  # S31
    "filing-that-corrects-a-later-one": "HUB-CHK-021",  # S34
}


@pytest.fixture(scope="module")
def report(played: Run) -> dict[str, Any]:
    """The one JSON object that the command wrote on standard output."""
    return dict(json.loads(played.out))


@pytest.fixture(scope="module")
def story(played: Run) -> join.Story:
    """Plan, the partners' own ledgers, the leaves of both logs, and what the hub answered to each attack."""
    return join.read(played.home)


@pytest.fixture(scope="module")
def plan(story: join.Story) -> join.Lines:
    return story.plan


@pytest.fixture(scope="module")
def results(story: join.Story) -> Mapping[str, Mapping[str, Any]]:
    """What the hub answered to each attack."""
    return story.results


class TestReport:
    def test_the_command_ends_well(self, played: Run, report: dict[str, Any]) -> None:
        """Exit code 0, one JSON object, which is also kept in the home."""
        assert played.exit == 0, played.said.decode()
        assert report == played.report

    def test_the_equations_hold(self, report: dict[str, Any], story: join.Story) -> None:
        """Nothing that was sent is unaccounted for, nothing is outstanding, and the leaves count the same."""
        told = ("sent", "accepted", "duplicates", "forwarded", "acknowledged", "rejected", "elapsed_s")
        refused = sum(report["refused"].values())
        print({**{name: report[name] for name in told}, "refused": refused})  # to be recorded (`make long`)
        print({zone: one["log"]["size"] for zone, one in report["zones"].items()})

        assert join.unequal(join.equations(report) | join.counted(story, report)) == {}

    def test_the_day_is_a_day(self, report: dict[str, Any]) -> None:
        """Every flow of the day carries something, the CS rejects some on its own data, and at least twenty attacks are refused."""
        flows = ("A1-3", "A3-2", "A3-5a", "A7-1", "B7-1", "B8-3", "B9", "C0", "C1", "D1")
        assert all(report["flows"][name]["accepted"] > 0 for name in flows)
        others = [flow for name, flow in report["flows"].items() if name not in flows]
        assert all(flow["sent"] == flow["refused"] for flow in others)  # these are the attacks' alone
        assert report["rejected"] > 0
        assert sum(report["refused"].values()) >= 20

    def test_nothing_differs(self, report: dict[str, Any]) -> None:
        """The demo itself found no difference, and both logs verified."""
        assert report["differences"] == []
        assert {zone: one["log"]["verified"] for zone, one in report["zones"].items()} == dict.fromkeys(ZONES, True)


class TestJoin:
    def test_each_planned_acceptance_has_one_permit(self, story: join.Story) -> None:
        """In its own zone, from its sender to its recipient, and there is no permit that nobody planned."""
        planned, permits = join.permits(story)

        assert permits == planned
        assert set(planned.values()) == {1}

    def test_each_planned_acceptance_has_one_effect(self, story: join.Story) -> None:
        """Exactly once in the recipient's ledger, with the planned result and the digest of the log, and in no other ledger."""
        planned, performed = join.effects(story)

        assert performed == planned
        assert join.reused(story) == set()

    def test_each_permit_has_one_answer_of_its_recipient(self, story: join.Story) -> None:
        """Signed by the recipient, after the permit, about its digest, with the planned end: confirmed, or rejected under its code."""
        planned, answered = join.answers(story)

        assert answered == planned


class TestOrder:
    def test_every_lane_kept_its_order(self, played: Run) -> None:
        """As planned, as accepted, as performed; there are lanes with several messages, or this would say nothing."""
        assert sum(len(messages) > 1 for messages in order.lanes(played.home).values()) > 50
        assert order.violations(played.home) == {"planned": 0, "performed": 0}


class TestAttacks:
    def test_each_is_refused_under_its_own_code(self, story: join.Story) -> None:
        """The entry that the hub's answer names is a refusal under the planned code; each has an entry of its own."""
        planned, refused = join.attacks(story)

        assert len(planned) == len(story.refused) >= 20
        assert refused == planned
        assert join.attacks_of_one_entry(story) == []

    def test_each_rule_of_the_document_is_tried(self, report: dict[str, Any]) -> None:
        """X1 to X11, each under its own code; X5 alone is no message's (tests/unit/test_inside.py)."""
        assert {code.id for rule, code in RULES.items() if rule != "X5"} <= set(report["refused"])

    def test_there_is_no_refusal_that_nobody_planned(self, story: join.Story, report: dict[str, Any]) -> None:
        """The logs' refusals by code are the plan's, and the report's."""
        planned, refused = join.refusals(story)

        assert refused == planned == Counter(report["refused"])

    def test_none_is_in_a_ledger(self, story: join.Story) -> None:
        """Neither its bytes nor, unless an honest message has it too, its MessageId."""
        assert join.performed_attacks(story) == (set(), set())

    def test_a_borrowed_stamp_is_planned(self, plan: join.Lines, results: Mapping[str, Mapping[str, Any]]) -> None:
        """Both cases stand in the plan under their own codes, about a message that the hub permitted: its own stamp is good."""
        lines = [one for one in plan if one["outcome"] == "disbelieved"]
        assert {one["attack"]: one["code"] for one in lines} == DISBELIEVED
        assert len(lines) == len(DISBELIEVED)
        honest = {one["MessageId"] for one in plan if one["attack"] == "honest"}
        assert {one["MessageId"] for one in lines} == honest
        assert results["honest"]["permit"]

    def test_a_borrowed_stamp_is_not_believed(self, report: dict[str, Any]) -> None:
        """The recipient's own check refused each under that code: the stamp of another message, and that of a refusal."""
        assert report["disbelieved"] == DISBELIEVED

    def test_the_borrowed_stamps_are_genuine(self, played: Run, results: Mapping[str, Mapping[str, Any]]) -> None:
        """The first proves another permit for the same recipient, the second a refusal: checked without the hub's code."""
        key = stamps.log_key(played.home / "zones" / "kikan")
        honest, twin, refusal = (
            stamps.proven(results[name]["receipt"], results[name]["index"], key)
            for name in ("honest", "honest-twin", "wrong-affair")
        )
        assert (twin["kind"], twin["recipient"], refusal["kind"]) == ("permit", honest["recipient"], "refuse")
        assert twin["message"] != honest["message"]

    def test_a_replay_gets_the_first_answer_again(self, results: Mapping[str, Mapping[str, Any]]) -> None:
        """The same receipt about the same entry, and no second entry."""
        assert results["replay"]["repeated"]
        assert (results["replay"]["index"], results["replay"]["receipt"]) == (
            results["honest"]["index"],
            results["honest"]["receipt"],
        )


class TestSafeguards:
    @pytest.mark.parametrize("attack", SAFEGUARDS)
    def test_each_is_tried_and_refused(
        self,
        attack: str,
        story: join.Story,
        results: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """The sender is told that code, and the entry that the answer names is a refusal under it."""
        (zone,) = [one["zone"] for one in story.plan if one["attack"] == attack]
        told = results[attack]
        entry = story.log[zone][told["index"]]

        assert (told["permit"], told["code"]) == (False, SAFEGUARDS[attack])
        assert (entry["kind"], entry["code"]) == ("refuse", SAFEGUARDS[attack])


class TestLog:
    @pytest.mark.parametrize("zone", ZONES)
    def test_the_root_is_that_of_the_leaves(self, zone: str, played: Run, report: dict[str, Any]) -> None:
        """Recomputed by RFC 6962's own definition from what stands in the database."""
        hashes = [logfile.leaf_hash(leaf) for leaf in logfile.leaves(played.home / "zones" / zone)]
        assert report["zones"][zone]["log"]["size"] == len(hashes)
        assert report["zones"][zone]["log"]["root"] == logfile.root(hashes).hex()

    @pytest.mark.parametrize("zone", ZONES)
    def test_the_export_holds_the_same_leaves(self, zone: str, played: Run, tmp_path: Path) -> None:
        """What `hub log export` gives away is what the database holds: one line a leaf, from the first to the last."""
        home, target = played.home / "zones" / zone, tmp_path / "export.txt"
        done = call([*hub("log export", home), "-o", str(target)], tmp_path / "temp")
        assert done.returncode == 0, done.stderr.decode()
        exported = [line.split(" ")[1] for line in target.read_text("utf-8").splitlines() if line.startswith("leaf ")]
        assert exported == [base64.b64encode(leaf).decode() for leaf in logfile.leaves(home)]

    @pytest.mark.parametrize("zone", ZONES)
    def test_no_entry_knows_a_subject_or_an_operator(self, zone: str, story: join.Story) -> None:
        """The leaves have exactly the members of the specification, and none for persons."""
        members = {name for one in story.log[zone] for name in one}
        assert not members & {"subjects", "operator", "subject", "reason", "body", "payload"}


class TestAgain:
    def test_a_finished_home_is_refused(self, played: Run, tmp_path: Path) -> None:
        """Exit 2 and HUB-CFG-008, and nothing in the home is touched."""
        before = fingerprints(played.home)
        done = call(played.day.command(played.home, "--json"), tmp_path / "temp")
        assert done.returncode == 2
        assert json.loads(done.stdout)["error"]["code"] == "HUB-CFG-008"
        assert b"Traceback" not in done.stderr
        assert fingerprints(played.home) == before

    @pytest.mark.parametrize("more", [(), ("--fresh",)])
    def test_a_place_that_holds_anything_else_is_not_touched(self, more: tuple[str, ...], tmp_path: Path) -> None:
        """A demo erases demos and nothing else, whatever it is told: exit 2 and HUB-CFG-011."""
        precious = tmp_path / "home" / "letters" / "one.txt"
        precious.parent.mkdir(parents=True)
        precious.write_text("nobody's demo", "utf-8")
        done = demo(SMALL, tmp_path, *more, "--json")
        assert done.exit == 2
        assert json.loads(done.out)["error"]["code"] == "HUB-CFG-011"
        assert [path.name for path in (tmp_path / "home").rglob("*")] == ["letters", "one.txt"]

    def test_fresh_starts_again_and_counts_the_same(self, small: Run, small_counts: dict[str, object]) -> None:
        """The same day in the same home, erased before: every count is equal, and so is the plan, but not one key."""
        assert small.exit == 0, small.said.decode()
        plan, keys = (small.home / "plan.jsonl").read_bytes(), fingerprints(small.home / "zones" / "kikan" / "keys")
        again = demo(small.day, small.home.parent, "--fresh", "--json")
        assert again.exit == 0, again.said.decode()
        assert counts(json.loads(again.out)) == small_counts
        assert (small.home / "plan.jsonl").read_bytes() == plan
        assert not set(fingerprints(small.home / "zones" / "kikan" / "keys").values()) & set(keys.values())

    def test_a_person_is_told_the_same(self, small: Run, small_counts: dict[str, Any]) -> None:
        """The text names what was sent and accepted, and says that everything agreed."""
        assert f"送信 {small_counts['sent']} = 受理 {small_counts['accepted']}" in small.out
        assert "すべて一致しました" in small.out
        assert small_counts["differences"] == []
