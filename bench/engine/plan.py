"""What is measured on the engine: the cases, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bench.plan import LARGE_1, SMALL_1, Workload
from hub.edges.pki import KeyKind

PARTITIONS: Final = 4  # inbound queues of a sender
WORDS: Final[dict[KeyKind, str]] = {"ecdsa-p256": "ECDSA P-256", "rsa-3072": "RSA-3072"}


OURS_1, OURS_2 = "juki-hub, 1 worker", "juki-hub, 2 workers"
NAIVE_1, NAIVE_2, ONE_WAY = "naive, 1 hub process", "naive, 2 hub processes", "naive, 1 hub process, one way"
BOTH_WAYS: Final = (OURS_1, NAIVE_1, OURS_2, NAIVE_2)
CONTENDERS: Final = (*BOTH_WAYS, ONE_WAY)


@dataclass(frozen=True, slots=True)
class Case:
    """A workload whose sender, recipient and naive hub sign with keys of one kind."""

    workload: Workload
    kind: KeyKind

    @property
    def name(self) -> str:
        return f"{'small' if self.workload.persons == 1 else 'large'}, {WORDS[self.kind]}"


SMALL_EC: Final = Case(SMALL_1, "ecdsa-p256")
CASES: Final = (SMALL_EC, Case(SMALL_1, "rsa-3072"), Case(LARGE_1, "ecdsa-p256"), Case(LARGE_1, "rsa-3072"))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a worker takes and holds: messages in one commit, and unacknowledged messages that the broker gives ahead."""

    group: int
    prefetch: int

    @property
    def name(self) -> str:
        return f"group {self.group}, prefetch {self.prefetch}"


#: As `hub.app.intaking` and `hub.app.members` have them (tests/unit/test_bench_engine.py).
CHOSEN: Final = Sizes(50, 50)
SIZES: Final = tuple(Sizes(*pair) for pair in ((50, 50), (50, 100), (50, 200), (10, 50), (100, 200), (200, 400)))


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: rounds, messages a round by size, lone messages, messages at 70 % load, of each round of other sizes (and how
    many such rounds), and those that servers alone carry. `shared` and `metered` are numbers of workers.
    """

    rounds: int = 3
    small: int = 200
    large: int = 50
    lone: int = 60
    paced: int = 120
    sized: int = 300
    resized: int = 2
    carried: int = 4000
    rows: int = 50_000
    cases: tuple[Case, ...] = CASES
    contenders: tuple[str, ...] = CONTENDERS
    sizes: tuple[Sizes, ...] = SIZES
    shared: tuple[int, ...] = (2, 4)
    metered: tuple[int, ...] = (1, 2)
    nodes: int = 3

    def messages(self, case: Case) -> int:
        """Of one round."""
        return self.small if case.workload.persons == 1 else self.large


FULL: Final = Plan()
QUICK: Final = Plan(
    rounds=1,
    small=60,
    large=15,
    lone=15,
    paced=30,
    sized=80,
    carried=600,
    rows=5_000,
    cases=CASES[:1],
    sizes=SIZES[:2],
    shared=(2,),
    metered=(1,),
)
