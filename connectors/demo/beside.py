"""What a full day holds of each flow of the document, leg by leg: carried by the hub, between partners, or by persons.

A ledger line with a fact `flow` is one exchange beside the hub (`connectors.demo.exchanges`); both ends write the same MessageId.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.demo.exchanges import Exchanges, Leg
from connectors.demo.places import DAY, Settings
from connectors.demo.tally import Leaf, Reckoning
from connectors.juki.day import JST, OPENS
from connectors.juki.event import Event, Origin
from connectors.juki.town import Town
from connectors.kit.ids import derived_id
from hub.exchangelog.entry import Permit
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
    flows: Flows,
    ledgers: Mapping[str, Sequence[Mapping[str, Any]]],
    groups: Mapping[str, frozenset[str]],
    steps: Path,
    conversations: Mapping[str, str],
    made: Reckoning,
) -> dict[str, dict[str, Any]]:
    """Flow id -> kind, counts and legs, for every flow of the document; a flow or leg that was not shown is a difference.

    `groups`: names of flows.yaml that stand for several endpoints. `conversations`: of each message that the hub permitted.
    """
    exchanges = Exchanges(ledgers)
    exchanges.paired(conversations, made)
    persons = Counter(json.loads(line)["flow"] for line in steps.read_text("utf-8").splitlines())
    report: dict[str, dict[str, Any]] = {}
    for flow in flows.flows.values():
        counts: dict[str, Any] = dict(made.flows.get(flow.id, {}))
        if flow.kind is FlowKind.MANUAL:
            counts["observed"] = persons[flow.id]
        else:
            counts["legs"] = [*_carried(flow, groups, made), *_beside(exchanges.joined(flow, made), flow)]
            for leg in counts["legs"]:
                shown = leg.get("acknowledged", 0) or leg.get("observed", 0)
                made.differ(f"flow {flow.id} from {leg['from']} to {leg['to']} shown", True, shown > 0)
        if flow.kind is FlowKind.PARTNER:
            counts["observed"] = exchanges.exchanges(flow.id)
        shown = counts.get("acknowledged", 0) or counts.get("observed", 0)
        made.differ(f"flow {flow.id} shown", True, shown > 0)
        report[flow.id] = {"kind": flow.kind.value, **counts}
    return report


def _carried(flow: Flow, groups: Mapping[str, frozenset[str]], made: Reckoning) -> Iterator[dict[str, Any]]:
    """The legs that the hub carried: each way of a message of the flow is one of its steps."""
    ways = {way: counts for way, counts in made.ways.items() if way[0] == flow.id}
    for step in flow.carried:
        sources, targets = (groups.get(name, frozenset({name})) for name in (step.source, step.target))
        mine = [way for way in ways if way[1] == step.type and way[2] in sources and way[3] in targets]
        counts = sum((ways.pop(way) for way in mine), Counter[str]())
        leg = {"from": step.source, "to": step.target, "type": step.type}
        yield leg | {name: counts[name] for name in ("acknowledged", "rejected", "outstanding")}
    made.differ(f"ways of {flow.id} that are none of its steps", 0, len(ways))


def _beside(joined: Mapping[Leg, int], flow: Flow) -> Iterator[dict[str, Any]]:
    """The legs beside the hub, named as they first stand in the flow."""
    for leg, count in joined.items():
        step = next(one for one in flow.steps if not one.type and leg == {one.source, one.target})
        yield {"from": step.source, "to": step.target, "type": "", "observed": count}


def letters(leaves: Sequence[Leaf], ledgers: Mapping[str, Sequence[Mapping[str, Any]]], made: Reckoning) -> None:
    """S18: what the card system has of each 送付先情報 is what 住記 signed, by the digest in the log; the CS stands between."""
    signed = {
        derived_id(leaf.message, "A7-2", leaf.message, "card"): leaf.digest
        for _, leaf in leaves
        if isinstance(leaf, Permit) and leaf.type == "SF-SEND"
    }
    came = [line for line in ledgers.get("card", ()) if line.get("flow") == "A7-2"]
    edited = sum(1 for line in came if line["sha256"] != signed.get(line["MessageId"]))
    made.differ("送付先情報 at the card system that are not what 住記 signed", 0, edited)


def reconciled(ledgers: Mapping[str, Sequence[Mapping[str, Any]]], made: Reckoning) -> dict[str, int]:
    """S23: how many persons were compared, how many of them are unequal, and how many the CS alone has.

    Counted twice: by the CS as it compared, in the lines of the questions, and by 住記 from the persons that the results name.
    """
    asked, heard = _compared(ledgers.get("cs", ()), "SG-CHK"), _compared(ledgers.get("juki", ()), "SG-RES")
    made.differ("S23 as 住記 heard it", asked, heard)
    return asked


def _compared(lines: Sequence[Mapping[str, Any]], type_: str) -> dict[str, int]:
    mine = [
        line for line in lines if line.get("type") == type_ and "unequal" in line
    ]  # what was rejected counts nobody
    return {name: sum(int(line[name]) for line in mine) for name in ("persons", "unequal", "own")}


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
