"""The options that every command takes, and how an error ends a command, whichever it is."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from hub.app.surprise import whereabouts
from hub.cli.output import Speaker
from hub.codes import cli, hld
from hub.edges.home import reason
from hub.errors import HubError, Language, Misconfigured, Unavailable

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="HUB_HOME", help="ホームの場所 / the home directory", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON を一つ出力する / print one JSON object")]
LangOption = Annotated[Literal["ja", "en"], typer.Option("--lang", help="表示の言語 / language of the output")]

SignerOption = Annotated[str, typer.Option("--person", help="署名する人(氏名か鍵)/ who signs: name or key")]
ReasonOption = Annotated[str, typer.Option("--reason", help="理由(記録される)/ why; it is kept")]

DEFAULT_HOME = Path("var/home")

# What says that a path was chosen badly; any other trouble of the system is not the caller's.
_OF_PATHS: Final = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP),
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EXDEV, errno.EINVAL),
    }
)


def speaker(home: Path, json: bool, lang: Language) -> Speaker:
    """The `Speaker` of one command."""
    return Speaker(home=home, json=json, lang=lang)


def reporting(command: Callable[[Speaker], None], say: Speaker) -> None:
    """Runs a command's body; whatever it raises becomes text and exit code, never a traceback."""
    try:
        command(say)
    except HubError as error:
        say.fail(error)
    except (typer.Exit, typer.Abort):
        raise
    except Exception as surprise:
        if isinstance(surprise, BrokenPipeError):
            raise  # whoever read us has gone: typer ends quietly
        say.fail(unforeseen(surprise))


def unforeseen(surprise: Exception) -> HubError:
    """What nobody caught, by its kind and its place: never its text, which may quote a message."""
    if isinstance(surprise, OSError) and surprise.errno in _OF_PATHS and isinstance(surprise.filename, str):
        return Misconfigured(cli.BAD_PATH, path=surprise.filename[:200], reason=reason(surprise))
    return Unavailable(cli.UNFORESEEN, type=type(surprise).__name__, place=whereabouts(surprise))


def writable(output: Path) -> Path:
    """A file that can be written, found out before there is anything to write. Raises `Misconfigured` HUB-CLI-048."""
    if output.is_dir():
        raise Misconfigured(cli.BAD_PATH, path=str(output), reason="EISDIR")
    if not output.parent.is_dir():
        raise Misconfigured(cli.BAD_PATH, path=str(output.parent), reason="ENOTDIR")
    return output


def parse_day(text: str, option: str) -> date:
    """A day given on the command line. Raises `Misconfigured` HUB-CLI-002."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misconfigured(cli.BAD_DATE, option=option) from None


def given_reason(text: str) -> str:
    """A reason that says something. Raises `Misconfigured` HUB-HLD-005."""
    if not text.strip():
        raise Misconfigured(hld.NO_REASON)
    return text
