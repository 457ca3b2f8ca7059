"""bench.engine: the load's clock, what is read from a zone's lines, and what the report says; no server runs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.engine import consuming, floor, load, publishing, report
from bench.engine.ear import LineEar
from bench.engine.endings import Asked
from bench.engine.load import Measured, Waits, measured
from bench.engine.plan import BOTH_WAYS, CASES, CHOSEN, CONTENDERS, FULL, NAIVE_1, OURS_1, OURS_2, SIZES, SMALL_EC
from bench.engine.session import Results
from bench.engine.stages import IDLE, STAGES
from bench.figures import Percentiles, Run
from bench.machine import Machine
from bench.ours import Broken
from bench.stages import Stage
from hub.app import intaking, members
from hub.messages import Submission

MACHINE = Machine("a processor", 2, "Linux", "3.11", "3.40", "OpenSSL", "2.14", ("lxml 6",), "ext4")
MESSAGE = Submission(b"<x/>", b"", "test")
PARTS = ("hub", "connectors", "broker", "database")


def rounds(rate: float) -> list[Measured]:
    """Three rounds of a hundred messages at this rate, four milliseconds of processor time each."""
    return [Measured(Run(100, 100, 100 / rate, 0.4), dict.fromkeys(PARTS, 1.0))] * 3


def waits(settled: float) -> Waits:
    return Waits(Percentiles(1.0, 2.0, 3.0, 9), Percentiles(settled, settled + 1, settled + 2, 9))


@pytest.fixture
def results() -> Results:
    """A whole run: ours 80/s, with two workers 120/s, theirs 40/s."""
    made = Results(FULL, MACHINE, Percentiles(0.2, 0.25, 0.3, 200), "2026-11-28 20:00 UTC", load=[(0, 0, 0), (1, 1, 1)])
    rates = {OURS_1: 80.0, OURS_2: 120.0}
    made.rounds = {case.name: {name: rounds(rates.get(name, 40.0)) for name in CONTENDERS} for case in CASES}
    made.bytes = {case.name: 3000 for case in CASES}
    made.lone = {case.name: {OURS_1: waits(30.0), NAIVE_1: waits(20.0)} for case in CASES}
    made.paced = {case.name: {OURS_1: (56.0, waits(60.0)), NAIVE_1: (28.0, waits(50.0))} for case in CASES}
    made.nodes = {name: rounds(30.0) for name in BOTH_WAYS}
    made.sizes = {one.name: rounds(160.0 if one != CHOSEN else 80.0) for one in SIZES}
    stages = [Stage("verify", 200, 0.3, 0.3), Stage("waits for messages", 10, 5.0, 0.1)]
    made.stages = {"1 worker": {"worker-0": stages}}
    made.staged = 100
    made.shares = {"2 workers": {"worker-0": 120, "worker-1": 80}}
    made.floor = {name: rounds(4000.0) for name in floor.CONTENDERS}
    made.libraries = {
        "publish": {name: [Run(100, 100, 1, 0.1)] for name in publishing.WAYS},
        "consume": {name: [Run(100, 100, 1, 0.1)] for name in consuming.WAYS},
    }
    made.endings = (
        Asked("empty", Percentiles(0.4, 0.5, 0.6, 300), "Seq"),
        Asked("full", Percentiles(1, 2, 3, 300), "Index"),
    )
    return made


class TestPlan:
    def test_the_chosen_sizes_are_the_products(self) -> None:
        """What is called chosen on the page is what `hub serve` does, and is measured."""
        assert (CHOSEN.group, CHOSEN.prefetch) == (intaking.GROUP, members.PREFETCH)
        assert CHOSEN in SIZES

    def test_every_algorithm_and_size_is_a_case(self) -> None:
        """Two kinds of key, two sizes."""
        assert {(case.kind, case.workload.persons) for case in CASES} == {
            (kind, persons) for kind in ("ecdsa-p256", "rsa-3072") for persons in (1, 40)
        }

    def test_every_stage_names_a_function_that_is_there(self) -> None:
        """A renamed function shows here, before a profile silently lacks it."""
        assert [name for name, owner, attribute in STAGES if not callable(getattr(owner, attribute, None))] == []
        assert {name for name, _, _ in STAGES} >= IDLE

    def test_the_chosen_libraries_are_measured(self) -> None:
        """The row by which queues are filled and emptied."""
        assert publishing.CHOSEN in publishing.WAYS
        assert consuming.CHOSEN in consuming.WAYS


@dataclass
class Slow:
    """Takes what it is given at once, and settles each message a while after it was taken."""

    delay: float
    groups: list[int] = field(default_factory=list)
    at: dict[int, float] = field(default_factory=dict)

    def submit(self, messages: Sequence[Submission]) -> Sequence[int]:
        names = [len(self.at) + place for place in range(len(messages))]
        self.groups.append(len(messages))
        self.at |= dict.fromkeys(names, time.time())
        return names

    def settled(self, names: Sequence[int]) -> Mapping[int, float]:
        return {name: self.at[name] + self.delay for name in names}

    def parts(self) -> Mapping[str, Sequence[int]]:
        return {}


class TestLoad:
    def test_a_backlog_is_one_submission_and_ends_with_the_last_answer(self) -> None:
        """The delay of the last answer is part of the round."""
        carrier = Slow(5.0)
        found = load.backlog(carrier, [MESSAGE] * 3, carrier.parts)

        assert (carrier.groups, found.run.messages, found.run.seconds >= 5.0) == ([3], 3, True)

    def test_lone_messages_go_out_one_at_a_time(self) -> None:
        """Each has its own time to the answer."""
        carrier = Slow(0.5)
        found = load.lone(carrier, [MESSAGE] * 2)

        assert (carrier.groups, found.settled.samples, found.settled.p50 >= 500) == ([1, 1], 2, True)

    def test_paced_messages_count_from_when_they_were_due(self) -> None:
        """Nothing goes out before it is due, and the wait for the answer is in it."""
        carrier = Slow(0.25)
        found = load.paced(carrier, [MESSAGE] * 5, 200.0)

        assert (sum(carrier.groups), found.settled.samples, found.settled.p50 >= 250) == (5, 5, True)

    def test_processor_time_is_a_message_s_by_part(self) -> None:
        """Readings before and after, in milliseconds of each message."""
        found = measured(10, 2.0, {"hub": 1.0, "broker": 0.0}, {"hub": 1.5, "broker": 0.1})

        assert (found.run.rate, round(found.run.cpu_ms, 6)) == (5.0, 60.0)
        assert {name: round(one, 6) for name, one in found.cpu_ms.items()} == {"hub": 50.0, "broker": 10.0}


def line(index: int, at: datetime, state: str = "acknowledged") -> str:
    facts = {"event": "delivery.settled", "index": index, "state": state, "at": at.isoformat()}
    return json.dumps(facts) + "\n"


class TestEar:
    def test_hears_what_was_written_after_it_began(self, tmp_path: Path) -> None:
        """Other events and older lines are nothing to it; the time is the line's."""
        events, at = tmp_path / "events.jsonl", datetime(2026, 11, 28, 20, 0, 0, 250000, tzinfo=UTC)
        events.write_text(line(1, at), "utf-8")
        ear = LineEar(events)
        with events.open("a", encoding="utf-8") as more:
            more.write('{"event": "log.checkpoint", "at": "x"}\n' + line(7, at) + line(8, at))
        found = ear.wait([8], lambda: None), ear.wait([7], lambda: None)
        ear.close()

        assert found == ({8: at.timestamp()}, {7: at.timestamp()})

    def test_a_delivery_that_ended_otherwise_breaks_the_round(self, tmp_path: Path) -> None:
        """The figures would be of something else."""
        events = tmp_path / "events.jsonl"
        events.touch()
        ear = LineEar(events)
        events.write_text(line(7, datetime(2026, 11, 28, tzinfo=UTC), "rejected"), "utf-8")
        with pytest.raises(Broken):
            ear.wait([7], lambda: None)
        ear.close()


class TestReport:
    def test_has_every_section_and_no_empty_table(self, results: Results) -> None:
        """Each heading is followed by a table with a row, or by words."""
        page = report.page(results)
        titles = [one.partition("\n")[0] for one in page.split("\n## ")[1:]]

        assert titles == [title for title, _ in report.SECTIONS] + ["What ran"]
        assert "Not measured" not in page

    def test_shows_rates_parts_and_ratios(self, results: Results) -> None:
        """Ours is twice theirs, and half as much again with a second worker."""
        page = report.page(results)

        assert f"| {SMALL_EC.name} | {OURS_1} | 80 [80, 80] | 4.00 [4.00, 4.00] | 1.00 | 1.00 | 1.00 | 1.00 |" in page
        assert f"| {SMALL_EC.name} | {OURS_1} / {NAIVE_1} | 2.00 [2.00, 2.00] | 1.00 [1.00, 1.00] |" in page
        assert f"| {SMALL_EC.name} | {OURS_2} / {OURS_1} | 1.50 [1.50, 1.50] |" in page

    def test_shows_three_percentiles(self, results: Results) -> None:
        """To the receipt and to the answer, alone and under load."""
        page = report.page(results)

        assert f"| {SMALL_EC.name} | {OURS_1} | one in flight | 1.0 / 2.0 / 3.0 | 30.0 / 31.0 / 32.0 | 9 |" in page
        assert f"| {SMALL_EC.name} | {OURS_1} | 56/s, 70 % | 1.0 / 2.0 / 3.0 | 60.0 / 61.0 / 62.0 | 9 |" in page

    def test_sizes_are_held_against_the_chosen_ones(self, results: Results) -> None:
        """Whoever is better shows with a figure above one."""
        page = report.page(results)

        assert f"| {CHOSEN.name} (chosen) | 80 [80, 80] | 1.00 [1.00, 1.00] |" in page
        assert page.count("| 160 [160, 160] | 2.00 [2.00, 2.00] |") == len(SIZES) - 1

    def test_waiting_for_work_is_no_share_of_the_work(self, results: Results) -> None:
        """The stage stands in the table, without a share."""
        page = report.page(results)

        assert "| verify | 200 | 1.500 | 1.500 | 3.000 | 100% |" in page
        assert "| waits for messages | 10 | 500.000 | 10.000 | 50.000 |  |" in page

    def test_shares_of_workers_are_of_an_even_one(self, results: Results) -> None:
        """120 of 200 recorded by one of two workers is 120 % of its even share."""
        assert "| 2 workers | worker-0 120 %, worker-1 80 % |" in report.page(results)

    def test_says_what_was_not_measured(self, results: Results) -> None:
        """Parts that were left out are said to be, not shown as empty tables."""
        page = report.page(replace(results, nodes={}, sizes={}))

        assert page.count("Not measured.") == 2

    def test_is_data_for_programs_too(self, results: Results) -> None:
        """Every round of every contender."""
        found = json.loads(json.dumps(report.data(results)))

        assert {name: len(one) for name, one in found["rounds"][SMALL_EC.name].items()} == dict.fromkeys(CONTENDERS, 3)
