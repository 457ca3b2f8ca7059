"""The tree of commands. Each group lives in a file of its own; this one only hangs them up."""

from __future__ import annotations

import typer

from hub.cli import demo as playing
from hub.cli import rules
from hub.cli import run as running

root = typer.Typer(
    name="hub",
    help="juki-hub: 証明できる電文ハブ / a message hub that can prove what it carried",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
root.add_typer(rules.commands, name="rules")
root.command("run")(running.run_zone)
root.command("demo")(playing.demo)


def run() -> None:
    """Parses the command line and ends the process with the command's exit code."""
    root()
