"""`hub flows`: every flow of the document, how it runs here, how often the demo of this home has shown it, when, and what tests it."""

from __future__ import annotations

import io
import json as jsonlib
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from hub import flows
from hub.app import law, pairs
from hub.app.evidence import open_archive
from hub.calendar import JST
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.codes import cli
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.errors import Held, Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.text import time_value
from hub.flows import Flow, FlowKind

_KINDS = {
    FlowKind.HUB: ("ハブ", "hub"),
    FlowKind.PARTNER: ("相手間", "partner"),
    FlowKind.MANUAL: ("人手", "manual"),
}
REPORT = "report.json"
_FILE = "tests/e2e/test_full_day.py"
_CARRIED = "TestFlows::test_the_hub_carried_it_at_least_twenty_times"
_LEG = "TestFlows::test_each_leg_of_a_flow_was_carried_twenty_times"
_PROVEN = "TestEvidence::test_every_message_and_its_answer_are_provable"
_JOINED = "TestFlows::test_each_leg_beside_the_hub_stands_in_the_ledgers_of_both_ends"
_SEEN = "TestFlows::test_it_was_seen_beside_the_hub"
_PIPE_WIDTH = 2000


def list_flows(
    id_: Annotated[str, typer.Argument(metavar="[ID]", help="一つの流れだけ(例 A1-3)/ one flow")] = "",
    missing: Annotated[
        bool,
        typer.Option(
            "--missing", help="区画の記録から、A3-5a と A3-5b の片方が欠けた異動を探す / pairs of which one is missing"
        ),
    ] = False,
    within: Annotated[int, typer.Option("--within", min=0, help="待つ時間(分)/ minutes that each has")] = 60,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """評価書の流れを一覧する。デモのホームなら件数も / the flows of the document; counts from a demo's home."""

    def work(say: Speaker) -> None:
        if missing:
            _say_missing(say, timedelta(minutes=within))
            return
        every = flows.load(resources.flows_file())
        wanted = [every.find(id_)] if id_ else every.flows.values()
        shown, provisions, routes = _report(say.home), _provisions(), _routes()
        rows = [_row(flow, shown, provisions.get(flow.id, ()), routes) for flow in wanted if flow is not None]
        if not rows:
            raise Misconfigured(cli.NO_FLOW, id=id_[:40])
        say.say({"flows": rows}, lambda: _detail(rows[0], say) if id_ else _table(rows, say))

    reporting(work, speaker(home, json, lang))


def _say_missing(say: Speaker, within: timedelta) -> None:
    """The findings in the log of a zone's home; ends with 3 when there are any, for a person must look at each."""
    with open_archive(say.home) as archive, archive.journal.snapshot() as log:
        found = pairs.missing(
            ((row.index, entries.parse(row.leaf)) for row in log.entries()), SystemClock().now() - within
        )
    told = [
        {"code": one.code.id, "text": one.code.text({}, say.lang), "index": one.index}
        | {"conversation": one.conversation, "since": one.since}
        for one in found
    ]
    none = say.text("欠けたものはありません。", "Nothing is missing.")
    say.say(
        {"missing": told},
        lambda: (
            "\n".join(
                f"{one['code']} #{one['index']} {one['since']} {one['conversation']}\n    {one['text']}" for one in told
            )
            or none
        ),
    )
    if told:
        raise typer.Exit(Held.exit_code)


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
        "aliases": list(flow.aliases),
        "name": flow.name,
        "kind": flow.kind.value,
        "place": flow.place,
        "legal": flow.legal.value if flow.legal else "",
        "provisions": list(provisions) or [flow.basis] * bool(flow.basis),
        "routes": list(dict.fromkeys(route for step in flow.carried for route in routes.get(step.type, ()))),
        "tests": cases_of(flow),
        "types": [step.type for step in flow.carried],
        "numbers": list(flow.numbers),
        "count": counted.get("acknowledged", counted.get("observed", 0)),
        "logged": counted.get("logged", 0),
        "seen_by": list(flow.seen_by),
        "last_shown": report.get("ended_at", "") if counted else "",
        "day": report.get("day", "") if counted else "",
        "legs": counted.get("legs", []),
        "steps": [[step.source, step.target, step.what, step.type] for step in flow.steps],
        "note": flow.note,
    }


def cases_of(flow: Flow) -> list[str]:
    """The node ids of the tests of a flow: what pytest collects, and runs when it is given one."""
    if flow.kind is FlowKind.HUB:
        legs = [f"{flow.id} {step.source} {step.target} {step.type}" for step in flow.carried]
        found = [f"{_CARRIED}[{flow.id}]", *(f"{test}[{leg}]" for leg in legs for test in (_LEG, _PROVEN))]
    else:
        found = [f"{_SEEN}[{flow.id}]"]
    return [f"{_FILE}::{test}" for test in [*found, *[f"{_JOINED}[{flow.id}]"] * bool(flow.beside)]]


# --- for a person -------------------------------------------------------------------------------------------------------


# Of each column: its width where nothing wraps, or its share of what a terminal leaves for those that do. A time breaks before the hour.
_WIDTHS = (6, 6, 0.32, 0.2, 4, 0.2, 0.28, 5, 10, 4)


def _table(rows: Sequence[Mapping[str, object]], say: Speaker) -> str:
    """All flows, a row each, as wide as the terminal; what is too long goes on below in its column."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), show_edge=False)
    heads = say.text(
        "番号 種別 流れ 箇所 行為 経路 根拠 件数 最後 試験", "id kind flow place act route provision count last test"
    ).split()
    left = _width() - sum(one for one in _WIDTHS if one >= 1) - len(_WIDTHS)
    for head, width in zip(heads, _WIDTHS, strict=True):
        wide = int(width if width >= 1 else left * width) if _on_terminal() else None
        table.add_column(head, justify="right" if head in {"件数", "count"} else "left", width=wide, overflow="fold")
    for row in rows:
        table.add_row(*_cells(row, say))
    return _drawn(table) + _legend(say)


def _cells(row: Mapping[str, object], say: Speaker) -> Iterator[str]:
    yield str(row["id"])
    yield say.text(*_KINDS[FlowKind(str(row["kind"]))])
    yield str(row["name"])
    yield str(row["place"]).replace("、", " ")
    yield str(row["legal"]) or "–"
    for name in ("routes", "provisions"):
        yield " ".join(one.removeprefix("statutes/") for one in cast(Sequence[str], row[name])) or "–"
    yield str(row["count"])
    yield _when(str(row["last_shown"]))
    tests = cast(Sequence[str], row["tests"])
    yield " ".join(letter for letter, test in _LETTERS.items() if any(f"::{test}[" in one for one in tests))


_LETTERS: Mapping[str, str] = {"a": _CARRIED, "b": _LEG, "c": _PROVEN, "d": _JOINED, "e": _SEEN}


def _legend(say: Speaker) -> str:
    title = say.text(
        f"試験は {_FILE} にある([番号]で一つを選ぶ。node id は hub flows 番号):",
        f"Tests are in {_FILE} (node ids: hub flows ID):",
    )
    return "\n".join(["", title, *(f"  {letter}  {test}" for letter, test in _LETTERS.items())])


def _detail(row: Mapping[str, object], say: Speaker) -> str:
    """One flow, a line for each thing that is known of it."""
    lines = ["  ".join((" = ".join((str(row["id"]), *cast(Sequence[str], row["aliases"]))), str(row["name"])))]
    told = (
        (say.text("種別", "kind"), say.text(*_KINDS[FlowKind(str(row["kind"]))])),
        (say.text("箇所", "place"), str(row["place"])),
        (say.text("行為", "act"), str(row["legal"])),
        (say.text("経路", "route"), " ".join(cast(Sequence[str], row["routes"]))),
        (say.text("根拠", "provision"), " ".join(cast(Sequence[str], row["provisions"]))),
        (say.text("番号の通行", "numbers"), " ".join(cast(Sequence[str], row["numbers"]))),
        (say.text("件数", "count"), str(row["count"])),
        (say.text("観測の記録", "observed, logged"), str(row["logged"]) if row["seen_by"] else ""),
        (say.text("最後に示した", "last shown"), _when(str(row["last_shown"]))),
    )
    lines += [f"  {name}: {text or '–'}" for name, text in told]
    counted = {(one["from"], one["to"], one["type"]): one for one in cast(Sequence[Mapping[str, Any]], row["legs"])}
    for source, target, what, type_ in cast(Sequence[Sequence[str]], row["steps"]):
        leg = counted.get((source, target, type_), {})
        count = leg.get("acknowledged", leg.get("observed", "–"))
        lines.append(f"    {source} → {target}  {what}  {type_}  {count}".rstrip())
    return "\n".join([*lines, *(f"  {test}" for test in cast(Sequence[str], row["tests"]))])


def _when(moment: str) -> str:
    """The time in Japan, to the minute."""
    return f"{time_value(moment).astimezone(JST):%Y-%m-%d %H:%M}" if moment else "–"


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _width() -> int:
    """Of the terminal; in a pipe nothing wraps, so that a row is a line."""
    return max(72, shutil.get_terminal_size().columns) if _on_terminal() else _PIPE_WIDTH


def _drawn(table: Table) -> str:
    console = Console(file=io.StringIO(), width=_width(), record=True)
    console.print(table)
    return "\n".join(line.rstrip() for line in console.export_text().splitlines())
