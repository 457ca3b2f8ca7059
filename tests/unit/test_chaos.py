"""scripts.chaos: what counts as a fault, which comes next, and that a step is struck where its name says."""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from scripts.chaos import steps, striking
from scripts.chaos.faults import AT_STEPS, FAULTS, PROCESSES
from scripts.chaos.steps import STEPS, Step
from scripts.chaos.striking import Deck, Striker
from scripts.chaos.world import World

NOTHING = cast(Any, None)  # servers that must not be touched

# A process of a day: it comes to the step twice and tells how that went. The first word is what a worker's command line has.
COMES_TWICE = """
from hub.edges.keystore import KeyStore
from hub.errors import Unavailable
for _ in range(2):
    try:
        print(KeyStore.change(None, ()), flush=True)
    except Unavailable as error:
        print(error.code.id, flush=True)
"""
KEYS = next(step for step in STEPS if step.name == "keys stored")
DONE = "()"  # nothing to store: done at once


def _world(home: Path) -> World:
    return World(home, NOTHING, NOTHING, random.Random(1))


def test_who_strikes_nobody_has_played_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process of this home runs: every strike at one is tried, and none is counted or called a failure."""
    monkeypatch.setattr(striking, "CALM", (0.0, 0.0))
    striker = Striker(_world(tmp_path), Deck(list(PROCESSES)), most=len(PROCESSES))
    striker.run(threading.Event())

    assert len(PROCESSES) == 13
    assert (striker.struck, striker.failed) == ([], [])
    assert striker.deck.left == list(PROCESSES)


def test_what_struck_least_comes_next(tmp_path: Path) -> None:
    """Each kind once before any comes again; what met nobody is tried again after all that was not tried yet."""
    deck, world = Deck(["a", "b", "c"]), _world(tmp_path)
    for _ in range(2):
        deck.struck[deck.draw(world)] += 1
    missed = deck.draw(world)

    assert deck.left == [missed]
    assert deck.draw(world) == missed
    assert sorted(deck.tried.values()) == [1, 1, 2]


def test_every_step_is_there() -> None:
    for step in STEPS:
        module, _, place = step.target.partition(":")
        class_, _, method = place.partition(".")
        assert callable(getattr(getattr(importlib.import_module(module), class_), method)), step.name
        if step.fails is not None:
            module, _, code = step.fails[0].partition(":")
            assert getattr(importlib.import_module(module), code).id


def test_every_way_to_strike_a_step_is_a_fault() -> None:
    assert len(STEPS) == len({step.name for step in STEPS}) == 22
    assert sum(len(steps.ways(step)) for step in STEPS) == len(AT_STEPS)
    assert AT_STEPS.keys() < FAULTS.keys()


@pytest.mark.parametrize(
    ("way", "said", "status"),
    [
        ("dies before", [], -9),
        ("fails before", ["HUB-JNL-006", DONE], 0),
        ("dies after", [], -9),
    ],
)
def test_a_step_is_struck_once(tmp_path: Path, way: str, said: list[str], status: int) -> None:
    """By the first process that comes to it; who it was is told."""
    steps.prepare(tmp_path)
    arm = steps.arm(tmp_path, KEYS, way)

    assert _comes_to_it(tmp_path, KEYS.who) == (said, status)
    assert not arm.exists()
    assert steps.struck(tmp_path, KEYS, way).startswith("pid ")
    assert _comes_to_it(tmp_path, KEYS.who) == ([DONE, DONE], 0)


def test_only_processes_of_the_step_are_struck(tmp_path: Path) -> None:
    steps.prepare(tmp_path)
    arm = steps.arm(tmp_path, KEYS, "dies before")

    assert _comes_to_it(tmp_path, steps.DISPATCHER) == ([DONE, DONE], 0)
    assert arm.exists()
    assert steps.struck(tmp_path, KEYS, "dies before") == ""


def test_without_arms_nothing_is_wrapped() -> None:
    assert _comes_to_it(None, KEYS.who) == ([DONE, DONE], 0)


def _comes_to_it(arms: Path | None, who: str) -> tuple[list[str], int]:
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": f"{root}:{steps.INSIDE}"} | ({} if arms is None else {steps.ARMS: str(arms)})
    done = subprocess.run(
        [sys.executable, "-c", COMES_TWICE, who], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1], done.returncode


def test_a_step_that_may_not_say_so_after_it_was_done_never_does() -> None:
    """Its contract: `Unavailable` means that nothing counts."""
    outbox = next(step for step in STEPS if step.name == "answer in the outbox")
    assert steps.ways(outbox) == ("dies before", "dies after", "fails before")
    assert steps.ways(Step("", "", "")) == ("dies before", "dies after")
