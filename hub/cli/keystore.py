"""`hub keystore`: generations of the key store, and how far erasures are done (S19, 番号法施行令29条)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from hub.app import keyrestore
from hub.app.keybackups import Kept, keep, look
from hub.app.keyrestore import Restored
from hub.app.paths import HomePaths
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.edges.clock import SystemClock
from hub.edges.keybackups import Generation

commands = typer.Typer(help="鍵庫の控え / backups of the key store", no_args_is_help=True)


@commands.command("backup")
def backup(
    daily: Annotated[
        bool,
        typer.Option("--daily", help="今日(日本時間)の控えがあれば作らない / none if there is one of today in Japan"),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """控えを一つ作り、消去済みの鍵をすべての控えから除く / make a generation, and prune all of what was erased."""

    def work(say: Speaker) -> None:
        kept = keep(HomePaths(say.home), SystemClock().now(), daily=daily)
        rows = [_json(one) for one in kept.generations]
        say.say({"generations": rows, "pruned": kept.pruned, "settled": kept.settled}, lambda: _text(kept, say))

    reporting(work, speaker(home, json, lang))


@commands.command("list")
def list_generations(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """控えの世代と、消去が完了しているか / the generations, and whether every erasure is done."""

    def work(say: Speaker) -> None:
        kept = look(HomePaths(say.home), SystemClock().now())
        said = (
            say.text("消去済みの鍵はどの控えにもありません。", "No generation holds a key that was erased.")
            if kept.settled is not None
            else say.text("消去の途中か、消去済みの鍵が控えに残っています。", "A key that was erased is still in one.")
        )
        say.say(
            {"generations": [_json(one) for one in kept.generations], "settled": kept.settled is not None},
            lambda: "\n".join([*(_line(one, say) for one in kept.generations), said]),
        )

    reporting(work, speaker(home, json, lang))


@commands.command("restore")
def restore(
    generation: Annotated[
        str, typer.Option("--generation", help="控えの名前(省略時は最新)/ a generation by name, else the newest")
    ] = "",
    give_up: Annotated[
        bool,
        typer.Option(
            "--give-up-lost", help="どの控えにも鍵のない記録をあきらめる / give up records that no generation opens"
        ),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """失われた鍵庫を控えから戻す(消去済みの鍵は戻らない)/ restore a lost key store; never what was erased."""

    def work(say: Speaker) -> None:
        done = keyrestore.restore(HomePaths(say.home), SystemClock(), generation, give_up=give_up)
        name = None if done.generation is None else done.generation.file.name
        say.say(
            {"generation": name, "keys": done.keys, "lost": done.lost, "given_up": done.given_up},
            lambda: "\n".join(_restored(done, say)),
        )

    reporting(work, speaker(home, json, lang))


def _restored(done: Restored, say: Speaker) -> Iterator[str]:
    if done.generation is not None:
        name = done.generation.file.name
        yield say.text(f"控え {name} から鍵 {done.keys} を戻しました。", f"Restored {done.keys} keys from {name}.")
    if done.given_up:
        yield say.text(
            f"記録 {done.lost} 件をあきらめ、その旨を記録しました。", f"Gave up {done.lost} records; the log says so."
        )
    elif done.lost:
        yield say.text(
            f"記録 {done.lost} 件の鍵がありません。ほかに鍵がなければ --give-up-lost を付けて実行してください(それまでハブを起動しない)。",
            f"{done.lost} records have no key. If there is none elsewhere run this with --give-up-lost; do not start the hub before.",
        )


def _json(one: Generation) -> dict[str, object]:
    return {"file": str(one.file), "made_at": f"{one.made_at:%Y-%m-%dT%H:%M:%SZ}", "keys": one.keys}


def _line(one: Generation, say: Speaker) -> str:
    made_at = f"{one.made_at:%Y-%m-%d %H:%M:%S} UTC"
    return say.text(f"{made_at}  鍵 {one.keys}  {one.file}", f"{made_at}  {one.keys} keys  {one.file}")


def _text(kept: Kept, say: Speaker) -> str:
    lines = [_line(one, say) for one in kept.generations]
    lines.append(say.text(f"除いた鍵: {kept.pruned}", f"keys pruned: {kept.pruned}"))
    if kept.settled is None:
        lines.append(say.text("消去が進行中です。", "Erasures are under way."))
    else:
        lines.append(
            say.text(
                f"記録 {kept.settled} より前の消去は完了しています。", f"Erasures before entry {kept.settled} are done."
            )
        )
    return "\n".join(lines)
