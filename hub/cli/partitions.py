"""`hub broker partitions`: another number of inbound queues for each sender, by drain and switch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Final

import typer

from hub.app.paths import HomePaths
from hub.app.repartition import Changed, Pause, change, refuse
from hub.cli.management import URL as _URL
from hub.cli.management import USER as _USER
from hub.cli.management import CaOption, PasswordOption, UrlOption, UserOption, administrator
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.cli.progress import bar
from hub.errors import HomeInUse, HubError

_LOOK: Final = 0.5  # seconds between two looks


def partitions(
    to: Annotated[int, typer.Option("--to", min=1, max=64, help="新しい数 / the new number")],
    wait: Annotated[
        bool, typer.Option("--wait", help="空になり、区画が止まるまで待つ / until queues are empty and the zone stands")
    ] = False,
    admin: UrlOption = _URL,
    user: UserOption = _USER,
    password_file: PasswordOption = None,
    ca: CaOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """送信者ごとの受付の数を変える。途中で切れても続きから / change the inbound queues of each sender; resumable.

    受付を閉じ、区画が待ち行列を空にし、区画が止まってから切り替える。やめるには今の数を --to に指定する。/
    Shuts the inbound queues, lets the zone empty them, and switches once it stands. To give up, name the present number.
    """

    def work(say: Speaker) -> None:
        way = administrator(admin, user, password_file, ca)
        with bar(say.text("待ち行列を空にしています", "emptying the queues")) as passed:
            changed = change(HomePaths(say.home), to, way, _patient(say, passed) if wait else refuse)
        say.say({"before": changed.before, "now": changed.now, "changes": changed.calls}, lambda: _said(say, changed))

    reporting(work, speaker(home, json, lang))


def _patient(say: Speaker, passed: Callable[[int, int], None]) -> Pause:
    """Shows how much is left, and says once that the zone must be stopped now: nobody stops it from here."""
    most, told = 0, False

    def pause(error: HubError) -> None:
        nonlocal most, told
        if isinstance(error, HomeInUse):
            if not told:
                typer.echo(
                    say.text("空になりました。hub serve を止めてください。", "Empty. Now stop hub serve."), err=True
                )
            told = True
        else:
            left = int(error.facts["count"])
            most = max(most, left)
            passed(most - left, most)
        time.sleep(_LOOK)

    return pause


def _said(say: Speaker, changed: Changed) -> str:
    if changed.before == changed.now:
        return say.text(f"受付の数は {changed.now} です。", f"There are {changed.now} inbound queues for each sender.")
    return say.text(
        f"受付の数を {changed.before} から {changed.now} にしました。hub serve と接続部品を起動し直してください。",
        f"From {changed.before} to {changed.now} inbound queues for each sender. Start hub serve and the connectors again.",
    )
