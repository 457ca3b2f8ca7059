"""`hub log search` and `hub log journey`: entries found by what they say, and the whole story of one exchange."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from hub.app.evidence import Archive, open_archive
from hub.app.paths import HomePaths
from hub.app.searching import Found, Results, Search, open_searching
from hub.app.story import Line, Opened, Story, opened, records, tell
from hub.calendar import JST
from hub.cli import storypage, telling
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, parse_day, reporting, speaker, writable
from hub.cli.output import Speaker
from hub.cli.progress import bar
from hub.cli.revealed import reveal
from hub.codes import cli
from hub.edges.home import atomic_write
from hub.errors import Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.facts import Query
from hub.exchangelog.text import time_text

_MOST: Final = 1000

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", help="検索ファイル(省略時はホームの search/)/ the search file, else below the home"),
]


def search(
    since: Annotated[str | None, typer.Option("--from", help="この日から(日本時間)/ from this day in Japan")] = None,
    until: Annotated[str | None, typer.Option("--to", help="この日まで / to this day, included")] = None,
    endpoint: Annotated[
        list[str] | None,
        typer.Option("--endpoint", help="送信元か宛先(部署も)/ sender or recipient, also a department"),
    ] = None,
    sender: Annotated[str | None, typer.Option("--sender", help="送信元 / the sender")] = None,
    recipient: Annotated[str | None, typer.Option("--recipient", help="宛先 / the recipient")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="種別(AT-REG など)/ the message type")] = None,
    code: Annotated[str | None, typer.Option("--code", help="符号 / the code")] = None,
    provision: Annotated[
        str | None, typer.Option("--provision", help="根拠の項(kou2/128)か表(kou2)/ row of law, or table")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="記録の種類(permit refuse answer hold など)/ the kind of entry")
    ] = None,
    about: Annotated[str | None, typer.Option("--about", help="陳述・管理・観測の対象 / what it is about")] = None,
    id_: Annotated[
        list[str] | None, typer.Option("--id", help="電文IDか会話ID / a MessageId or ConversationId")
    ] = None,
    most: Annotated[int, typer.Option("--limit", min=1, max=_MOST, help="件数 / how many at most")] = 50,
    before: Annotated[
        int | None, typer.Option("--before", min=0, help="この番号より前(続きを見る)/ entries before this one")
    ] = None,
    index: IndexOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """交換記録を探す(新しい順。本文は探さない)/ search the exchange log, the newest first; bodies are never searched."""

    def work(say: Speaker) -> None:
        given = {
            "sender": sender,
            "recipient": recipient,
            "type": type_,
            "code": code,
            "provision" if provision and "/" in provision else "table": provision,
            "kind": kind,
            "about": about,
        }
        terms = {(field, value) for field, value in given.items() if value}
        terms |= {("endpoint", one) for one in endpoint or ()}
        ids = frozenset(known_id(one) for one in id_ or ())
        query = Query(ids, frozenset(terms), midnight(since, "--from", 0), midnight(until, "--to", 1))
        with searching(say, index) as (_, found):
            results = found.find(query, most, before)
        say.say(_results_json(results), lambda: _results_text(results, say))

    reporting(work, speaker(home, json, lang))


def journey(
    id_: Annotated[str, typer.Argument(metavar="ID", help="電文IDか会話ID / a MessageId or ConversationId")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="表と図のページ(HTML)を書く / write table and picture as HTML")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option("--person", help="操作者と内容も見る人(記録される)/ also who acted, and contents; is recorded"),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="見る理由(記録される)/ why; it is kept")] = "",
    index: IndexOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """一つのやり取りの顛末を、表と図で(番号は伏せる)/ the whole story of one exchange; table and picture, numbers masked."""

    def work(say: Speaker) -> None:
        if output is not None:
            writable(output)
        with searching(say, index) as (archive, found):
            story, origin = tell(found, archive, known_id(id_)), archive.origin
        told = {} if person is None else opened(story, reveal(say, records(story), person, reason)[1])
        if output is not None:
            atomic_write(output, storypage.page(story, origin, told, say).encode("utf-8"))
        say.say(_story_json(story, told, output), lambda: _story_text(story, told, output, say))

    reporting(work, speaker(home, json, lang))


@contextmanager
def searching(say: Speaker, index: Path | None) -> Iterator[tuple[Archive, Search]]:
    """The home's log and its search file (`index`, else below the home), brought up to date with a progress bar."""
    with (
        open_archive(say.home) as archive,
        bar(say.text("索引の更新", "indexing")) as passed,
        open_searching(archive, index or HomePaths(say.home).search, passed) as found,
    ):
        yield archive, found


def known_id(text: str) -> str:
    """Raises `Misconfigured` HUB-CLI-063."""
    try:
        known = str(UUID(text))
    except ValueError:
        raise Misconfigured(cli.NOT_AN_ID) from None
    if known != text:
        raise Misconfigured(cli.NOT_AN_ID)
    return known


def midnight(text: str | None, option: str, later: int) -> str:
    """The beginning of a Japanese day, or of a later one, as entries write times; "" for no day."""
    if text is None:
        return ""
    day: date = parse_day(text, option) + timedelta(days=later)
    return time_text(datetime.combine(day, time(), JST).astimezone(UTC))


def entry_json(found: Found) -> dict[str, object]:
    return {"index": found.index, "entry": jsonlib.loads(entries.encode(found.entry))}


def _results_json(results: Results) -> dict[str, object]:
    return {"found": [entry_json(one) for one in results.found], "before": results.before}


def _results_text(results: Results, say: Speaker) -> str:
    if not results.found:
        return say.text("該当する記録はありません。", "No such entry.")
    lines = [entry_line(one, say) for one in results.found]
    if results.before is not None:
        lines.append(say.text(f"続き: --before {results.before}", f"more: --before {results.before}"))
    return "\n".join(lines)


def entry_line(found: Found, say: Speaker) -> str:
    entry = found.entry
    told = (telling.moment(entry.time), telling.kind(entry, say.lang), telling.parties(entry), telling.what(entry, say))
    return "  ".join([f"#{found.index}", *filter(None, told)])


def _story_json(story: Story, told: Mapping[int, Opened], output: Path | None) -> dict[str, object]:
    return {
        "id": story.asked,
        "lines": [{**_line_json(one), **_opened_json(told.get(one.found.index))} for one in story.lines],
        "cut": story.cut,
        "output": None if output is None else str(output),
    }


def _line_json(line: Line) -> dict[str, object]:
    carriage = line.carriage
    delivery = (
        None if carriage is None else {"state": carriage.state, "failed": carriage.attempts, "code": carriage.code}
    )
    return {**entry_json(line.found), "delivery": delivery, "body": line.body, "checkpoint": line.sealed}


def _opened_json(one: Opened | None) -> dict[str, object]:
    if one is None:
        return {}
    who = one.operator
    operator = None if who is None else {name: value for name, value in asdict(who).items() if name != "salt"}
    return {"operator": operator, "reason": one.reason, "items": dict(one.items)}


def _story_text(story: Story, told: Mapping[int, Opened], output: Path | None, say: Speaker) -> str:
    lines = []
    for one in story.lines:
        beside = (telling.delivery(one, say), telling.original(one, say), telling.proof(one, say))
        lines.append("  ".join([entry_line(one.found, say), *(f"[{word}]" for word in beside if word)]))
        if seen := told.get(one.found.index):
            lines += [f"    {telling.actor(seen, say)}", *(f"    {path}: {text}" for path, text in seen.items)]
    if story.cut:
        lines.append(say.text("続きがあります。", "There is more."))
    if output is not None:
        lines.append(say.text(f"ページを {output} に書きました。", f"Wrote the page to {output}."))
    return "\n".join(lines)
