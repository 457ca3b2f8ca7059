"""Drives one demo: sends the attacks, watches the zones, and knows when the day is over.

The day is over when in both zones, twice in a row with the same numbers, no connector has anything to do, nothing is out
with a recipient, and every delivery that was made possible has its end.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from connectors.demo import persons
from connectors.demo.attacks import Attack
from connectors.demo.door import Door
from connectors.demo.places import ZONES, DemoHome
from connectors.demo.plan import REFUSED
from connectors.demo.processes import Running
from hub.codes import zon
from hub.errors import Unavailable

PAUSE = 0.1
Progress = Callable[[int, int, Mapping[str, Mapping[str, Any]]], None]
Result = dict[str, Any]


class Driver:
    """One run of a demo."""

    def __init__(self, home: DemoHome, running: Running, planned: int, show: Progress) -> None:
        self._home = home
        self._running = running
        self._planned = planned
        self._show = show

    def send(self, attacks: tuple[Attack, ...]) -> None:
        """Sends every attack that has no result yet; a result is durable before the next attack goes out."""
        done = read_results(self._home)
        for attack in attacks:
            if attack.line.attack not in done:
                self._note({"attack": attack.line.attack, **self._submit(attack, resumed=bool(done))})

    def wait(self) -> None:
        """Until the day is over. Raises `Unavailable` when a process ended, a zone stopped or a connector latched."""
        before: object = None
        while True:
            self._running.check()
            status: Mapping[str, Mapping[str, Any]] = self._running.status()
            if any(
                "error" in one for one in status.values()
            ):  # its journal is away: it is back or ends, and we see which
                time.sleep(PAUSE)
                continue
            for one in status.values():
                _check(one)
            for zone, one in status.items():
                if _held(one):
                    persons.release(self._home.zone(zone), self._running.zones[zone], self._note)
            settled = sum(_settled(one) for one in status.values())
            self._show(settled, self._planned, status)
            now = _marks(status)
            if now == before and all(_idle(one) for one in status.values()):
                return
            before = now
            time.sleep(PAUSE)

    def _note(self, result: Result) -> None:
        with (self._home.attacks / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(result, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _submit(self, attack: Attack, *, resumed: bool) -> Result:
        client = self._running.zones[attack.line.zone]
        if resumed and attack.line.outcome == REFUSED:
            # The process may have been killed between the hub's entry and our note of it: ask before sending again.
            found = _found(client, attack)
            if found["index"] is not None:
                return {**found, "repeated": False}
        submission = attack.submission
        reply = client.call({"op": "submit", "xml": _text(submission.raw), "operator": _text(submission.operator)})
        if "error" in reply:
            raise Unavailable(zon.OWNER_SILENT)
        return reply


def read_results(home: DemoHome) -> dict[str, Result]:
    """What became of the attacks so far, by name; a line torn by a kill is dropped."""
    path: Path = home.attacks / "results.jsonl"
    if not path.exists():
        return {}
    whole = path.read_bytes()
    end = whole.rfind(b"\n") + 1
    if end < len(whole):
        os.truncate(path, end)
    results = [json.loads(line) for line in whole[:end].splitlines()]
    return {result["attack"]: result for result in results}


def _found(client: Door, attack: Attack) -> Result:
    return client.call({"op": "find", "digest": hashlib.sha256(attack.submission.raw).hexdigest()})


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _check(status: Mapping[str, Any]) -> None:
    latched = [status["latched"], *(one["latched"] for one in status["connectors"].values())]
    for code in filter(None, latched):
        raise Unavailable(zon.LATCHED, stop=code)


def _settled(status: Mapping[str, Any]) -> int:
    states = status["deliveries"].values()
    return sum(count for counts in states for state, count in counts.items() if state not in ("pending", "delivered"))


def _held(status: Mapping[str, Any]) -> int:
    return sum(counts.get("held", 0) for counts in status["deliveries"].values())


def _idle(status: Mapping[str, Any]) -> bool:
    waiting = sum(counts.get("pending", 0) for counts in status["deliveries"].values())
    return not waiting and not status["outstanding"] and all(one["idle"] for one in status["connectors"].values())


def _marks(status: Mapping[str, Mapping[str, Any]]) -> object:
    return [(status[zone]["size"], _settled(status[zone])) for zone in ZONES]
