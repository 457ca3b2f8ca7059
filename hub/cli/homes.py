"""`hub init` and `hub check`: making a home, and checking a routing file or a home before it is used."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from hub import config as configuration
from hub.app import erasing, founding, law
from hub.app.asking import ask
from hub.app.checking import check_home
from hub.app.founding import Founding
from hub.app.paths import HomePaths
from hub.app.reading import read_text
from hub.calendar import jst_day
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, parse_day, reporting, speaker
from hub.cli.output import Speaker
from hub.codes import cfg
from hub.edges import resources
from hub.edges.clock import SystemClock


def init(
    zone: Annotated[str, typer.Option("--zone", help="区画 / zone of routing.yaml")] = "kikan",
    tenant: Annotated[str, typer.Option("--tenant", help="全国地方公共団体コード / municipality code")] = "131211",
    environment: Annotated[
        Literal["production", "test", "demo"], typer.Option("--environment", help="環境 / environment")
    ] = "test",
    routing: Annotated[
        Path | None, typer.Option("--routing", help="routing.yaml(省略時は同梱のもの)/ else the shipped one")
    ] = None,
    development: Annotated[
        bool, typer.Option("--development", help="全接続先の鍵を持つ開発用ホーム / holds every endpoint's key")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """ホームを作る(すでにあれば断る)/ make a home; refuses an existing one."""

    def work(say: Speaker) -> None:
        wanted = {
            "format": 1,
            "tenant": tenant,
            "environment": environment,
            "zone": zone,
            "origin": f"juki-hub/{tenant}/{zone}",
            "development": development,
        }
        config = configuration.checked(wanted, "hub.yaml")
        text = resources.routing_file() if routing is None else read_text(routing)
        paths = founding.found(Founding(say.home, config, text, SystemClock().now()))
        root = read_text(paths.root_verifier, cfg.MISSING_FILE).strip()
        say.say(
            {"home": str(paths.root), "zone": zone, "origin": config.origin, "root_key": root},
            lambda: say.text(
                f"ホームを作りました: {paths.root}\n区画 {zone}、記録の起点 {config.origin}\n"
                f"受け手が固定するルート鍵: {root}\n"
                f"{paths.offline} の鍵は、この機械から取り外して保管してください(開発用ホームを除く)。",
                f"Made the home {paths.root}\nzone {zone}, log origin {config.origin}\n"
                f"root key for recipients to pin: {root}\n"
                f"Take the keys in {paths.offline} off this machine (except in a development home).",
            ),
        )

    reporting(work, speaker(home, json, lang))


def check(
    routing: Annotated[Path | None, typer.Argument(help="routing.yaml(省略時はホーム)/ else the home")] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """経路表またはホームを検査し、誤りをすべて示す / check a routing file or a home; shows every fault at once."""

    def work(say: Speaker) -> None:
        provisions = law.load_provisions()
        if routing is not None:
            zones = law.read_routes(read_text(routing), routing.name, provisions)
        else:
            zone, routes = check_home(HomePaths(say.home), provisions)
            zones = {zone: routes}
        found = {name: {"endpoints": len(one.endpoints), "routes": len(one.routes)} for name, one in zones.items()}
        say.say(
            {"zones": found, "rows": len(provisions.rows), "doubts": len(provisions.doubts)},
            lambda: "\n".join(
                [
                    *(
                        say.text(
                            f"区画 {name}: 接続先 {one['endpoints']}、経路 {one['routes']}",
                            f"zone {name}: {one['endpoints']} endpoints, {one['routes']} routes",
                        )
                        for name, one in found.items()
                    ),
                    say.text("誤りはありません。", "No faults."),
                ]
            ),
        )

    reporting(work, speaker(home, json, lang))


def erase(
    on: Annotated[str | None, typer.Option("--on", help="この日(日本時間)までの分 / up to this day, JST")] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="消さずに、何件が消えるかを見る(先の日も)/ only count, also for a later day"),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """期日の来た電文本文の鍵を壊して消去し、記録する / destroy what is due, and record it."""

    def work(say: Speaker) -> None:
        day = jst_day(SystemClock().now()) if on is None else parse_day(on, "--on")
        if dry_run:
            _tell_due(say, cast(list[dict[str, object]], ask(say.home, _asking("due", day), erasing.answer)["due"]))
            return
        reply = ask(say.home, _asking("erase", day), erasing.answer)
        rows = cast(list[dict[str, object]], reply["erased"])
        none = say.text("期日の来たものはありません。", "Nothing is due.")
        say.say(
            {"erased": rows},
            lambda: "\n".join(f"{row['due']} {row['class']} {row['count']} #{row['index']}" for row in rows) or none,
        )

    reporting(work, speaker(home, json, lang))


def _asking(op: str, day: date) -> dict[str, object]:
    return {"op": op, "day": day.isoformat()}


def _tell_due(say: Speaker, rows: list[dict[str, object]]) -> None:
    """What would go, by class and day."""
    none = say.text("その日までに消えるものはありません。", "Nothing would go by that day.")
    ends = say.text("未配達で終わる", "would end undelivered")
    say.say(
        {"due": rows},
        lambda: (
            "\n".join(f"{row['due']} {row['class']} {row['count']} ({ends}: {row['undelivered']})" for row in rows)
            or none
        ),
    )
