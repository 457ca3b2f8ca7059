"""What became of a day, from the plan (all that senders had to send), the ledgers (the partners' own state) and the log."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from connectors.demo.places import ZONES
from scripts.servers import Postgres

ACCEPTED = "accepted"
_LANES = "SELECT recipient, encode(lane, 'hex'), message_id FROM outgoing WHERE lane IS NOT NULL ORDER BY idx"


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages of a day. `lost`: planned to be performed and not performed; `unexpected`: performed and not planned."""

    attempted: int
    accepted: int
    lost: int
    unexpected: int
    duplicated_on_the_wire: int
    duplicated_in_effect: int
    order_violations: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def clean(self) -> bool:
        """Nothing happened that may never happen."""
        return not (self.lost or self.unexpected or self.duplicated_in_effect or self.order_violations)


def count(home: Path, postgres: Postgres, name: str, report: Mapping[str, Any]) -> Counts:
    """Of a day that is over; `name` is that of its databases, `report` the demo's own reckoning."""
    plan = list(_lines(home / "plan.jsonl"))
    wanted = Counter((one["recipient"], one["MessageId"]) for one in plan if one["outcome"] == ACCEPTED)
    effects = [
        (file.stem, one["MessageId"]) for file in sorted((home / "effects").glob("*.jsonl")) for one in _lines(file)
    ]
    performed = Counter(effects)
    return Counts(
        attempted=int(report["sent"]),
        accepted=int(report["accepted"]),
        lost=sum(1 for one in wanted if one not in performed),
        unexpected=sum(1 for one in performed if one not in wanted),
        duplicated_on_the_wire=_repeated(home),
        duplicated_in_effect=sum(times - 1 for times in performed.values()),
        order_violations=_violations(effects, postgres, name),
    )


def _violations(effects: list[tuple[str, str]], postgres: Postgres, name: str) -> int:
    """Neighbours in a lane of the log that changed places in the recipient's ledger."""
    at = {one: place for place, one in enumerate(effects)}
    lanes: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for zone in ZONES:
        for row in postgres.sql(_LANES, f"{name}-{zone}", seconds=300).splitlines():
            recipient, lane, message = row.split("|")
            if (recipient, message) in at:
                lanes[zone, recipient, lane].append(message)
    return sum(
        at[recipient, one] > at[recipient, other]
        for (_, recipient, _), messages in lanes.items()
        for one, other in pairwise(messages)
    )


def _repeated(home: Path) -> int:
    """Submissions that the hub had already, and deliveries that it handed over once more."""
    again, offered = 0, Counter[tuple[str, int]]()
    for zone in ZONES:
        for one in _lines(home / "zones" / zone / "events.jsonl"):
            again += one["event"] == "message.repeated"
            if one["event"] == "delivery.offered":
                offered[zone, one["index"]] += 1
    return again + sum(times - 1 for times in offered.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """A line that a kill tore is left out: those who write files here know it and write it again."""
    for line in path.read_bytes().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
