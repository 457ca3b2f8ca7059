"""A thread that strikes one day again and again: a fault, a while of it, its end, and the log verified before the next."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.demo.places import ZONES
from hub.app.evidence import open_archive
from hub.errors import HubError
from scripts.chaos import network
from scripts.chaos.faults import FAULTS
from scripts.chaos.world import NOBODY, World
from scripts.servers import ServerError

CALM: Final = (
    3.0,
    8.0,
)  # seconds between the end of one and the next: a backlog is worked off, and the next fault meets traffic
SETTLE: Final = 3.0  # seconds after the loss of the majority in which what was confirmed before may still be recorded
WATCHED: Final = 8.0  # seconds for which the log is then watched


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault as it happened. `grown`: entries recorded while most nodes were gone; None for any other fault."""

    name: str
    whom: str
    seconds: float
    verified: bool
    grown: int | None = None


@dataclass
class Deck:
    """Which fault comes next: one of those that struck least, of these one that was tried least, by the dice."""

    names: Sequence[str]
    struck: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)

    def draw(self, world: World) -> str:
        """Counts it as tried."""
        least = min((self.struck[name], self.tried[name]) for name in self.names)
        name = world.dice.choice([one for one in self.names if (self.struck[one], self.tried[one]) == least])
        self.tried[name] += 1
        return name

    @property
    def left(self) -> list[str]:
        """What has not struck anybody yet."""
        return [name for name in self.names if not self.struck[name]]


@dataclass
class Striker:
    """Strikes what `deck` gives; `struck` grows while the day is played."""

    world: World
    deck: Deck
    most: int
    struck: list[Strike] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def run(self, over: threading.Event) -> None:
        """Until `most` faults were tried or the day is `over`; what was struck last is healed whatever happens."""
        for _ in range(self.most):
            if over.wait(self.world.dice.uniform(*CALM)):
                return
            name = self.deck.draw(self.world)
            try:
                if strike := self._strike(name, over):
                    self.struck.append(strike)
                    self.deck.struck[name] += 1
            except Exception as error:  # noqa: BLE001 - a harness that fails is told, and never a fault that counts
                self.failed.append(f"{name}: {type(error).__name__} {error}")
                self._heal_all(over)

    def _heal_all(self, over: threading.Event) -> None:
        """As an operator would: again until everything serves, for the day cannot end before."""
        while not over.is_set():
            try:
                network.mend()
                self.world.cluster.heal()
                self.world.postgres.heal()
            except ServerError as error:
                self.failed.append(f"healing: {error}")
            else:
                return

    def _strike(self, name: str, over: threading.Event) -> Strike | None:
        """None when nobody of the kind was there at that moment: that was no fault."""
        fault = FAULTS[name]
        whom, heal = fault.strike(self.world)
        if whom == NOBODY:
            return None
        began = time.monotonic()
        try:
            grown = self._grown(over) if fault.accepts_nothing else None
            over.wait(self.world.dice.uniform(*fault.lasts))
        finally:
            heal()
        seconds = time.monotonic() - began
        return Strike(name, whom, seconds, self._verified(), grown)

    def _grown(self, over: threading.Event) -> int:
        """What the logs grow by while nothing may be accepted."""
        over.wait(SETTLE)
        before = self._sizes()
        over.wait(WATCHED)
        return self._sizes() - before

    def _sizes(self) -> int:
        size = 0
        for zone in ZONES:
            with open_archive(self.world.home / "zones" / zone) as archive:
                size += archive.journal.head().size
        return size

    def _verified(self) -> bool:
        """Both logs from their first entries."""
        try:
            for zone in ZONES:
                with open_archive(self.world.home / "zones" / zone) as archive:
                    if not archive.verify(()).ok:
                        return False
        except HubError:
            return False
        return True
