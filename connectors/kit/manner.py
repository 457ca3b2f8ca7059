"""How a connector works, chosen where it is put together, and what it tells of itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from connectors.kit.acceptance import SignatureCheck
from connectors.kit.hubport import Observer
from connectors.kit.operators import Automaton


def silent(_event: str, /, **_facts: str | int | float) -> None:
    """The observer that hears nothing."""


def unheard(_indexes: Sequence[int]) -> None:
    """Nobody needs to know (the hub is in this process)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once, and how often: deliveries a batch, events a poll, inbox size, seconds between empty polls."""

    batch: int = 50
    events: int = 20
    inbox: int = 200
    idle_poll: float = 0.05


@dataclass(frozen=True, slots=True)
class Manner:
    """`signatures` None trusts the hub's stamp alone for the senders' signatures; it has no default on purpose.

    `answer_lines`: messages an answer may speak of, 1 to 1,000. `monotonic`: seconds of a clock that never goes back.
    `chance`, numbers from 0 up to 1, spreads the attempts of connectors that wait for the same neighbour.
    `handled` hears the log indexes of deliveries whose answers stand in the outbox.
    """

    signatures: SignatureCheck | None
    automaton: Automaton | None = None
    answer_lines: int = 1
    pace: Pace = Pace()
    observer: Observer = silent
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    handled: Callable[[Sequence[int]], None] = unheard


@dataclass(frozen=True, slots=True)
class Status:
    """What a driver may know of a connector. `receipts` counts by code, "" for a permit.

    `latched` is the code that stopped the connector, `waiting_for` the code of a trouble that it is waiting out, or "".
    """

    endpoint: str
    zone: str
    inbox: int = 0
    outbox: int = 0
    handled: int = 0
    repeated: int = 0
    receipts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    feeds_ended: bool = True
    latched: str = ""
    waiting_for: str = ""

    @property
    def idle(self) -> bool:
        """Nothing waits here and nothing can come out of here by itself: for this endpoint the day may be over."""
        return not (self.inbox or self.outbox or self.latched) and self.feeds_ended
