"""Where our own time goes: every stage's functions are timed while a round runs, each without what it calls of the others.

Two times each: on the wall, which holds waiting for the interpreter's lock and for the disk, and of the thread's own
processor. Timing costs time itself, so these rounds are reported apart (`--profile`).
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import hub.intake
import hub.pipeline
from connectors.kit.acceptance import Acceptance
from connectors.kit.answering import Answering
from connectors.kit.processing import Processing
from connectors.kit.store import EndpointStore
from hub.dispatcher import Dispatcher
from hub.edges.journal import Journal
from hub.edges.keystore import KeyStore
from hub.edges.signer import FileSigner
from hub.intake import Intake

Clock = Callable[[], float]

# In the order of a message's way. A stage is every function that bears its name here.
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("verify: signature, certificate, coverage", hub.pipeline, "verify"),
    ("validate: envelope, header", hub.pipeline, "read"),
    ("validate: payload, domain checks", hub.pipeline, "validate"),
    ("authorise: route, law, identifiers", hub.pipeline, "authorise"),
    ("intake: known before?", Journal, "known"),
    ("intake: what an answer settles", hub.intake, "settle"),
    ("record: entries, tree, stamps", hub.intake, "record"),
    ("record: tree head signed and remembered", FileSigner, "prepare"),
    ("commit: body keys, encryption", KeyStore, "change"),
    ("commit: journal", Journal, "commit"),
    ("commit: keys destroyed (file 3)", KeyStore, "shred"),
    ("intake: the rest", Intake, "take"),
    ("deliver: journal read, bodies decrypted", Journal, "ready"),
    ("deliver: the rest", Dispatcher, "round"),
    ("connector: stamps and headers checked", Acceptance, "open"),
    ("connector: room", Processing, "_handled"),
    ("connector: answer built and signed", Answering, "answers"),
    ("connector: store", EndpointStore, "commit_batch"),
    ("connector: store", EndpointStore, "waiting"),
    ("connector: store", EndpointStore, "settle"),
    ("connector: store", EndpointStore, "known"),
    ("connector: receipts checked", Acceptance, "receipts"),
    ("connector: the rest", Processing, "process"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage took in all: seconds on the wall and of processor time, both without the other stages inside it."""

    name: str
    calls: int
    wall: float
    cpu: float


class Meter:
    """Adds up stages over all threads."""

    def __init__(self, names: Sequence[str], wall: Clock, cpu: Clock) -> None:
        """`wall` and `cpu` give seconds: of the clock on the wall, and of the calling thread's processor."""
        self._names = names
        self._clocks = wall, cpu
        self._lock = threading.Lock()
        self._open = threading.local()
        self._sums: dict[str, list[float]] = {}

    def stages(self) -> tuple[Stage, ...]:
        """Each stage that ran, in the order in which they were given."""
        with self._lock:
            sums = {name: tuple(self._sums[name]) for name in self._names if name in self._sums}
        return tuple(Stage(name, int(calls), wall, cpu) for name, (calls, wall, cpu) in sums.items())

    def calls(self, name: str) -> int:
        """How often a stage ran."""
        return next((stage.calls for stage in self.stages() if stage.name == name), 0)

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, timed under `name`."""

        @functools.wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            inner = self._inner()
            inner.append((0.0, 0.0))
            wall, cpu = self._clocks
            began = wall(), cpu()
            try:
                return function(*args, **kwargs)
            finally:
                took = (wall() - began[0], cpu() - began[1])
                within = inner.pop()
                if inner:
                    inner[-1] = (inner[-1][0] + took[0], inner[-1][1] + took[1])
                self._add(name, took[0] - within[0], took[1] - within[1])

        return measured

    def _inner(self) -> list[tuple[float, float]]:
        """For each stage that this thread is in: how long the stages inside it took."""
        stack: list[tuple[float, float]] | None = getattr(self._open, "stack", None)
        if stack is None:
            stack = self._open.stack = []
        return stack

    def _add(self, name: str, wall: float, cpu: float) -> None:
        with self._lock:
            sums = self._sums.setdefault(name, [0.0, 0.0, 0.0])
            for place, value in enumerate((1.0, wall, cpu)):
                sums[place] += value


@contextmanager
def metered(
    stages: Sequence[tuple[str, Any, str]] = STAGES,
    wall: Clock = time.perf_counter,
    cpu: Clock = time.thread_time,
) -> Iterator[Meter]:
    """While the block runs, the functions of all stages are timed."""
    meter = Meter(tuple(dict.fromkeys(name for name, _, _ in stages)), wall, cpu)
    plain = [(owner, attribute, getattr(owner, attribute)) for _, owner, attribute in stages]
    for (name, owner, attribute), (_, _, function) in zip(stages, plain, strict=True):
        setattr(owner, attribute, meter.timed(name, function))
    try:
        yield meter
    finally:
        for owner, attribute, function in plain:
            setattr(owner, attribute, function)
