"""`python -m scripts.flows_doc > docs/flows.md`: every flow of the document with its facts and its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.edges import resources
from hub.flows import Flow, FlowKind, Flows, load
from hub.provisions.load import load as load_law

KINDS = {
    FlowKind.HUB: "ハブが運ぶ(署名・証印・回答)",
    FlowKind.PARTNER: "相手システムの間を流れる(ハブの経路にはない)",
    FlowKind.MANUAL: "人の手で行う",
}
OPENING = """\
# 評価書の流れ / The flows of the document

別添1 とその周辺に書かれた流れのすべてです。`hub flows` は同じものを、デモで示した件数とともに示します。番号の丸数字は数字で、※1 は x1 と書きます。
実線はハブの経路、破線は相手システムどうし又は人の動きです。

Every flow of 別添1 and of the text around it. Solid arrows are routes of the hub, dashed ones run between partner systems or persons. This file is generated
from `hub/flows/flows.yaml` by `make docs`; please change that file, not this one.
"""


def render(flows: Flows, rows: Mapping[str, Sequence[str]]) -> str:
    """The whole page; `rows` are the rows of law by the flow that claims them."""
    pictures = (line for flow in flows.flows.values() for line in _flow(flow, flows))
    return "\n".join([OPENING, *_overview(flows, rows), *pictures])


def rows_by_flow() -> Mapping[str, Sequence[str]]:
    """`table/item` of every row that names a flow."""
    found: dict[str, list[str]] = {}
    for row in load_law(resources.provision_files()).rows.values():
        if row.flow:
            found.setdefault(row.flow, []).append(f"{row.table}/{row.item}")
    return found


def _overview(flows: Flows, rows: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "| 流れ | 名称 | 扱い | 行為 | 根拠 | 通る番号 | 評価書 |"
    yield "|---|---|---|---|---|---|---|"
    for flow in flows.flows.values():
        legal = flow.legal.value if flow.legal else "–"
        numbers = "、".join(flow.numbers) or "–"
        basis = "、".join(rows.get(flow.id, ())) or flow.basis or "–"
        link = f"[{flow.id}](#{flow.id.lower()})"
        yield f"| {link} | {flow.name} | {flow.kind.value} | {legal} | {basis} | {numbers} | {flow.place} |"
    yield ""


def _flow(flow: Flow, flows: Flows) -> Iterator[str]:
    yield f"## {flow.id}\n"
    yield f"**{flow.name}**: {KINDS[flow.kind]}。評価書 {flow.place}。{flow.note}\n"
    if flow.seen_by:
        names = "、".join(f"{flows.names[name]}({name})" for name in flow.seen_by)
        yield f"{names} の接続が観測し、署名して交換記録に残します(message.md 8節)。\n"
    yield "```mermaid"
    yield "sequenceDiagram"
    members = dict.fromkeys(name for step in flow.steps for name in (step.source, step.target))
    order = {name: f"p{place}" for place, name in enumerate(members)}
    for name, short in order.items():
        yield f"    participant {short} as {flows.names[name]}"
    for step in flow.steps:
        arrow = "->>" if step.type else "-->>"
        label = f"{step.what} ({step.type})" if step.type else step.what
        yield f"    {order[step.source]}{arrow}{order[step.target]}: {label}"
    yield "```\n"


if __name__ == "__main__":
    print(render(load(resources.flows_file()), rows_by_flow()), end="")
