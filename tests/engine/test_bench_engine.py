"""The engine's benchmark runs through real servers and processes: what it counts is what the log holds. Never how fast."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.engine import report
from bench.engine.plan import CASES, CHOSEN, NAIVE_1, ONE_WAY, Plan
from bench.engine.session import WARM_UP, Results, begun, on_servers
from bench.engine.stand import Servers
from hub.app.evidence import open_archive
from hub.exchangelog import entry as entries
from scripts.servers import RabbitCluster
from tests.postgres import Postgres

# The case with the zone of two endpoints, signed with RSA, whose topology is soonest made. Our zone is started once, with its stages
# timed: each start is four processes.
PLAN = Plan(
    rounds=1,
    small=6,
    large=6,
    lone=2,
    paced=3,
    carried=60,
    rows=200,
    cases=CASES[3:],
    contenders=(NAIVE_1, ONE_WAY),
    sizes=(),
    shared=(),
    metered=(1,),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def results(place: Path, rabbit: RabbitCluster, postgres: Postgres) -> Results:
    """A run of a few messages on the session's servers."""
    made = begun(place, PLAN)
    on_servers(place, Servers(rabbit, postgres), made, lambda _: None)
    made.load.append((0.0, 0.0, 0.0))
    return made


class TestRun:
    def test_every_message_was_permitted_and_answered_in_a_log_that_verifies(
        self, results: Results, place: Path
    ) -> None:
        """As many answers as permits, no refusal, and the offline verifier agrees with what several processes wrote."""
        with open_archive(place / "case-0" / "juki-net") as archive:
            verified = archive.verify(())
            with archive.journal.snapshot() as log:
                kinds = Counter(entries.parse(row.leaf).KIND for row in log.entries())

        assert verified.ok
        assert (kinds["permit"], kinds["answer"], kinds["refuse"]) == (results.staged, results.staged, 0)

    def test_every_stage_of_worker_and_dispatcher_was_seen(self, results: Results) -> None:
        """Message and answer are verified, twice a message at least, in the worker; the dispatcher asks what ends others."""
        calls = {name: {one.name: one.calls for one in stages} for name, stages in results.stages["1 worker"].items()}

        assert calls["worker-0"]["verify: signature, certificate, coverage"] >= 2 * results.staged
        assert calls["worker-0"]["published and confirmed"] > 0
        assert calls["dispatcher"]["deliver: what messages end (endings)"] > 0

    def test_the_naive_hub_stored_every_message_and_its_answer(self, results: Results, postgres: Postgres) -> None:
        """With answers twice as many rows as messages, one way as many; every round is counted whole."""
        stored = postgres.sql("SELECT count(*) FROM journal", "naive-case-0")
        (found,) = results.rounds.values()

        assert {name: [one.run.messages for one in rounds] for name, rounds in found.items()} == {
            NAIVE_1: [PLAN.large],
            ONE_WAY: [PLAN.large],
        }
        assert int(stored) == 2 * (WARM_UP + PLAN.large + PLAN.lone + PLAN.paced) + WARM_UP + PLAN.large

    def test_latencies_are_of_every_message(self, results: Results) -> None:
        """One in flight, and at a rate."""
        (lone,), (paced,) = results.lone.values(), results.paced.values()

        assert (lone[NAIVE_1].settled.samples, paced[NAIVE_1][1].settled.samples) == (PLAN.lone, PLAN.paced)

    def test_there_is_a_page(self, results: Results) -> None:
        """The report of a real run has every section, and says that nothing was compared over several nodes."""
        page = report.page(results)

        assert [title for title, _ in report.SECTIONS if f"## {title}\n" not in page] == []
        assert f"`{CHOSEN.name}`" not in page
