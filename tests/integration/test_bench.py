"""The benchmark runs through the real pipeline: what it counts is what the logs hold. Never how fast."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench import fixture, ours, report
from bench.naive import stored
from bench.plan import SENDER, SMALL_1, WORKLOADS, Plan
from bench.session import CONTENDERS, WARM_UP, Results, measure
from connectors.kit.compose import compose
from hub.app.evidence import open_archive
from hub.exchangelog import entry as entries

PLAN = Plan(rounds=1, small=10, large=2, lone=2, paced=3)
SIGNED_AND_WHOLE = 2  # each round goes once signed beforehand and once signed by the sender's connector


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def results(place: Path) -> Results:
    """A run of a few messages."""
    return measure(place, PLAN, lambda _: None, profile=True)


class TestRun:
    def test_every_message_of_every_contender_is_counted(self, results: Results) -> None:
        """Each workload, each contender, one round, all messages."""
        counts = {
            name: {one: [run.messages for run in runs[one]] for one in runs} for name, runs in results.runs.items()
        }

        assert counts == {
            "small, fan-out 1": {one: [10] for one in CONTENDERS},
            "small, fan-out 5": {one: [10] for one in CONTENDERS},
            "large, fan-out 1": {one: [2] for one in CONTENDERS},
        }

    def test_every_message_was_permitted_and_answered_in_a_log_that_verifies(
        self, results: Results, place: Path
    ) -> None:
        """As many answers as permits, no refusal, and the offline verifier agrees with each home."""
        for workload in WORKLOADS:
            more = PLAN.lone + PLAN.paced if workload == SMALL_1 else 0
            round_ = PLAN.events(workload) * workload.fan_out
            warm_up = WARM_UP // workload.fan_out * workload.fan_out
            profiled = round_ if workload.name in results.stages else 0
            wanted = SIGNED_AND_WHOLE * (round_ + warm_up) + profiled + more
            with open_archive(place / f"{workload.type}-{workload.fan_out}" / workload.zone) as archive:
                verified = archive.verify(())
                with archive.journal.snapshot() as log:
                    kinds = Counter(entries.parse(row.leaf).KIND for row in log.entries())

            assert verified.ok
            assert (kinds["permit"], kinds["answer"], kinds["refuse"]) == (wanted, wanted, 0)

    def test_the_naive_hub_stored_the_same_messages_and_their_answers(self, results: Results, place: Path) -> None:
        """With answers twice as many rows as messages, one way as many, in a journal of their own for each round."""
        for workload in WORKLOADS:
            own = place / f"{workload.type}-{workload.fan_out}"
            messages = PLAN.events(workload) * workload.fan_out
            rows = [stored(own / f"round-1-{which}") for which in "abcd"]

            assert rows == [2 * messages, 2 * messages, messages, messages]

    def test_latencies_are_of_every_message(self, results: Results) -> None:
        """The lone messages, and those that came at a rate."""
        assert results.lone is not None
        assert results.paced is not None
        assert (PLAN.lone, PLAN.paced) == (results.lone.settled.samples, results.paced[1].settled.samples)

    def test_every_stage_was_seen(self, results: Results) -> None:
        """A message and its answer are verified: two calls a message, whatever they took."""
        messages, stages = results.stages["small, fan-out 5"]

        assert [stage.calls for stage in stages if stage.name.startswith("verify")] == [2 * messages]

    def test_there_is_a_page(self, results: Results) -> None:
        """The report of a real run has every section."""
        page = report.page(results)

        assert [part for part in ("## Throughput", "## Latency", "## Aims", "## Stages") if part not in page] == []


class TestBroken:
    def test_a_message_that_was_sent_before_is_no_measurement(self, tmp_path: Path) -> None:
        """The first receipt again would be quick, and would count nothing."""
        ear = ours.Ear()
        with fixture.open_zone(tmp_path, SMALL_1.zone, ear) as home:
            sender = fixture.identity(home, SENDER)
            mint = fixture.Mint(SMALL_1, sender, home.house.law.provisions)
            messages = [compose(draft, sender) for event in mint.events(2, home.clock.now()) for draft in event]
            ours.signed_beforehand(home, ear, SMALL_1.recipients, messages)

            with pytest.raises(ours.Broken, match="not accepted: repeated"):
                ours.signed_beforehand(home, ear, SMALL_1.recipients, messages)
