"""The reckoning: plan x ledgers x exported leaves, counted from what is durable, and every difference named.

Three witnesses that share nothing: the plan (written before), the partners' ledgers (written by other processes), and the
leaves of the logs. They must tell the same story, message by message.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.demo.plan import ACCEPTED, DUPLICATE, REFUSED, UNRELEASED, Line
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Answered, Observation, Permit, Refuse
from hub.messages import Level

Leaf = tuple[str, Any]  # zone, entry
Way = tuple[str, str, str, str]  # flow, type, sender, recipient
_ENDS = {Level.PARTNER_CONFIRMED.value: "acknowledged", Level.REJECTED.value: "rejected"}


@dataclass(slots=True)
class Reckoning:
    """What was counted, and what does not agree (empty when everything does)."""

    counts: dict[str, Any] = field(default_factory=dict)
    flows: dict[str, Counter[str]] = field(default_factory=dict)
    ways: dict[Way, Counter[str]] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def differ(self, what: str, expected: object, found: object) -> None:
        if expected != found:
            self.differences.append(f"{what}: expected {expected}, found {found}")


def read_leaves(exports: Mapping[str, Iterable[bytes]]) -> list[Leaf]:
    """The entries of every zone, parsed."""
    return [(zone, entries.parse(leaf)) for zone, leaves in exports.items() for leaf in leaves]


def conversations(leaves: Sequence[Leaf]) -> dict[str, str]:
    """ConversationId of each message that was permitted."""
    return {leaf.message: leaf.conversation for _, leaf in leaves if isinstance(leaf, Permit)}


def read_ledgers(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The ledgers by endpoint."""
    return {
        file.stem: [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        for file in sorted(folder.glob("*.jsonl"))
    }


def reckon(
    plan: Sequence[Line],
    leaves: Sequence[Leaf],
    ledgers: Mapping[str, Sequence[Mapping[str, Any]]],
    results: Mapping[str, Mapping[str, Any]],
    deliveries: Mapping[str, Mapping[str, Mapping[str, int]]],
) -> Reckoning:
    """Counts and compares. `deliveries`: zone -> recipient -> state -> count, as the journals have it."""
    made = Reckoning()
    _compare_permits(plan, leaves, made)
    _compare_attacks(plan, results, made)
    _compare_ledgers(plan, leaves, ledgers, made)
    _count(plan, leaves, results, deliveries, made)
    return made


def _compare_permits(plan: Sequence[Line], leaves: Sequence[Leaf], made: Reckoning) -> None:
    planned = Counter((line.zone, line.sender, line.message) for line in plan if line.delivered)
    found = Counter((zone, leaf.sender, leaf.message) for zone, leaf in leaves if isinstance(leaf, Permit))
    made.differ("planned acceptances without exactly one permit", 0, len((planned - found) + (found - planned)))


def _compare_attacks(plan: Sequence[Line], results: Mapping[str, Mapping[str, Any]], made: Reckoning) -> None:
    for line in plan:
        result = results.get(line.attack)
        if line.outcome == UNRELEASED:
            made.differ(f"attack {line.attack}", line.code, result and result["code"])
        if not line.attack or line.outcome not in (ACCEPTED, REFUSED, DUPLICATE):
            continue
        made.differ(f"attack {line.attack}", (line.outcome, line.code), _outcome(result))


def _outcome(result: Mapping[str, Any] | None) -> tuple[str, str]:
    if result is None:
        return ("unsent", "")
    if not result["permit"]:
        return (REFUSED, str(result["code"]))
    return (DUPLICATE if str(result["attack"]) == "replay" and result["repeated"] else ACCEPTED, "")


def _compare_ledgers(
    plan: Sequence[Line], leaves: Sequence[Leaf], ledgers: Mapping[str, Sequence[Mapping[str, Any]]], made: Reckoning
) -> None:
    expected = {(line.recipient, line.message): (line.effect, line.domain) for line in plan if line.delivered}
    digests = {(leaf.recipient, leaf.message): leaf.digest for _, leaf in leaves if isinstance(leaf, Permit)}
    found: Counter[tuple[str, str]] = Counter()
    for endpoint, lines in ledgers.items():
        for one in lines:
            if "flow" in one:  # between partners, beside the hub (connectors.demo.beside)
                continue
            key = (endpoint, str(one["MessageId"]))
            found[key] += 1
            if (one["result"], one.get("code", "")) != expected.get(key, ("", "")):
                made.differ(f"ledger of {endpoint}", expected.get(key), (one["result"], one.get("code", "")))
            if one["sha256"] != digests.get(key):
                made.differ(f"digest in the ledger of {endpoint}", digests.get(key), one["sha256"])
    made.differ("effects performed not exactly once", 0, sum(1 for key in expected if found[key] != 1))
    made.differ("effects nobody planned", 0, sum(1 for key in found if key not in expected))


def _count(
    plan: Sequence[Line],
    leaves: Sequence[Leaf],
    results: Mapping[str, Mapping[str, Any]],
    deliveries: Mapping[str, Mapping[str, Mapping[str, int]]],
    made: Reckoning,
) -> None:
    permits = [leaf for _, leaf in leaves if isinstance(leaf, Permit)]
    refusals = [leaf for _, leaf in leaves if isinstance(leaf, Refuse) and leaf.channel != "journal"]
    answers = [leaf for _, leaf in leaves if isinstance(leaf, Answered)]
    states: Counter[str] = Counter()
    for recipients in deliveries.values():
        for counts in recipients.values():
            states.update(counts)
    ended = {state: states[state] for state in ("acknowledged", "rejected", "held", "expired", "failed")}
    outstanding = states["pending"] + states["delivered"]
    duplicates = sum(
        1 for line in plan if line.outcome == DUPLICATE and _outcome(results.get(line.attack))[0] == DUPLICATE
    )
    observations = [leaf for _, leaf in leaves if isinstance(leaf, Observation)]
    terminal = len(answers) + len(observations)
    accepted = len(permits) + terminal
    made.counts = {
        "sent": sum(1 for line in plan if line.outcome in (ACCEPTED, REFUSED, DUPLICATE)) + terminal,
        "accepted": accepted,
        "refused": dict(sorted(Counter(leaf.code for leaf in refusals).items())),
        "duplicates": duplicates,
        "forwarded": len(permits),
        "terminal": terminal,
        "observations": len(observations),
        "delivered": ended["acknowledged"] + ended["rejected"] + outstanding,
        **ended,
        "outstanding": outstanding,
    }
    made.differ("sent = accepted + refused + duplicates", made.counts["sent"], accepted + len(refusals) + duplicates)
    forwarded = made.counts["delivered"] + ended["held"] + ended["expired"] + ended["failed"]
    made.differ("forwarded = delivered + held + expired + failed", len(permits), forwarded)
    made.differ("outstanding", 0, outstanding)
    _count_flows(plan, leaves, results, made)


def _count_flows(
    plan: Sequence[Line], leaves: Sequence[Leaf], results: Mapping[str, Mapping[str, Any]], made: Reckoning
) -> None:
    """Per flow: what was sent, and how each ended by the answer in the log; without one it is outstanding. Per way: how each ended."""
    ends = {
        line.message_id: line.level.value for _, leaf in leaves if isinstance(leaf, Answered) for line in leaf.lines
    }
    flows: dict[str, Counter[str]] = {}
    ways: dict[Way, Counter[str]] = {}
    for line in plan:
        flow = flows.setdefault(line.flow, Counter())
        flow["sent"] += line.outcome in (ACCEPTED, REFUSED, DUPLICATE)
        if line.delivered:
            flow["accepted"] += 1
            end = _ENDS.get(ends.get(line.message, ""), "outstanding")
            flow[end] += 1
            ways.setdefault((line.flow, line.type, line.sender, line.recipient), Counter())[end] += 1
        elif line.outcome in (REFUSED, DUPLICATE):
            flow[_outcome(results.get(line.attack))[0]] += 1
    made.flows, made.ways = dict(sorted(flows.items())), ways
