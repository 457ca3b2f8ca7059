"""What a full day holds beside the hub: flows between partners, told by the ledgers of both their ends, and steps of persons.

A ledger line with a fact `flow` is one exchange of such a flow; both ends write the same MessageId. A flow of one system
with itself (an erasure, a record) has one end. Where a flow of the hub goes on between partners, each of its legs is counted.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.demo.places import DAY, Settings
from connectors.demo.tally import Reckoning
from connectors.juki.day import JST, OPENS
from connectors.juki.event import Event, Origin
from connectors.juki.town import Town
from hub.flows import Flow, FlowKind, Flows

_ROUTINE = {"B4": 40, "B5": 40, "B6": 20}  # steps that no 届出 causes: enquiries, certificates, statistics
_RECORDED = {"TENNYUU", "TENNYUU_TOKUREI", "TENNYUU_30_46", "SHUSSHOU"}
_REMOVED = {"TENSHUTSU", "TENSHUTSU_KOKUGAI", "SHIBOU"}


def write_steps(path: Path, settings: Settings) -> None:
    """The recorded steps of persons: which flow, when, by which clerk, in which conversation; nothing about residents."""
    town = Town(settings.seed, settings.residents, settings.events, DAY, settings.full)
    steps = sorted([*_of_events(town.events), *_routine(settings)], key=lambda step: (step["at"], step["flow"]))
    path.write_text("".join(json.dumps(step, ensure_ascii=False) + "\n" for step in steps), "utf-8")


def reckon(
    flows: Flows, ledgers: Mapping[str, Sequence[Mapping[str, Any]]], steps: Path, made: Reckoning
) -> dict[str, dict[str, Any]]:
    """Flow id -> kind and counts, for every flow of the document; a flow that was not shown is a difference."""
    ends = _ends(ledgers)
    holders = _holders(ledgers)
    persons = Counter(json.loads(line)["flow"] for line in steps.read_text("utf-8").splitlines())
    report: dict[str, dict[str, Any]] = {}
    for flow in flows.flows.values():
        counts: dict[str, Any] = dict(made.flows.get(flow.id, {}))
        if flow.kind is FlowKind.PARTNER:
            counts["observed"] = _joined(flow, ends.get(flow.id, {}), made)
        elif flow.kind is FlowKind.MANUAL:
            counts["observed"] = persons[flow.id]
        if flow.kind is FlowKind.HUB and (legs := _legs(flow, ends.get(flow.id, {}), holders, ledgers.keys())):
            counts["legs"] = legs
            made.differ(
                f"legs of {flow.id} that nothing went over", [], [leg for leg, count in legs.items() if not count]
            )
            if not any(" > ".join(reversed(leg.split(" > "))) in legs for leg in legs):
                # A chain without a way back: what enters it comes out at its end.
                made.differ(f"legs of {flow.id} that carry alike", 1, len(set(legs.values())))
        shown = counts.get("acknowledged", 0) or counts.get("observed", 0)
        made.differ(f"flow {flow.id} shown", True, shown > 0)
        report[flow.id] = {"kind": flow.kind.value, **counts}
    return report


def _ends(ledgers: Mapping[str, Sequence[Mapping[str, Any]]]) -> Mapping[str, Mapping[str, set[str]]]:
    """Flow -> id of the exchange -> the ledgers that tell of it."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, lines in ledgers.items():
        for line in lines:
            if "flow" in line:
                found[line["flow"]][line["MessageId"]].add(name)
    return found


def _holders(ledgers: Mapping[str, Sequence[Mapping[str, Any]]]) -> Mapping[str, set[str]]:
    """Id -> the ledgers with a line about it: where the hub delivered the message, that line names no flow."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, lines in ledgers.items():
        for line in lines:
            found[line["MessageId"]].add(name)
    return found


def _legs(
    flow: Flow, exchanges: Mapping[str, set[str]], holders: Mapping[str, set[str]], systems: Collection[str]
) -> dict[str, int]:
    """The legs of a flow between two partner systems -> how many exchanges both of them tell of."""
    ways = [(one.source, one.target) for one in flow.steps if not one.type and one.source != one.target]
    return {
        f"{source} > {target}": sum({source, target} <= holders[id_] for id_ in exchanges)
        for source, target in ways
        if source in systems and target in systems
    }


def _joined(flow: Flow, exchanges: Mapping[str, set[str]], made: Reckoning) -> int:
    alone = all(step.source == step.target for step in flow.steps)
    torn = sum(1 for names in exchanges.values() if len(names) < (1 if alone else 2))
    made.differ(f"exchanges of {flow.id} that only one end knows", 0, torn)
    return len(exchanges) - torn


def _of_events(events: Sequence[Event]) -> Iterator[dict[str, str]]:
    for event in events:
        if event.origin is not Origin.JUKI or event.planned or not event.kind.form.reason:
            continue
        reason = event.kind.form.reason
        kept = "B1" if reason in _RECORDED else "B3" if reason in _REMOVED else "B2"
        special = ("A3-3", "A3-4") if reason == "TENNYUU_TOKUREI" else ()
        for flow in ("A1-1", "A1-2", kept, *special):
            yield _step(flow, event.at, event.clerk.staff, event.conversation)


def _routine(settings: Settings) -> Iterator[dict[str, str]]:
    draw = random.Random(f"steps/{settings.seed}")
    opening = datetime.combine(DAY, OPENS, JST)
    for flow, count in _ROUTINE.items():
        for _ in range(count):
            at = opening + timedelta(minutes=draw.randrange(8 * 60))
            yield _step(flow, at, f"S{draw.randint(4001, 4024)}", "")


def _step(flow: str, at: datetime, staff: str, conversation: str) -> dict[str, str]:
    return {"flow": flow, "at": at.isoformat(), "staff": staff, "conversation": conversation}
