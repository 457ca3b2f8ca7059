"""bench: what many measurements come to, how stages are told apart, and what the report says."""

from __future__ import annotations

import json

import pytest

from bench import report
from bench.figures import Percentiles, Run, Spread, percentile, times
from bench.latency import Latency
from bench.machine import Machine
from bench.plan import QUICK, SMALL_1, WORKLOADS, Plan
from bench.session import CONTENDERS, FLOOR, NAIVE, NAIVE_ONE_WAY, OURS, Results
from bench.stages import STAGES, Stage, metered

MACHINE = Machine("a processor", 2, "Linux", "3.11", "3.40", "OpenSSL", "2.14", ("lxml 6",), "ext4")


def results(**rates: float) -> Results:
    """Three rounds of ten messages each, at these rates (`juki_hub=200`); one second of processor time a round."""
    made = Results(
        QUICK, MACHINE, Percentiles(0.2, 0.25, 0.3, 200), "2026-11-25 20:00 UTC", load=[(1, 2, 3), (4, 5, 6)]
    )
    named = {name: rates.get(name.replace("-", "_").replace(",", "").replace(" ", "_"), 100.0) for name in CONTENDERS}
    runs = {name: [Run(10, 10, 10 / rate, 1.0)] * 3 for name, rate in named.items()}
    made.runs = {SMALL_1.name: runs}
    made.bytes = {SMALL_1.name: 3000}
    return made


def latency(p50: float, p99: float) -> Latency:
    return Latency(Percentiles(1.0, 1.5, 2.0, 40), Percentiles(p50, p99, p99, 40))


class TestFigures:
    @pytest.mark.parametrize(("share", "value"), [(0.01, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
    def test_percentile_is_the_nearest_rank(self, share: float, value: float) -> None:
        """Of 1 to 100 the 99th percentile is 99, in whatever order they come."""
        assert value == percentile([*range(100, 50, -1), *range(1, 51)], share)

    def test_percentile_of_one_value_is_that_value(self) -> None:
        """No interpolation, no second value needed."""
        assert (percentile([7], 0.5), percentile([7], 0.99)) == (7, 7)

    @pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1], 0), ([1], 1.1)])
    def test_percentile_refuses_nonsense(self, values: list[float], share: float) -> None:
        """Without values, or for a share that is none, there is no answer."""
        with pytest.raises(ValueError, match="percentile"):
            percentile(values, share)

    def test_percentiles_are_milliseconds(self) -> None:
        """Seconds in, milliseconds out, with the number of samples."""
        assert Percentiles(2.0, 4.0, 4.0, 3) == Percentiles.of([0.004, 0.001, 0.002])

    def test_spread_has_the_median_and_the_ends(self) -> None:
        """Whatever the order of the rounds."""
        assert Spread(3, 1, 9) == Spread.of([9, 1, 3])

    def test_spread_of_nothing_is_refused(self) -> None:
        """A median of no rounds would be an invention."""
        with pytest.raises(ValueError, match="no rounds"):
            Spread.of([])

    def test_run_knows_its_rates(self) -> None:
        """Ten messages of two events in half a second, with a quarter of a second of processor time."""
        run = Run(10, 2, 0.5, 0.25)

        assert (run.rate, run.event_rate, run.cpu_ms) == (20, 4, 25)

    def test_ratios_are_taken_round_by_round(self) -> None:
        """A slow minute that hit both of a round leaves the ratio alone."""
        assert Spread(2, 2, 2) == times([200, 20, 2], [100, 10, 1])

    def test_ratios_need_as_many_rounds_of_both(self) -> None:
        """A round without its neighbour says nothing."""
        with pytest.raises(ValueError, match="shorter"):
            times([1, 2], [1])


class TestPlan:
    def test_an_event_is_as_many_messages_as_its_fan_out(self) -> None:
        """Events times fan-out is never more than the messages of a round, and never nothing."""
        plan = Plan(small=13, large=2)
        counts = {workload.name: plan.events(workload) for workload in WORKLOADS}

        assert counts == {"small, fan-out 1": 13, "small, fan-out 5": 2, "large, fan-out 1": 2}
        assert Plan(small=1).events(WORKLOADS[1]) == 1


class _Outer:
    """Two stages, one inside the other."""

    def whole(self, times_: int) -> int:
        return sum(self.part(number) for number in range(times_))

    def part(self, number: int) -> int:
        if number > 5:
            raise ValueError("too many")
        return number


class TestStages:
    def test_counts_calls_and_gives_the_functions_back(self) -> None:
        """Every call is counted, results pass through, and afterwards nothing is timed any more."""
        plain = _Outer.part
        stages = (("whole", _Outer, "whole"), ("part", _Outer, "part"))

        with metered(stages) as meter:
            found = _Outer().whole(4)
        calls = {"whole": meter.calls("whole"), "part": meter.calls("part")}

        assert (found, calls) == (6, {"whole": 1, "part": 4})
        assert _Outer.part is plain

    def test_time_inside_an_inner_stage_is_the_inner_stages(self) -> None:
        """The two together are the time of the outer call: nothing is counted twice."""
        clock = iter([0, 0, 1, 1, 4, 4, 10, 10]).__next__  # outer begins, part begins, part ends, outer ends
        with metered((("whole", _Outer, "whole"), ("part", _Outer, "part")), clock, clock) as meter:
            _Outer().whole(1)

        assert meter.stages() == (Stage("whole", 1, 7, 7), Stage("part", 1, 3, 3))

    def test_a_stage_that_raises_is_counted_too(self) -> None:
        """A refusal takes time as well, and goes on as it was."""
        with (
            metered((("part", _Outer, "part"),)) as meter,
            pytest.raises(ValueError, match="too many"),
        ):
            _Outer().part(6)

        assert meter.calls("part") == 1

    def test_every_stage_names_a_function_that_is_there(self) -> None:
        """A renamed function shows here, before a profile silently lacks it."""
        assert [name for name, owner, attribute in STAGES if not callable(getattr(owner, attribute, None))] == []


class TestReport:
    def test_shows_rates_and_ratios(self) -> None:
        """The throughput and how many times the naive one it is, with lowest and highest."""
        page = report.page(results(juki_hub=250.0, naive=50.0))

        assert "| small, fan-out 1 | juki-hub | 250 [250, 250] | 250 | 100.00 [100.00, 100.00] |" in page
        assert "| small, fan-out 1 | juki-hub / naive | 5.0 [5.0, 5.0] | 1.0 [1.0, 1.0] |" in page

    def test_says_what_was_not_met(self) -> None:
        """An aim that was missed is said in bold, not left out."""
        missed = results(juki_hub=250.0, naive_one_way=50.0, floor_one_way=1000.0)
        missed.lone, missed.paced = latency(5.0, 20.0), (100.0, latency(10.0, 40.0))
        page = report.page(missed)

        assert "| small, fan-out 1: at least 10 times naive, one way | 5.00 | **not met** |" in page
        assert "| small, fan-out 1: at least 0.5 times floor, one way | 0.25 | **not met** |" in page
        assert "| one in flight: p99 to the settled answer under 15 ms | 20.0 ms | **not met** |" in page
        assert "| at 70 % load: p99 under 5 times p50 | 4.0 | met |" in page

    def test_says_what_was_met(self) -> None:
        """The same aims, reached."""
        page = report.page(results(juki_hub=600.0, naive_one_way=50.0, floor_one_way=1000.0))

        assert "| small, fan-out 1: at least 10 times naive, one way | 12.00 | met |" in page
        assert "| small, fan-out 1: at least 0.5 times floor, one way | 0.60 | met |" in page

    def test_states_the_conditions(self) -> None:
        """Algorithm, size, sync time, load, processor and versions stand on the page."""
        page = report.page(results())
        wanted = (
            "ECDSA P-256",
            "3,000 B",
            "p50 0.20 ms, p99 0.30 ms",
            "1.00 2.00 3.00",
            "a processor, 2 cores",
            "ext4",
        )

        assert [word for word in (*wanted, "Python 3.11", "SQLite 3.40") if word not in page] == []

    def test_says_when_the_machine_did_other_work(self) -> None:
        """A load average of half a core before the run is somebody else's."""
        idle = results()
        idle.load = [(0.49, 2, 2), (1.5, 2, 2)]

        assert "**The machine did other work at the same time** (load average 1.0 on 2 cores" in report.page(results())
        assert "other work" not in report.page(idle)

    def test_shows_stages_only_where_they_were_measured(self) -> None:
        """Shares are of the processor time of all stages."""
        profiled = results()
        profiled.stages = {SMALL_1.name: (10, (Stage("verify", 20, 0.04, 0.03), Stage("commit", 1, 0.02, 0.01)))}

        assert "## Stages" not in report.page(results())
        assert "| verify | 2.00 | 4.000 | 3.000 | 75% |" in report.page(profiled)

    def test_is_data_for_programs_too(self) -> None:
        """The same results as JSON, every round of every contender."""
        found = json.loads(json.dumps(report.data(results())))

        assert found["machine"]["cores"] == 2
        assert {name: len(runs) for name, runs in found["runs"][SMALL_1.name].items()} == dict.fromkeys(CONTENDERS, 3)

    def test_every_aim_is_about_something_measured(self) -> None:
        """No aim names a workload or pipeline that does not exist."""
        names = {workload.name for workload in WORKLOADS}

        assert {name for name, _, _, _ in report.AIMS} <= names
        assert {OURS, NAIVE, NAIVE_ONE_WAY, FLOOR} >= {one for _, *pair, _ in report.AIMS for one in pair}

    def test_a_workload_that_was_left_out_has_no_aim(self) -> None:
        """Nothing is judged that was not measured."""
        aims = report.page(results()).split("## Aims")[1].split("## What ran")[0]

        assert "small" in aims
        assert "large" not in aims
