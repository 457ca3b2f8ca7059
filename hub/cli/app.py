"""The tree of commands. Each group lives in a file of its own; this one only hangs them up."""

from __future__ import annotations

from typing import Annotated

import typer

import hub
from hub.cli import (
    broker,
    demo,
    disclosure,
    flows,
    hold,
    homes,
    journal,
    keystore,
    legalhold,
    log,
    media,
    message,
    person,
    personsearch,
    review,
    rules,
    run,
    serve,
    status,
    witness,
)
from hub.cli.usage import Root

root = typer.Typer(
    cls=Root,
    name="hub",
    help="juki-hub: 証明できる電文ハブ / a message hub that can prove what it carried",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"juki-hub {hub.__version__}")
        raise typer.Exit


@root.callback()
def every(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版を示して終わる / print the version")
    ] = False,
) -> None:
    """What stands before the command."""


root.command("demo")(demo.demo)
root.command("init")(homes.init)
root.command("check")(homes.check)
root.command("erase")(homes.erase)
root.command("run")(run.run_zone)
root.command("serve")(serve.serve_zone)
root.command("serve-worker", hidden=True)(serve.serve_worker)
root.command("serve-dispatcher", hidden=True)(serve.serve_dispatcher)
root.command("serve-connectors")(serve.serve_connectors)
root.command("status")(status.status)
root.command("flows")(flows.list_flows)
root.add_typer(rules.commands, name="rules")
root.command("subject")(personsearch.subject)
root.command("sign")(message.sign)
root.command("submit")(message.submit)
root.command("inbox")(message.inbox)
root.command("answer")(message.answer)
root.command("verify")(message.verify)
root.add_typer(log.commands, name="log")
root.add_typer(journal.commands, name="journal")
root.add_typer(broker.commands, name="broker")
root.add_typer(person.persons, name="person")
root.add_typer(person.confirm, name="confirm")
root.add_typer(hold.commands, name="hold")
root.add_typer(media.commands, name="media")
root.add_typer(witness.commands, name="witness")
root.add_typer(keystore.commands, name="keystore")
root.add_typer(legalhold.commands, name="legal-hold")
root.add_typer(review.commands, name="review")
root.add_typer(disclosure.commands, name="disclosure")


def start() -> None:
    """Parses the command line and ends the process with the command's exit code."""
    root()
