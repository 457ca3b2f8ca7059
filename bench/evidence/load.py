"""A log of any size, quickly: invented entries through the hub's own code for entries, tree, checkpoints and journal.

What is left out is everything before an entry: no message is signed, validated or delivered, and there are no bodies. So
the log is as long and as varied as one of traffic, and every column of it is what a hub would have written.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hub.app import law
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Answered, Entry, Permit, Refuse
from hub.exchangelog.shapes import Legal, Seen
from hub.exchangelog.text import base64_text, time_text
from hub.ids import uuid7
from hub.messages import AnswerLine, Level
from hub.observe import silent
from hub.stages.record import Common, Notice, record

GROUP = 500  # entries in one commit
_SEED = 1
_CODES = ("HUB-PRV-001", "HUB-PRV-003", "HUB-SIG-024", "HUB-XSD-003", "HUB-MSG-016", "HUB-OPR-001")
_START = datetime(2026, 4, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grown:
    """The log at a size; `commit` is the seconds that each of the last commits took."""

    size: int
    commits: tuple[float, ...]


class Traffic:
    """Entries as they might come: permits, the answers to them, refusals; the same ones for the same seed."""

    def __init__(self, home: OpenHome, seed: int) -> None:
        self._chance = random.Random(seed)
        self._home = home
        self._rows = sorted(law.load_provisions().rows)
        self._types = sorted({type_ for type_, _ in law.message_types() if type_ != "ANSWER"})
        self._parties = sorted(home.house.law.routes.endpoints)
        self._at = _START
        self._open: list[tuple[str, str, str, str, str]] = []

    def entries(self, seen: Checkpoint | None) -> Iterator[Entry]:
        """Without end; `seen` is what answers say they saw."""
        while True:
            self._at += timedelta(milliseconds=self._chance.randrange(40, 400))
            draw = self._chance.random()
            if draw < 0.04:
                yield self._refuse()
            elif draw < 0.45 and seen is not None and len(self._open) > 20:
                yield self._answer(seen)
            else:
                yield self._permit()

    def _permit(self) -> Permit:
        name = self._name()
        conversation = self._open[-1][1] if self._open and self._chance.random() < 0.3 else name
        sender, recipient = self._chance.sample(self._parties, 2)
        digest = hashlib.sha256(name.encode()).hexdigest()
        self._open.append((name, conversation, sender, recipient, digest))
        row = self._chance.choice(self._rows)
        return Permit(
            **self._common(),
            **self._about(name, conversation, sender, recipient, digest),
            legal=Legal("移転", *row, digest),
        )

    def _refuse(self) -> Refuse:
        name = self._name()
        sender, recipient = self._chance.sample(self._parties, 2)
        about = self._about(name, name, sender, recipient, hashlib.sha256(name.encode()).hexdigest())
        return Refuse(**self._common(), **about, code=self._chance.choice(_CODES), channel="broker")

    def _answer(self, seen: Checkpoint) -> Answered:
        name, conversation, sender, recipient, digest = self._open.pop(self._chance.randrange(len(self._open) // 2))
        level = Level.REJECTED if self._chance.random() < 0.02 else Level.PARTNER_CONFIRMED
        line = AnswerLine(name, digest, level, "HUB-DOM-001" if level is Level.REJECTED else "")
        about = self._about(self._name(), conversation, recipient, sender, digest) | {"type": "ANSWER", "version": 1}
        return Answered(
            **self._common(), **about, lines=(line,), seen=Seen(seen.origin, seen.size, base64_text(seen.root))
        )

    def _name(self) -> str:
        return uuid7(int(self._at.timestamp() * 1000), self._chance.randbytes(10))

    def _common(self) -> Common:
        common = self._home.intake.common(time_text(self._at))
        return {**common, "commit": self._chance.randbytes(32).hex()}

    def _about(self, name: str, conversation: str, sender: str, recipient: str, digest: str) -> dict[str, Any]:
        return {
            "message": name,
            "conversation": conversation,
            "type": self._chance.choice(self._types),
            "version": 1,
            "sender": sender,
            "recipient": recipient,
            "digest": digest,
            "config": self._home.intake.desk.config,
        }


def make(place: Path) -> Path:
    """A home of the zone kikan without traffic, whose log key holds since before the first entry."""
    config = Config(
        format=1, tenant="131211", environment="demo", zone="kikan", origin="juki-hub/131211/kikan", development=True
    )
    return found(Founding(place / "home", config, resources.routing_file(), _START - timedelta(days=1))).root


def grow(path: Path, sizes: list[int], told: Callable[[int], None]) -> Iterator[Grown]:
    """The home's log at each of these sizes; the home is closed whenever one is given."""
    for step, size in enumerate(sizes):
        took: list[float] = []
        with open_home(path, SystemClock(), silent) as home:
            traffic, ports, tree = Traffic(home, _SEED + step), home.intake.ports, home.intake.tree
            seen: Checkpoint | None = None
            while tree.size < size:
                entries = traffic.entries(seen)
                group = [Notice(next(entries)) for _ in range(min(GROUP, size - tree.size))]
                prepared = record(group, tree, home.intake.desk, ports.clock.now(), ports.entropy, ports.signer.prepare)
                began = time.perf_counter()
                ports.log.commit(prepared.commit)
                took.append(time.perf_counter() - began)
                ports.signer.confirm(prepared.tree.size, prepared.tree.root)
                tree = prepared.tree
                seen = Checkpoint(home.intake.desk.origin, tree.size, tree.root)
                told(tree.size)
        yield Grown(size, tuple(took[-40:]))
