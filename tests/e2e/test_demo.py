"""`hub demo` shows what it must show: equations, and plan x ledgers x leaves joined by code that shares nothing with it."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hub.routes import RULES
from tests.e2e import logfile, order, stamps
from tests.e2e.conftest import SMALL
from tests.e2e.demorun import ZONES, Run, call, counts, demo, fingerprints, hub

CONFIRMED, REJECTED = "confirmed", "rejected"
# What a stolen transport hands to a recipient with a stamp that is not the delivery's, and the code of the recipient's refusal.
DISBELIEVED = {
    "stamp-of-another-message": "HUB-LOG-035",
    "stamp-of-a-refusal": "HUB-LOG-030",
}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def report(played: Run) -> dict[str, Any]:
    """The one JSON object that the command wrote on standard output."""
    return dict(json.loads(played.out))


@pytest.fixture(scope="module")
def plan(played: Run) -> list[dict[str, Any]]:
    return lines(played.home / "plan.jsonl")


@pytest.fixture(scope="module")
def ledgers(played: Run) -> dict[str, list[dict[str, Any]]]:
    """The effects that the partners' own processes wrote down, by endpoint."""
    return {file.stem: lines(file) for file in sorted((played.home / "effects").glob("*.jsonl"))}


@pytest.fixture(scope="module")
def log(played: Run) -> dict[str, list[dict[str, Any]]]:
    """The entries of each zone's log, in order."""
    return {zone: logfile.entries(played.home / "zones" / zone) for zone in ZONES}


@pytest.fixture(scope="module")
def results(played: Run) -> dict[str, dict[str, Any]]:
    """What the hub answered to each attack."""
    return {one["attack"]: one for one in lines(played.home / "attacks" / "results.jsonl")}


class TestReport:
    def test_the_command_ends_well(self, played: Run, report: dict[str, Any]) -> None:
        """Exit code 0, one JSON object, which is also kept in the home."""
        assert played.exit == 0, played.said.decode()
        assert report == played.report

    def test_the_equations_hold(self, report: dict[str, Any]) -> None:
        """Nothing that was sent is unaccounted for, and nothing is outstanding."""
        refused = sum(report["refused"].values())
        assert report["sent"] == report["accepted"] + refused + report["duplicates"]
        assert report["accepted"] == report["terminal"] + report["forwarded"]
        assert report["forwarded"] == report["delivered"] + report["held"] + report["expired"] + report["failed"]
        assert report["delivered"] == report["acknowledged"] + report["rejected"] + report["outstanding"]
        assert report["outstanding"] == 0
        told = ("sent", "accepted", "duplicates", "forwarded", "acknowledged", "rejected", "elapsed_s")
        print({**{name: report[name] for name in told}, "refused": refused})  # to be recorded (`make long`)
        print({zone: one["log"]["size"] for zone, one in report["zones"].items()})

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
    def test_each_planned_acceptance_has_one_permit(
        self, plan: list[dict[str, Any]], log: dict[str, list[dict[str, Any]]]
    ) -> None:
        """In its own zone, from its sender to its recipient, and there is no permit that nobody planned."""
        names = ("message", "sender", "recipient", "type")
        planned = Counter((one["zone"], *(one[name] for name in names)) for one in plan if one["outcome"] == "accepted")
        permits = Counter(
            (zone, *(one[name] for name in names)) for zone in ZONES for one in log[zone] if one["kind"] == "permit"
        )
        assert permits == planned
        assert set(planned.values()) == {1}

    def test_each_planned_acceptance_has_one_effect(
        self,
        plan: list[dict[str, Any]],
        log: dict[str, list[dict[str, Any]]],
        ledgers: dict[str, list[dict[str, Any]]],
    ) -> None:
        """Exactly once in the recipient's ledger, with the planned result and the digest of the log, and in no other ledger."""
        digests = {one["message"]: one["digest"] for zone in ZONES for one in log[zone] if one["kind"] == "permit"}
        planned = Counter(
            (one["recipient"], one["message"], one["effect"], one["domain"], digests[one["message"]])
            for one in plan
            if one["outcome"] == "accepted"
        )
        performed = Counter(
            (endpoint, one["MessageId"], one["result"], one.get("code", ""), one["sha256"])
            for endpoint, ledger in ledgers.items()
            for one in ledger
        )
        assert performed == planned

    def test_each_permit_has_one_answer_of_its_recipient(
        self, plan: list[dict[str, Any]], log: dict[str, list[dict[str, Any]]]
    ) -> None:
        """Signed by the recipient, after the permit, with the planned end: confirmed, or rejected under the planned code."""
        planned = {
            one["message"]: (
                one["recipient"],
                "rejected" if one["effect"] == REJECTED else "partner-confirmed",
                one["domain"],
            )
            for one in plan
            if one["outcome"] == "accepted"
        }
        for zone in ZONES:
            permits = {one["message"]: at for at, one in enumerate(log[zone]) if one["kind"] == "permit"}
            answered = [
                (at, answer["sender"], *line)
                for at, answer in enumerate(log[zone])
                if answer["kind"] == "answer"
                for line in answer["lines"]
            ]
            assert Counter(message for _, _, message, *_ in answered) == Counter(permits.keys())
            for at, sender, message, digest, level, code in answered:
                assert (sender, level, code) == planned[message]
                assert permits[message] < at
                assert digest == log[zone][permits[message]]["digest"]


class TestOrder:
    def test_every_lane_kept_its_order(self, played: Run) -> None:
        """As planned, as accepted, as performed; there are lanes with several messages, or this would say nothing."""
        assert sum(len(messages) > 1 for messages in order.lanes(played.home).values()) > 50
        assert order.violations(played.home) == {"planned": 0, "performed": 0}


class TestAttacks:
    def test_each_is_refused_under_its_own_code(
        self,
        plan: list[dict[str, Any]],
        log: dict[str, list[dict[str, Any]]],
        results: dict[str, dict[str, Any]],
    ) -> None:
        """The entry that the hub's answer names is a refusal under the planned code; each has an entry of its own."""
        attacks = [one for one in plan if one["outcome"] == "refused"]
        assert len({one["attack"] for one in attacks}) == len(attacks) >= 20
        found = {one["attack"]: log[one["zone"]][results[one["attack"]]["index"]] for one in attacks}
        assert {name: (one["kind"], one["code"]) for name, one in found.items()} == {
            one["attack"]: ("refuse", one["code"]) for one in attacks
        }
        entries = Counter((one["zone"], results[one["attack"]]["index"]) for one in attacks)
        assert set(entries.values()) == {1}

    def test_each_rule_of_the_document_is_tried(self, report: dict[str, Any]) -> None:
        """X1 to X11, each under its own code; X5 alone is no message's (tests/unit/test_inside.py)."""
        assert {code.id for rule, code in RULES.items() if rule != "X5"} <= set(report["refused"])

    def test_there_is_no_refusal_that_nobody_planned(
        self, plan: list[dict[str, Any]], log: dict[str, list[dict[str, Any]]], report: dict[str, Any]
    ) -> None:
        """The logs' refusals by code are the plan's, and the report's."""
        planned = Counter(one["code"] for one in plan if one["outcome"] == "refused")
        refused = Counter(one["code"] for zone in ZONES for one in log[zone] if one["kind"] == "refuse")
        assert refused == planned == Counter(report["refused"])

    def test_none_is_in_a_ledger(
        self,
        plan: list[dict[str, Any]],
        log: dict[str, list[dict[str, Any]]],
        ledgers: dict[str, list[dict[str, Any]]],
    ) -> None:
        """Neither its bytes nor, unless an honest message has it too, its MessageId."""
        refused = [one for zone in ZONES for one in log[zone] if one["kind"] == "refuse"]
        performed = [one for ledger in ledgers.values() for one in ledger]
        assert not {one["digest"] for one in refused} & {one["sha256"] for one in performed}
        honest = {one["message"] for one in plan if one["outcome"] == "accepted"}
        attackers = {one["message"] for one in plan if one["outcome"] == "refused"} - honest
        assert not attackers & {one["MessageId"] for one in performed}

    def test_a_borrowed_stamp_is_planned(self, plan: list[dict[str, Any]], results: dict[str, dict[str, Any]]) -> None:
        """Both cases stand in the plan under their own codes, about a message that the hub permitted: its own stamp is good."""
        lines = [one for one in plan if one["outcome"] == "disbelieved"]
        assert {one["attack"]: one["code"] for one in lines} == DISBELIEVED
        assert len(lines) == len(DISBELIEVED)
        honest = {one["message"] for one in plan if one["attack"] == "honest"}
        assert {one["message"] for one in lines} == honest
        assert results["honest"]["permit"]

    def test_a_borrowed_stamp_is_not_believed(self, report: dict[str, Any]) -> None:
        """The recipient's own check refused each under that code: the stamp of another message, and that of a refusal."""
        assert report["disbelieved"] == DISBELIEVED

    def test_the_borrowed_stamps_are_genuine(self, played: Run, results: dict[str, dict[str, Any]]) -> None:
        """The first proves another permit for the same recipient, the second a refusal: checked without the hub's code."""
        key = stamps.log_key(played.home / "zones" / "kikan")
        honest, twin, refusal = (
            stamps.proven(results[name]["receipt"], results[name]["index"], key)
            for name in ("honest", "honest-twin", "wrong-affair")
        )
        assert (twin["kind"], twin["recipient"], refusal["kind"]) == ("permit", honest["recipient"], "refuse")
        assert twin["message"] != honest["message"]

    def test_a_replay_gets_the_first_answer_again(self, results: dict[str, dict[str, Any]]) -> None:
        """The same receipt about the same entry, and no second entry."""
        assert results["replay"]["repeated"]
        assert (results["replay"]["index"], results["replay"]["receipt"]) == (
            results["honest"]["index"],
            results["honest"]["receipt"],
        )


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
    def test_no_entry_knows_a_subject_or_an_operator(self, zone: str, log: dict[str, list[dict[str, Any]]]) -> None:
        """The leaves have exactly the members of the specification, and none for persons."""
        members = {name for one in log[zone] for name in one}
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
