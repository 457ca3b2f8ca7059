"""`hub run`: serves one zone with its connectors in this process until it is told to stop."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from hub.app.metricsfile import kept
from hub.app.opening import open_home, read_config
from hub.app.paths import HomePaths
from hub.app.serving import serve
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.codes import cfg, cli
from hub.edges import inside
from hub.edges.clock import SimulatedClock, SystemClock
from hub.errors import Misconfigured
from hub.exchangelog.text import time_value
from hub.observe import Metrics, Observers, log_lines
from hub.ports import Clock


def run_zone(
    sockets: Annotated[
        Path, typer.Option("--partners", help="接続先システムのソケットの場所 / sockets of the partners")
    ],
    simulated: Annotated[
        str | None, typer.Option("--simulated-clock", help="模擬時計の始まり(UTC)/ start of a simulated clock")
    ] = None,
    watch_stdin: Annotated[
        bool, typer.Option("--watch-stdin", help="標準入力が閉じたら終わる / end when stdin closes")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """区画を一つ動かす / serve one zone."""
    inside.keep()

    def work(say: Speaker) -> None:
        if read_config(HomePaths(say.home)).brokered:  # what is no home gets no file of ours
            raise Misconfigured(cfg.ENGINE_WANTED)
        metrics = Metrics(say.home.name)
        with (say.home / "events.jsonl").open("a", encoding="utf-8") as lines:
            observe = Observers([log_lines(lines, say.home.name), metrics])
            with (
                open_home(say.home, chosen_clock(simulated), observe) as opened,
                kept(say.home / "metrics.prom", metrics.text),
            ):
                serve(opened, sockets, lambda _: ready(opened.config.zone, None, end_with_stdin=watch_stdin))

    reporting(work, speaker(home, json, lang))


def ready(zone: str, port: int | None, *, end_with_stdin: bool) -> None:
    """Tells whoever started the process that the zone is at work."""
    if end_with_stdin:
        watch()
    sys.stdout.write(f"ready {zone}" + (f" http://127.0.0.1:{port}\n" if port is not None else "\n"))
    sys.stdout.flush()


def watch() -> None:
    """From now on the process ends when whoever started it is gone."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    """Nothing needs saving that is not saved (design promise 10)."""
    import os  # noqa: PLC0415
    import signal  # noqa: PLC0415

    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def chosen_clock(simulated: str | None) -> Clock:
    """The machine's clock, or a simulated one. Raises `Misconfigured` HUB-CLI-002."""
    if simulated is None:
        return SystemClock()
    try:
        return SimulatedClock(time_value(simulated))
    except ValueError:
        raise Misconfigured(cli.BAD_DATE, option="--simulated-clock") from None
