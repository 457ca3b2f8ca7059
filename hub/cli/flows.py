"""`hub flows`: every flow of the document, how it runs here, and how often the demo of this home has shown it."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from hub import flows
from hub.app import law
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.codes import cli
from hub.edges import resources
from hub.errors import Misconfigured
from hub.flows import Flow, FlowKind

_KINDS = {
    FlowKind.HUB: ("ハブ", "hub"),
    FlowKind.PARTNER: ("相手間", "partner"),
    FlowKind.MANUAL: ("人手", "manual"),
}
REPORT = "report.json"
_TEST = "tests/e2e/test_full_day.py -k {id}"  # each flow has a case of its own there


def list_flows(
    id_: Annotated[str, typer.Argument(metavar="[ID]", help="一つの流れだけ(例 A1-3)/ one flow")] = "",
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """評価書の流れを一覧する。デモのホームなら件数も / the flows of the document; counts from a demo's home."""

    def work(say: Speaker) -> None:
        every = flows.load(resources.flows_file())
        if id_ and id_ not in every.flows:
            raise Misconfigured(cli.NO_FLOW, id=id_[:40])
        shown, provisions, routes = _report(say.home), _provisions(), _routes()
        rows = [
            _row(flow, shown, provisions.get(flow.id, ()), routes)
            for flow in every.flows.values()
            if id_ in ("", flow.id)
        ]
        say.say({"flows": rows}, lambda: "\n".join(_line(row, say) for row in rows))

    reporting(work, speaker(home, json, lang))


def _provisions() -> Mapping[str, Sequence[str]]:
    """The rows of law by the flow that claims them."""
    found: dict[str, list[str]] = {}
    for row in law.load_provisions().rows.values():
        if row.flow:
            found.setdefault(row.flow, []).append(f"{row.table}/{row.item}")
    return found


def _routes() -> Mapping[str, Sequence[str]]:
    """The ids of the routes by the message type that they carry; a type belongs to one flow."""
    found: dict[str, list[str]] = {}
    for zone in law.read_routes(resources.routing_file(), "routing.yaml", law.load_provisions()).values():
        for route in zone.routes:
            for type_ in sorted(route.types):
                found.setdefault(type_.partition("/")[0], []).append(route.id)
    return found


def _report(home: Path) -> Mapping[str, Any]:
    """What the demo of this home wrote at its end; nothing when there was none."""
    try:
        report: Mapping[str, Any] = jsonlib.loads((home / REPORT).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return report


def _row(
    flow: Flow, report: Mapping[str, Any], provisions: Sequence[str], routes: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    counted = report.get("flows", {}).get(flow.id, {})
    return {
        "id": flow.id,
        "name": flow.name,
        "kind": flow.kind.value,
        "place": flow.place,
        "legal": flow.legal.value if flow.legal else "",
        "provisions": list(provisions) or [flow.basis] * bool(flow.basis),
        "routes": list(dict.fromkeys(route for step in flow.carried for route in routes.get(step.type, ()))),
        "test": _TEST.format(id=flow.id),
        "types": [step.type for step in flow.carried],
        "numbers": list(flow.numbers),
        "count": counted.get("acknowledged", counted.get("observed", 0)),
        "logged": counted.get("logged", 0),
        "seen_by": list(flow.seen_by),
        "shown_on": report.get("day", "") if counted else "",
        "steps": [[step.source, step.target, step.what, step.type] for step in flow.steps],
        "note": flow.note,
    }


def _line(row: Mapping[str, object], say: Speaker) -> str:
    kind = say.text(*_KINDS[FlowKind(str(row["kind"]))])
    logged = say.text(" 観測 {}", " observed {}").format(row["logged"]) if row["seen_by"] else ""
    head = f"{row['id']:<8} {kind:<7} {row['count']:>6}  {row['name']}{logged}"
    basis = " ".join([str(row["legal"]), *cast(Sequence[str], row["provisions"])]).strip()
    return f"{head}  {basis}  {row['place']}"
