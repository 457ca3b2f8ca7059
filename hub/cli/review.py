"""`hub review`: who looked at what and why, and which exchanges a fault or a leak touched; for auditors and for reports."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from datetime import time
from pathlib import Path
from typing import Annotated

import typer

from hub.app import law, reviewing, usereview
from hub.app.asking import asking
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_text
from hub.app.register import personal_key
from hub.app.reviewing import Look, Touched
from hub.app.usereview import PIECE, Asked, Told
from hub.cli import telling, usepage
from hub.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    LangOption,
    ReasonOption,
    given_reason,
    reporting,
    speaker,
    writable,
)
from hub.cli.output import Speaker
from hub.cli.progress import bar
from hub.cli.search import IndexOption, midnight, searching
from hub.codes import cli
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.errors import Misconfigured
from hub.unusual import Finding, Use, Usual, findings

commands = typer.Typer(help="交換記録の点検 / reviews of the exchange log", no_args_is_help=True)

SinceOption = Annotated[str | None, typer.Option("--from", help="この日から(日本時間)/ from this day in Japan")]
UntilOption = Annotated[str | None, typer.Option("--to", help="この日まで / to this day, included")]


@commands.command("reveals")
def reveals(
    since: SinceOption = None,
    until: UntilOption = None,
    index: IndexOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """誰が、何を、なぜ見たか・探したか・書き出したか(新しい順)/ who looked at, searched or wrote out what, and why."""

    def work(say: Speaker) -> None:
        days = (midnight(since, "--from", 0), midnight(until, "--to", 1))
        with searching(say, index) as (_, found):
            looks = reviewing.looks(found, HomePaths(say.home), *days)
        none = say.text("該当するものはありません。", "There is nothing of the kind.")
        say.say({"looks": [asdict(one) for one in looks]}, lambda: "\n".join(map(_look, looks)) or none)

    reporting(work, speaker(home, json, lang))


@commands.command("affected")
def affected(
    since: SinceOption = None,
    until: UntilOption = None,
    endpoint: Annotated[
        str, typer.Option("--endpoint", help="この接続先から又はこの接続先へのもの / from or to this endpoint")
    ] = "",
    index: IndexOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """期間や接続先に係る提供を、相手・根拠・項目ごとに(訂正通知、漏えい報告)/ what went where, for notices and reports."""

    def work(say: Speaker) -> None:
        days = (midnight(since, "--from", 0), midnight(until, "--to", 1))
        with searching(say, index) as (archive, found):
            rows, (persons, unknown) = reviewing.touched(found, archive, law.load_provisions(), endpoint, *days)
        total = sum(one.count for one in rows)
        said = say.text(
            f"合計 {total} 件、対象者は多くて {persons} 人", f"{total} in all, about {persons} persons at most"
        )
        if unknown:
            said += say.text(
                f"、ほかに対象者の分からない電文 {unknown} 件", f", and {unknown} of which nobody knows whom"
            )
        exchanges = [asdict(one) for one in rows]
        say.say(
            {"exchanges": exchanges, "count": total, "persons_at_most": persons, "of_unknown": unknown},
            lambda: "\n".join([*(_touched(one, say) for one in rows), said]),
        )

    reporting(work, speaker(home, json, lang))


@commands.command("use")
def use(
    asker: Annotated[str, typer.Option("--person", help="点検する人(承認者か監査)/ who asks: approver or auditor")],
    reason: ReasonOption,
    since: SinceOption = None,
    until: UntilOption = None,
    suppressed: Annotated[
        Path | None, typer.Option("--suppressed", help="支援措置対象者の符号の一覧 / tokens of suppressed residents")
    ] = None,
    households: Annotated[
        Path | None,
        typer.Option("--households", help="職員番号と世帯員の符号の一覧 / staff numbers with their household"),
    ] = None,
    hours: Annotated[str, typer.Option("--hours", help="執務時間(日本時間)/ office hours in Japan")] = "08:00-19:00",
    least: Annotated[
        int, typer.Option("--least", min=1, help="一日にこの件数までは通常 / up to so many a day are usual")
    ] = 50,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="図と表のページ(HTML)を書く / write chart and table as HTML")
    ] = None,
    index: IndexOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """通常と異なる利用を所見にする(件数、時間外、自分の世帯、支援措置)。点検は記録される / unusual use; asking is recorded."""

    def work(say: Speaker) -> None:
        why, usual = given_reason(reason), Usual(*_hours(hours), least=least)
        named = usereview.lists(*(read_text(one).splitlines() if one else [] for one in (suppressed, households)))
        if output is not None:
            writable(output)
        days = (midnight(since, "--from", 0), midnight(until, "--to", 1))
        with searching(say, index) as (_, found):
            run = found.run(*days)
        uses: list[Use] = []
        machines = erased = damaged = 0
        for told in _asked(say, asker, why, Asked(*run, secrets.token_bytes(32), *named)) if run[0] < run[1] else ():
            uses += told.uses
            machines, erased, damaged = machines + told.machines, erased + told.erased, damaged + told.damaged
        rows = findings(uses, usual)
        summary = say.text(
            f"記録 {run[0]} から {run[1]} の前まで: 人の操作 {len(uses)}、システム {machines}、消去済み {erased}、壊れた記録 {damaged}",
            f"Entries {run[0]} to before {run[1]}: acts of persons {len(uses)}, of systems {machines}, erased {erased}, damaged {damaged}",
        )
        if output is not None:
            atomic_write(output, usepage.page(uses, rows, usual, summary, say).encode("utf-8"))
        none = say.text("所見はありません。", "There are no findings.")
        say.say(
            {
                "findings": [{**asdict(one), "day": f"{one.day}"} for one in rows],
                "run": run,
                "uses": len(uses),
                "machines": machines,
                "damaged": damaged,
                "erased": erased,
            },
            lambda: "\n".join([summary, *(_finding(one, say) for one in rows)] if rows else [summary, none]),
        )

    reporting(work, speaker(home, json, lang))


def _asked(say: Speaker, asker: str, why: str, asked: Asked) -> Iterator[Told]:
    paths = HomePaths(say.home)
    said = usereview.statement(read_config(paths), SystemClock(), asked, why)
    approval = said.signed(personal_key(paths, asker))
    with asking(say.home, usereview.answer) as one, bar(say.text("点検", "reviewing")) as passed:
        for done, told in enumerate(usereview.pieces(asked, said, approval, one), start=1):
            passed(done * PIECE, asked.stop - asked.start)
            yield told


def _hours(text: str) -> tuple[time, time]:
    """Raises `Misconfigured` HUB-CLI-072."""
    try:
        opens, closes = (time.fromisoformat(one) for one in text.split("-"))
        if opens.tzinfo or closes.tzinfo or not opens < closes:
            raise ValueError("hours of another zone, or none")
    except ValueError:
        raise Misconfigured(cli.NO_TIME, option="--hours") from None
    return opens, closes


def _finding(one: Finding, say: Speaker) -> str:
    count = say.text(f"{one.count} 件", f"{one.count}")
    return f"{usepage.word(one.kind, say)}  {one.staff}  {one.day}  {count}  {usepage.entries_of(one, say)}"


def _look(one: Look) -> str:
    words = (telling.moment(one.time), one.action, "、".join(one.persons), one.about, one.reason)
    return "  ".join([f"#{one.index}", *filter(None, words)])


def _touched(one: Touched, say: Speaker) -> str:
    count = say.text(f"{one.count} 件", f"{one.count}")
    when = f"{telling.moment(one.since)} .. {telling.moment(one.until)}"
    line = f"{one.sender} → {one.recipient}  {one.type}  {one.provision}  {count}  {when}  #{one.first} .. #{one.last}"
    return line if not one.items else f"{line}\n    {say.text('項目', 'items')}: {'、'.join(one.items)}"
