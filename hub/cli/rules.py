"""`hub rules`: the law as data, listed and asked. Asks the tables of the distribution; a home adds its confirmations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hub.app import law
from hub.app.confirmations import confirmed_provisions
from hub.app.enquiry import Answer, ask_law, named_channel
from hub.calendar import jst_day
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, parse_day, reporting, speaker
from hub.cli.output import Speaker
from hub.codes import cli
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.errors import Misconfigured, Refused
from hub.provisions.lawbook import Provisions
from hub.provisions.model import Channel, Row
from hub.provisions.question import Question
from hub.schemas import Schemas

_SHOWN = 12  # rows named in one line; --json has them all

commands = typer.Typer(help="根拠の表を一覧する・問う / list and ask the tables of law", no_args_is_help=True)


@commands.command("list")
def list_rows(
    table: Annotated[str | None, typer.Option("--table", help="kou2 | beppyo | to-jorei | ku-jorei | statutes")] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """根拠の行を一覧する / list the rows of law."""
    reporting(lambda say: _list(say, table), speaker(home, json, lang))


@commands.command("decide")
def decide_row(
    table: Annotated[str, typer.Option("--table", help="表 / table")],
    item: Annotated[str, typer.Option("--item", help="項 / item")],
    recipient: Annotated[str, typer.Option("--recipient", help="提供先・移転先 / recipient, by its Japanese name")],
    information: Annotated[
        str, typer.Option("--information", help="情報の名称(印字のとおり) / information as printed")
    ],
    channel: Annotated[str, typer.Option("--channel", help="nws | chonai | hub")],
    items: Annotated[str, typer.Option("--items", help="項目をコンマ区切りで / item names, comma separated")] = "",
    on: Annotated[str | None, typer.Option("--on", help="判定日 YYYY-MM-DD(日本時間) / day, JST")] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """根拠に照らして可否を問う(0 許可、3 拒否)/ ask the law (0 permit, 3 refuse)."""

    def ask(say: Speaker) -> None:
        if named_channel(channel) is None:
            raise Misconfigured(cli.BAD_VALUE, option="--channel", expected=" | ".join(Channel))
        names = frozenset(filter(None, map(str.strip, re.split("[,、，]", items))))
        question = Question(table, item, recipient, information, channel, _day(on), names)
        answer = ask_law(_provisions(say.home), Schemas.load(resources.xsd_files()), question)
        say.say(_answer_json(answer, say), lambda: _answer_text(answer, say))
        if not answer.decision.permitted:
            raise typer.Exit(Refused.exit_code)

    reporting(ask, speaker(home, json, lang))


def _list(say: Speaker, table: str | None) -> None:
    provisions = _provisions(say.home)
    if table is not None and table not in provisions.tables.titles:
        raise Misconfigured(cli.UNKNOWN_TABLE, table=table, tables="、".join(provisions.tables.titles))
    rows = [row for row in provisions.rows.values() if table in (None, row.table)]
    names = _names(provisions) if say.json else {}
    say.say({"rows": [_row_json(row, names) for row in rows]}, lambda: "\n".join(_row_text(row, say) for row in rows))


def _provisions(home: Path) -> Provisions:
    provisions = law.load_provisions()
    return confirmed_provisions(home, provisions) if home.is_dir() else provisions


def _day(text: str | None) -> date:
    return jst_day(SystemClock().now()) if text is None else parse_day(text, "--on")


def _names(provisions: Provisions) -> Mapping[str, str]:
    """The printed name of each endpoint of the shipped routing.yaml: rows of `statutes` know their parties by code."""
    zones = law.read_routes(resources.routing_file(), "routing.yaml", provisions)
    return {code: one.name for zone in zones.values() for code, one in zone.endpoints.items()}


def _row_json(row: Row, names: Mapping[str, str]) -> dict[str, object]:
    senders = list(dict.fromkeys(party.sender for party in row.parties))
    return {
        "table": row.table,
        "item": row.item,
        "article": row.article,
        "kind": row.kind.value,
        "channel": row.channel.value,
        "senders": senders,
        "recipients": list(row.recipients),
        "names": {one: names[one] for one in (*senders, *row.recipients) if names.get(one, one) != one},
        "affair": row.affair,
        "information": row.information,
        "effective_from": row.effective_from.isoformat(),
        "place": row.place,
        "status": row.status.value,
        "note": row.note,
    }


def _row_text(row: Row, say: Speaker) -> str:
    doubt = "" if row.status.value == "in-force" else say.text(" 【未確認: 拒否】", " [unconfirmed: denied]")
    affair = row.affair if len(row.affair) <= 40 else row.affair[:39] + "…"
    recipients = "・".join(row.recipients) or "-"
    return f"{row.table:<9} {row.item:<22} {row.kind.value} {row.channel.value:<6} {affair} → {recipients}{doubt}"


def _answer_json(answer: Answer, say: Speaker) -> dict[str, object]:
    decision, question = answer.decision, answer.question
    return {
        "decision": decision.outcome,
        "code": decision.code.id if decision.code else "",
        "table": question.table,
        "item": question.item,
        "article": decision.article,
        "kind": decision.kind,
        "reason": decision.reason(say.lang),
        "digest": decision.digest,
        "recipient": question.recipient,
        "information": question.information,
        "near": list(answer.near),
        "rows": list(answer.rows),
        "unknown_items": {item: list(near) for item, near in answer.items.items()},
    }


def _answer_text(answer: Answer, say: Speaker) -> str:
    decision, comma = answer.decision, say.text("、", ", ")
    word = say.text("許可", "permit") if decision.permitted else say.text("拒否", "refuse")
    code = f" {decision.code.id}" if decision.code else ""
    lines = [f"{word}{code}: {decision.reason(say.lang)}"]
    if decision.code:
        lines.append(f"    → {say.text(decision.code.remedy_ja, decision.code.remedy_en)}")
    if answer.near:
        lines.append(say.text("近い名前: ", "names like it: ") + comma.join(answer.near))
    if answer.rows:
        more = "…" if len(answer.rows) > _SHOWN else ""
        shown = comma.join(answer.rows[:_SHOWN]) + more
        lines.append(say.text("この受信者のある行: ", "rows that know this recipient: ") + shown)
    for item, near in answer.items.items():
        lines.append(say.text("知らない項目: ", "unknown item: ") + f"{item} ({comma.join(near) or '-'})")
    return "\n".join(lines)
