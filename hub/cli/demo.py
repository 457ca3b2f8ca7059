"""`hub demo`: a day in the ward, end to end. Plays it, shows it, and says honestly whether everything agreed."""

from __future__ import annotations

import importlib
import io
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from hub.cli.options import HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.errors import IntegrityError

HOME = Path("var/demo")
_STEPS = {
    "prepare": ("区画と計画を作ります", "Making the zones and the plan"),
    "play": ("一日を動かします", "Playing the day"),
    "reckon": ("計画・台帳・交換記録を突き合わせます", "Holding plan, ledgers and logs against each other"),
}

RESIDENTS, EVENTS, SEED = 300, 400, 1  # the day that is played unasked


def demo(
    residents: Annotated[int, typer.Option(min=50, max=20000, help="住民の数 / residents")] = RESIDENTS,
    events: Annotated[int, typer.Option(min=1, max=100000, help="異動の数 / events of the day")] = EVENTS,
    seed: Annotated[int, typer.Option(min=0, help="乱数の種 / seed")] = SEED,
    full: Annotated[bool, typer.Option("--full", help="評価書の流れをすべて / every flow of the document")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="消して最初から / erase and start again")] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """区の一日を端から端まで動かす / play a day in the ward, end to end."""

    def work(say: Speaker) -> None:
        run = importlib.import_module("connectors.demo.run")
        places = importlib.import_module("connectors.demo.places")
        settings = places.Settings(residents, events, seed, full)
        with _Display(say) as display:
            report = run.play(say.home, settings, fresh=fresh, show=display.show, say=display.step)
        say.say(report, lambda: _text(report, say))
        if report["differences"]:
            raise typer.Exit(IntegrityError.exit_code)

    reporting(work, speaker(home, json, lang))


class _Display:
    """Progress on standard error: a bar on a terminal, a line every few seconds elsewhere."""

    def __init__(self, say: Speaker) -> None:
        self._say = say
        self._console = Console(stderr=True)
        self._last = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(say.text("回答済みの電文", "messages answered"), total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, name: str) -> None:
        self._console.print(self._say.text(*_STEPS[name]), highlight=False)

    def show(self, settled: int, planned: int, _status: Mapping[str, Mapping[str, Any]]) -> None:
        self._bar.update(self._task, completed=settled, total=planned)
        if not self._console.is_terminal and time.monotonic() - self._last > 5:
            self._last = time.monotonic()
            sys.stderr.write(f"  {settled}/{planned}\n")


def _text(report: Mapping[str, Any], say: Speaker) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(_flow_table(report, say))
    console.print(_zone_table(report, say))
    console.print(_refusal_table(report, say))
    lines = [console.export_text()]
    lines.append(
        say.text(
            "送信 {sent} = 受理 {accepted} + 拒否 {refusals} + 重複 {duplicates}、未完 {outstanding}、{elapsed_s} 秒",
            "sent {sent} = accepted {accepted} + refused {refusals} + duplicates {duplicates}; "
            "outstanding {outstanding}; {elapsed_s} s",
        ).format(**report, refusals=sum(report["refused"].values()))
    )
    if report["differences"]:
        lines.append(say.text("一致しません:", "Does not agree:"))
        lines += [f"  {one}" for one in report["differences"]]
    else:
        lines.append(
            say.text("計画・台帳・交換記録はすべて一致しました。", "Plan, ledgers and logs agree, message by message.")
        )
    return "\n".join(lines)


def _flow_table(report: Mapping[str, Any], say: Speaker) -> Table:
    table = Table(title=say.text("流れごと", "By flow"))
    names = ("sent", "accepted", "acknowledged", "rejected", "outstanding", "refused", "duplicate")
    heads = say.text(
        "流れ 送信 受理 確認 却下 未完 拒否 重複", "flow sent accepted confirmed rejected outstanding refused duplicate"
    ).split()
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left")
    for flow, counts in report["flows"].items():
        table.add_row(flow, *(str(counts.get(name, 0)) for name in names))
    return table


def _zone_table(report: Mapping[str, Any], say: Speaker) -> Table:
    table = Table(title=say.text("区画ごとの交換記録", "Exchange log by zone"))
    for head in say.text("区画 件数 根 検証", "zone entries root verified").split():
        table.add_column(head)
    for zone, one in report["zones"].items():
        log = one["log"]
        table.add_row(zone, str(log["size"]), f"{log['root'][:16]}…", say.text("合", "ok") if log["verified"] else "NG")
    return table


def _refusal_table(report: Mapping[str, Any], say: Speaker) -> Table:
    table = Table(title=say.text("拒否(コードごと)", "Refusals by code"))
    for head in say.text("コード 件数", "code count").split():
        table.add_column(head)
    for code, count in report["refused"].items():
        table.add_row(code, str(count))
    return table
