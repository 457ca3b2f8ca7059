"""Whether a demo kept the order of each lane: as planned, as accepted, as performed. Shares no code with the hub."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.e2e import logfile
from tests.e2e.demorun import ZONES

Lane = tuple[str, str, str]  # zone, recipient, the hub's keyed hash of recipient and person


def lanes(home: Path) -> dict[Lane, list[str]]:
    """The MessageIds of each lane in the order in which the hub accepted them."""
    found: dict[Lane, list[str]] = defaultdict(list)
    query = "SELECT recipient, hex(lane), message_id FROM outgoing WHERE lane IS NOT NULL ORDER BY idx"
    for zone in ZONES:
        for recipient, lane, message in logfile.select(home / "zones" / zone, query):
            found[zone, recipient, lane].append(message)
    return dict(found)


def performed(home: Path) -> dict[tuple[str, str], int]:
    """Where each effect stands in its recipient's ledger, by (recipient, MessageId)."""
    return {
        (file.stem, one["MessageId"]): at
        for file in sorted((home / "effects").glob("*.jsonl"))
        for at, one in enumerate(_lines(file))
    }


def planned(home: Path) -> dict[str, int]:
    """Where each message that is to be accepted stands in the plan."""
    plan = _lines(home / "plan.jsonl")
    return {one["MessageId"]: at for at, one in enumerate(plan) if one["outcome"] == "accepted"}


def violations(home: Path) -> dict[str, int]:
    """How many neighbours in a lane changed places between the plan and the log, and between the log and the ledger."""
    effects, plan = performed(home), planned(home)
    found = {"planned": 0, "performed": 0}
    for (_, recipient, _), messages in lanes(home).items():
        for one, other in pairwise(messages):
            found["planned"] += plan[one] > plan[other]
            found["performed"] += effects[recipient, one] > effects[recipient, other]
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
