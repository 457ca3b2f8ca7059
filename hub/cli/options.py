"""The options that every command takes, and how a `HubError` ends a command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from hub.cli.output import Speaker
from hub.codes import cli
from hub.errors import HubError, Language, Misconfigured

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="HUB_HOME", help="ホームの場所 / the home directory", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON を一つ出力する / print one JSON object")]
LangOption = Annotated[Literal["ja", "en"], typer.Option("--lang", help="表示の言語 / language of the output")]

DEFAULT_HOME = Path("var/home")


def speaker(home: Path, json: bool, lang: Language) -> Speaker:
    """The `Speaker` of one command."""
    return Speaker(home=home, json=json, lang=lang)


def reporting(command: Callable[[Speaker], None], say: Speaker) -> None:
    """Runs a command's body; a `HubError` becomes text and exit code, never a traceback."""
    try:
        command(say)
    except HubError as error:
        say.fail(error)


def parse_day(text: str, option: str) -> date:
    """A day given on the command line. Raises `Misconfigured` HUB-CLI-002."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misconfigured(cli.BAD_DATE, option=option) from None
