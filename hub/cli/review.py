"""`hub review`: who looked at what and why, and which exchanges a fault or a leak touched; for auditors and for reports."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.app import law, reviewing
from hub.app.paths import HomePaths
from hub.app.reviewing import Look, Touched
from hub.cli import telling
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.cli.search import IndexOption, midnight, searching

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


def _look(one: Look) -> str:
    words = (telling.moment(one.time), one.action, "、".join(one.persons), one.about, one.reason)
    return "  ".join([f"#{one.index}", *filter(None, words)])


def _touched(one: Touched, say: Speaker) -> str:
    count = say.text(f"{one.count} 件", f"{one.count}")
    when = f"{telling.moment(one.since)} .. {telling.moment(one.until)}"
    line = f"{one.sender} → {one.recipient}  {one.type}  {one.provision}  {count}  {when}  #{one.first} .. #{one.last}"
    return line if not one.items else f"{line}\n    {say.text('項目', 'items')}: {'、'.join(one.items)}"
