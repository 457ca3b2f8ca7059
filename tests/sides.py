"""A simulator as a process and one endpoint's connector beside it, on a clock that the test moves: for tests of trouble between them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

from connectors.kit.bench import MemoryHub
from connectors.kit.compose import compose
from connectors.kit.forwarding import Setup
from connectors.kit.loading import open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Partner
from connectors.kit.simulator import READY
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.edges import resources
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from tests import fakehub


@cache
def law() -> Provisions:
    """The law as it is shipped."""
    return load(resources.provision_files())


class Process:
    """A room's simulator as a process of its own; `module` is that of the room, or one that wraps it."""

    def __init__(
        self, home: Path, room: str, *endpoints: str, module: Sequence[str] = (), arguments: Sequence[str] = ()
    ) -> None:
        self.place = home / f"{room}.sock"
        self.ledgers = home / "effects"
        self._command = [sys.executable, "-m", *(module or (f"connectors.{room}.simulator",)), "--watch-stdin"]
        self._command += ["--ledger-dir", str(self.ledgers), "--socket", str(self.place), *arguments]
        self._command += [part for name in endpoints for part in ("--endpoint", name)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == READY

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def ledger(self, endpoint: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in (self.ledgers / f"{endpoint}.jsonl").read_text().splitlines()]

    def performed(self, endpoint: str) -> list[str]:
        return [line["MessageId"] for line in self.ledger(endpoint)]


class Side:
    """One endpoint's connector between a hub in memory and a partner, on a clock that the test moves."""

    def __init__(
        self,
        home: Path,
        hub: MemoryHub,
        names: tuple[str, str],
        partner: Partner,
        peers: set[str],
        zone: str = fakehub.ZONE,
    ) -> None:
        """`names`: of the room and of its endpoint."""
        room, self.endpoint = names
        self.home, self.hub, self.partner, self.zone = home, hub, partner, zone
        self._room, self._peers = room, frozenset(peers)
        self.seconds = 0.0
        self.heard: set[str] = set()
        self.start()

    def start(self) -> None:
        identity = fakehub.identity(self.endpoint, self.zone)
        path = self.home / f"{self.endpoint}.db"
        store = EndpointStore.open(path, identity) if path.exists() else EndpointStore.create(path, identity)
        setup = Setup(identity, self.partner, Automaton(self.endpoint), law(), self._peers)
        manner = Manner(signatures=None, monotonic=lambda: self.seconds, observer=self._hear)
        self.worker = Worker(identity, open_room(self._room, setup), self.hub, store, self.hub.clock, manner)

    def _hear(self, _event: str, /, **facts: str | float) -> None:
        self.heard.add(str(facts.get("code", "")))

    def restart(self, partner: Partner) -> None:
        self.worker.stop()
        self.partner = partner
        self.start()

    def turn(self, seconds: float = 10.0) -> bool:
        """One round with whatever the hub has for it, some seconds later."""
        self.seconds += seconds
        self.hub.clock.at += timedelta(seconds=seconds)
        ready = self.hub.ready(self.endpoint)
        if ready and not self.worker.status().inbox:
            self.worker.offer(ready)
        return self.worker.step()

    def until(self, done: Callable[[], bool], patience: float = 60.0) -> None:
        """Rounds until it is so; fails when a connector latches or patience ends."""
        end = time.monotonic() + patience
        while not done():
            assert time.monotonic() < end, self.worker.status()
            assert not self.worker.status().latched, self.worker.status()
            self.turn()

    def sent(self) -> list[str]:
        """The MessageIds that this endpoint sent, in the order of the log."""
        return [one.header.message_id for one in self.hub.posted if one.header.sender == self.endpoint]

    def all_answered(self) -> bool:
        return all(one.answered is not None for one in self.hub.posted if one.header.recipient == self.endpoint)


def post(side: Side, type_: str, payload: str, person: str) -> str:
    """A message of 住記 to the endpoint, recorded; its MessageId, which rises."""
    juki = fakehub.identity("juki", side.zone)
    draft = fakehub.draft(juki, side.endpoint, payload.encode(), person, type_)
    return side.hub.submit([compose(draft, juki)])[0].message_id
