"""One run of the benchmark: for each workload the same messages through ours and through the naive pipeline, in turns."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import fixture, floor, latency, machine, ours
from bench.command import Say
from bench.figures import Percentiles, Run
from bench.latency import Latency
from bench.machine import Machine
from bench.naive import Naive
from bench.plan import SENDER, SMALL_1, WORKLOADS, Plan, Workload
from bench.stages import Stage, metered
from connectors.kit.compose import Draft, compose
from connectors.kit.identity import Identity
from hub.app.opening import OpenHome
from hub.messages import Submission

OURS, OURS_WHOLE = "juki-hub", "juki-hub, sender signs"
NAIVE, NAIVE_ONE_WAY, NAIVE_WHOLE = "naive", "naive, one way", "naive, sender signs"
FLOOR = "floor, one way"
CONTENDERS = (OURS, NAIVE, NAIVE_ONE_WAY, OURS_WHOLE, NAIVE_WHOLE, FLOOR)
WARM_UP = 20  # messages that are not counted: statements, schemas and buffers are made with the first ones


@dataclass(slots=True)
class Results:
    """Everything measured. `runs` by workload and contender, a `Run` for each round; `bytes` is a signed message's size."""

    plan: Plan
    machine: Machine
    fsync: Percentiles
    began: str
    load: list[tuple[float, float, float]] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)
    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)
    signing_ms: dict[str, float] = field(default_factory=dict)
    lone: Latency | None = None
    paced: tuple[float, Latency] | None = None
    stages: dict[str, tuple[int, tuple[Stage, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Bench:
    """One workload's home, with whom it speaks."""

    workload: Workload
    home: OpenHome
    ear: ours.Ear
    sender: Identity
    mint: fixture.Mint
    place: Path

    def drafts(self, events: int) -> list[tuple[Draft, ...]]:
        return self.mint.events(events, self.home.clock.now())

    def signed(self, events: int) -> list[Submission]:
        return [compose(draft, self.sender) for event in self.drafts(events) for draft in event]

    def naive(self, name: str) -> Naive:
        return Naive(self.place / name, self.home, self.workload)


def measure(place: Path, plan: Plan, say: Say, *, workloads: Sequence[Workload] = WORKLOADS, profile: bool) -> Results:
    """Runs everything below `place`, an empty directory. Raises `ours.Broken` or `naive.Wrong` when a message goes astray."""
    results = Results(plan, machine.describe(place), machine.fsync(place), began=fixture.now_text())
    results.load.append(machine.load())
    for workload in workloads:
        _measure_one(place, workload, results, say, profile=profile)
    results.load.append(machine.load())
    return results


def _measure_one(place: Path, workload: Workload, results: Results, say: Say, *, profile: bool) -> None:
    ear, own = ours.Ear(), place / f"{workload.type}-{workload.fan_out}"
    with fixture.open_zone(own, workload.zone, ear) as home:
        sender = fixture.identity(home, SENDER)
        mint = fixture.Mint(workload, sender, home.house.law.provisions)
        bench = _Bench(workload, home, ear, sender, mint, own)
        say(f"{workload.name}: warming up")
        _round(bench, max(1, WARM_UP // workload.fan_out), "warm-up", lambda _, __: None)
        for number in range(1, results.plan.rounds + 1):
            _one_round(bench, number, results, say)
        if workload == SMALL_1:
            _latencies(bench, results, say)
        if profile:
            _stages(bench, results, say)


def _one_round(bench: _Bench, number: int, results: Results, say: Say) -> None:
    name, plan = bench.workload.name, results.plan
    runs = results.runs.setdefault(name, {contender: [] for contender in CONTENDERS})

    def done(contender: str, run: Run) -> None:
        runs[contender].append(run)
        say(f"{name}: round {number} of {plan.rounds}: {contender}: {run.rate:.0f}/s")

    messages = _round(bench, plan.events(bench.workload), f"round-{number}", done)
    results.bytes[name] = round(statistics.median(len(one.raw) for one in messages))


def _round(bench: _Bench, events: int, name: str, done: Callable[[str, Run], None]) -> list[Submission]:
    """Every contender once, ours and theirs in turns, all with the same messages; those that sign get the same drafts."""
    home, ear, recipients = bench.home, bench.ear, bench.workload.recipients
    messages, drafts = bench.signed(events), bench.drafts(events)
    raw = [one.raw for one in messages]
    gc.collect()
    done(OURS, ours.signed_beforehand(home, ear, recipients, messages))
    done(NAIVE, _closing(bench.naive(f"{name}-a"), lambda naive: naive.with_answers(raw, recipients)))
    done(OURS_WHOLE, ours.signed_by_sender(home, ear, recipients, ours.Source(name, drafts)))
    flat = [draft for event in drafts for draft in event]
    done(NAIVE_WHOLE, _closing(bench.naive(f"{name}-b"), lambda naive: naive.signed_by_sender(flat, events)))
    done(NAIVE_ONE_WAY, _closing(bench.naive(f"{name}-c"), lambda naive: naive.one_way(raw, events)))
    done(FLOOR, floor.run(bench.place / f"{name}-d", bench.sender, raw, events))
    return messages


def _closing(naive: Naive, act: Callable[[Naive], Run]) -> Run:
    try:
        return act(naive)
    finally:
        naive.close()


def _latencies(bench: _Bench, results: Results, say: Say) -> None:
    plan, recipients = results.plan, bench.workload.recipients
    say("latency: one message in flight")
    results.lone = latency.lone(bench.home, bench.ear, recipients, bench.signed(plan.lone))
    measured = statistics.median(run.rate for run in results.runs[bench.workload.name][OURS])
    rate = measured * latency.SHARE
    say(f"latency: {rate:.0f} messages a second, 70 % of what was measured")
    results.paced = (rate, latency.paced(bench.home, bench.ear, recipients, bench.signed(plan.paced), rate))


def _stages(bench: _Bench, results: Results, say: Say) -> None:
    say(f"{bench.workload.name}: stages")
    messages = bench.signed(results.plan.events(bench.workload))
    with metered() as meter:
        ours.signed_beforehand(bench.home, bench.ear, bench.workload.recipients, messages)
    results.stages[bench.workload.name] = (len(messages), meter.stages())
