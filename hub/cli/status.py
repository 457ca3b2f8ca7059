"""`hub status`: what waits for whom, how long, and how fast it goes; with --watch a table that stays and moves."""

from __future__ import annotations

import io
import shutil
import time
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hub.app.evidence import Archive, open_archive
from hub.app.paths import HomePaths
from hub.app.status import Queue, Status, look, since
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Json, Speaker
from hub.edges.clock import SystemClock
from hub.errors import Unavailable

WatchOption = Annotated[bool, typer.Option("--watch", help="止めるまで見続ける / keep looking until stopped")]
EveryOption = Annotated[float, typer.Option("--every", min=0.2, max=3600, help="秒ごとに / seconds between looks")]


def status(
    watch: WatchOption = False,
    every: EveryOption = 2.0,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """宛先ごとの待ち・保留・最古・速さを見る(--watch で見続ける)/ what waits for whom, how long, and how fast it goes."""

    def work(say: Speaker) -> None:
        with open_archive(say.home) as archive:
            paths = HomePaths(say.home)
            if watch:
                with suppress(KeyboardInterrupt):  # that is how one stops looking
                    _watch(say, archive, paths, every)
                return
            found = look(archive, paths, SystemClock().now())
            say.say(_json(found), lambda: _printed(found, say))

    reporting(work, speaker(home, json, lang))


def _watch(say: Speaker, archive: Archive, paths: HomePaths, every: float) -> None:
    """On a terminal one table in its place; elsewhere a line of JSON or a table for each look."""
    console = Console()
    if say.json or not console.is_terminal:
        before = None
        while True:
            before = since(before, look(archive, paths, SystemClock().now()))
            say.say(_json(before), lambda found=before: _printed(found, say))  # type: ignore[misc]
            time.sleep(every)
    with Live(console=console, auto_refresh=False) as live:
        shown: Status | None = None
        while True:
            try:
                shown = since(shown, look(archive, paths, SystemClock().now()))
                live.update(_shown(shown, say), refresh=True)
            except Unavailable as error:  # the store is away: the last table stays, and says so
                if shown is not None:
                    live.update(_shown(shown, say, error), refresh=True)
            time.sleep(every)


def _json(found: Status) -> Json:
    return {
        "at": found.at.isoformat(),
        "running": found.running,
        "latched": found.latched,
        "outstanding": found.outstanding,
        "entries": found.entries,
        "entries_per_second": found.rate,
        "recipients": {
            one.recipient: {
                "waiting": one.waiting,
                "ready": one.ready,
                "held": one.stopped,
                "settled": one.settled,
                "oldest_s": one.age,
                "oldest_held_s": one.stopped_age,
                "settled_per_second": one.rate,
            }
            for one in found.queues
        },
    }


def _printed(found: Status, say: Speaker) -> str:
    stream = io.StringIO()
    Console(file=stream, width=max(80, shutil.get_terminal_size().columns)).print(_shown(found, say))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def _shown(found: Status, say: Speaker, trouble: Unavailable | None = None) -> Group:
    heading = _heading(found, say, trouble)
    if found.queues:
        return Group(heading, _table(found, say))
    return Group(heading, Text(say.text("(まだ何も送られていません)", "(nothing was sent yet)")))


def _table(found: Status, say: Speaker) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(say.text("宛先", "recipient"), no_wrap=True)
    for ja, en in (
        ("待ち", "waiting"),
        ("渡せる", "ready"),
        ("最古", "oldest"),
        ("保留", "held"),
        ("保留の最古", "oldest held"),
        ("済み", "settled"),
        ("件/秒", "per second"),
    ):
        table.add_column(say.text(ja, en), justify="right", no_wrap=True)
    for one in found.queues:
        table.add_row(*_row(one, say), style="bold red" if one.stopped else ("" if one.waiting else "dim"))
    return table


def _row(one: Queue, say: Speaker) -> tuple[str, ...]:
    oldest, oldest_held = _age(one.age, say), _age(one.stopped_age, say)
    counts = (f"{one.waiting:,}", f"{one.ready:,}", oldest, f"{one.stopped:,}", oldest_held)
    return (one.recipient, *counts, f"{one.settled:,}", _rate(one.rate))


def _heading(found: Status, say: Speaker, trouble: Unavailable | None) -> Text:
    heading = Text(f"{found.at:%H:%M:%S} UTC  ")
    heading.append(*_state(found, say))
    heading.append(say.text(f"  記録 {found.entries:,} 件", f"  {found.entries:,} entries"))
    if found.rate is not None:
        heading.append(say.text(f"({found.rate:,.1f} 件/秒)", f" ({found.rate:,.1f} a second)"))
    if (hands := found.outstanding) is not None:
        heading.append(say.text(f"  渡して回答待ち {hands:,} 件", f"  {hands:,} in recipients' hands"))
    if trouble is not None:
        heading.append(f"\n{trouble.code.id} {trouble.text(say.lang)}", "bold red")
    return heading


def _state(found: Status, say: Speaker) -> tuple[str, str]:
    if found.latched:
        return say.text(f"停止 {found.latched}", f"stopped by {found.latched}"), "bold red"
    if found.running:
        return say.text("稼働中", "running"), "green"
    return say.text("動いていません", "at rest"), "yellow"


def _age(seconds: int | None, say: Speaker) -> str:
    if seconds is None:
        return "–"
    days, rest = divmod(seconds, 86400)
    clock = str(timedelta(seconds=rest))
    return clock if not days else say.text(f"{days:,}日 {clock}", f"{days:,} d {clock}")


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:,.1f}"
