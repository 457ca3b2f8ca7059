"""What the logs say of the flows beside the hub, held against the ledgers of both ends: one observation an exchange.

A connector that may see a flow (`seen_by` of flows.yaml) observes each exchange in its partner's ledger once, under the id that
follows from the exchange's own, with the ledger's digest, its domain code, and the conversation of what it followed from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.demo.tally import Leaf, Reckoning
from connectors.kit.observing import CAUSE, CONVERSATION, observation_id
from hub.exchangelog.entry import FLOW, Observation, Permit
from hub.flows import Flows

Ledgers = Mapping[str, Sequence[Mapping[str, Any]]]
# The ledgers of each partner that tells its connector what it did beside the hub.
LEDGERS: Final = {
    "cs": ("cs",),
    "chukan": ("chukan", "chukan-kiroku"),
    "conbini": ("conbini-koufu",),
    "shinsei": ("shinsei",),
}


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One exchange as the ledger of the partner that tells has it; `others` are its lines in the ledgers of other systems."""

    flow: str
    seer: str
    line: Mapping[str, Any]
    others: Sequence[Mapping[str, Any]]

    @property
    def key(self) -> tuple[str, str]:
        return self.seer, observation_id(self.seer, self.line["MessageId"])


def compare(flows: Flows, leaves: Sequence[Leaf], ledgers: Ledgers, made: Reckoning) -> Counter[str]:
    """How many observations of each flow stand in the logs; whatever does not agree with the ledgers is a difference."""
    told = [leaf for _, leaf in leaves if isinstance(leaf, Observation)]
    found = {(one.sender, one.message): one for one in told}
    conversations = {
        (leaf.recipient, leaf.message): leaf.conversation for _, leaf in leaves if isinstance(leaf, Permit)
    }
    exchanges = list(_exchanges(flows, ledgers))
    wrong: Counter[str] = Counter()
    for one in exchanges:
        entry = found.pop(one.key, None)
        if entry is None:
            wrong[f"exchanges of {one.flow} that {one.seer} did not observe"] += 1
        else:
            wrong.update(_contradictions(one, entry, conversations))
    wrong["observations of an exchange that no ledger tells of"] = len(found)
    wrong["exchanges observed twice"] = len(told) - len({(one.sender, one.message) for one in told})
    for what, count in sorted(wrong.items()):
        made.differ(what, 0, count)
    return Counter(one.about.removeprefix(FLOW) for one in told)


def _exchanges(flows: Flows, ledgers: Ledgers) -> Iterator[_Exchange]:
    lines: dict[tuple[str, str], list[tuple[str, Mapping[str, Any]]]] = {}
    for name, each in ledgers.items():
        for line in each:
            if "flow" in line:
                lines.setdefault((line["flow"], line["MessageId"]), []).append((name, line))
    for flow in flows.flows.values():
        for seer in flow.seen_by:
            for name in LEDGERS[seer]:
                for line in ledgers.get(name, ()):
                    if line.get("flow") == flow.id:
                        others = [one for other, one in lines[flow.id, line["MessageId"]] if other != name]
                        yield _Exchange(flow.id, seer, line, others)


def _contradictions(one: _Exchange, entry: Observation, conversations: Mapping[tuple[str, str], str]) -> Iterator[str]:
    if entry.about != f"{FLOW}{one.flow}":
        yield f"observations of {one.flow} under another flow"
    if any(line["sha256"] != entry.evidence for line in (one.line, *one.others)):
        yield f"observations of {one.flow} with another digest than both ends"
    if entry.code != one.line.get("code", ""):
        yield f"observations of {one.flow} with another end than the ledger"
    if entry.conversation != _conversation(one, entry, conversations):
        yield f"observations of {one.flow} in another conversation"


def _conversation(one: _Exchange, entry: Observation, conversations: Mapping[tuple[str, str], str]) -> str | None:
    """That of the hub's message it followed from, else the one that the partner knows, else its own."""
    if CAUSE in one.line:
        return conversations.get((one.seer, one.line[CAUSE]))
    return str(one.line.get(CONVERSATION, entry.message))
