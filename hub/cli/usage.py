"""What was typed wrongly is said as every other error: a code, in Japanese unless --lang en, JSON with --json; exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import typer
from typer._click import exceptions as wrong  # where typer keeps what it raises; the version is pinned
from typer.core import TyperArgument, TyperGroup, TyperOption

from hub.cli.options import DEFAULT_HOME, reporting, speaker
from hub.cli.output import Speaker, delivered
from hub.codes import cli
from hub.errors import Language, Misconfigured, Unavailable

_USAGE: Final = Misconfigured.exit_code
_KINDS: Final = {
    "int": ("整数", "a whole number"),
    "bool": ("はい・いいえ", "yes or no"),
    "Path": ("ファイルの場所", "a path"),
    "str": ("文字列", "text"),
}


class Root(TyperGroup):
    """The tree of commands, which ends the process as `Speaker` would, whatever was typed and whatever happens."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **more: Any) -> Any:
        """Never returns, whatever typer's `standalone_mode` says."""
        words = list(sys.argv[1:] if args is None else args)
        code = self._ended(words, prog_name, {**more, "standalone_mode": False})
        sys.exit(code if all([delivered(sys.stdout), delivered(sys.stderr)]) else Unavailable.exit_code)

    def _ended(self, words: list[str], prog_name: str | None, more: dict[str, Any]) -> int:
        code: Any = None

        def work(say: Speaker) -> None:
            nonlocal code
            try:
                code = super(Root, self).main(words, prog_name, **more)
            except wrong.NoArgsIsHelpError:  # the help is on the terminal already
                code = _USAGE
            except wrong.UsageError as error:
                raise _misuse(error, say.lang) from None

        try:
            reporting(work, spoken(words))
        except typer.Exit as end:
            code = end.exit_code
        except typer.Abort:
            code = 130
        return int(code or 0)


def spoken(words: Sequence[str]) -> Speaker:
    """How to speak about words that could not be parsed."""
    english = "--lang=en" in words or ("--lang", "en") in pairwise(words)
    return speaker(DEFAULT_HOME, "--json" in words, "en" if english else "ja")


def _misuse(error: wrong.UsageError, lang: Language) -> Misconfigured:
    """The code of what was typed wrongly. It names what the command knows, not what was typed: that may be a person's name."""
    command = error.ctx.command if error.ctx else None
    path = error.ctx.command_path if error.ctx else "hub"
    match error:
        case wrong.MissingParameter():
            return Misconfigured(cli.MISSING, option=_name(error.param), expected=_wanted(error.param, lang))
        case wrong.BadParameter():
            return Misconfigured(cli.BAD_VALUE, option=_name(error.param), expected=_wanted(error.param, lang))
        case wrong.NoSuchOption(option_name=option):
            known = [_name(one) for one in command.params if isinstance(one, TyperOption)] if command else []
            return Misconfigured(
                cli.UNKNOWN_OPTION, command=path, option=option[:40], expected=_listed([*known, "--help"])
            )
        case wrong.BadOptionUsage(option_name=option):
            return Misconfigured(cli.BAD_OPTION, option=option[:40])
        case _ if isinstance(command, TyperGroup):
            known = [name for name, one in command.commands.items() if not one.hidden]
            return Misconfigured(cli.UNKNOWN_COMMAND, group=path, expected=_listed(known))
        case _:
            return Misconfigured(cli.SURPLUS, expected=error.ctx.get_usage().partition(": ")[2] if error.ctx else path)


def _name(param: Any) -> str:
    match param:
        case TyperOption():
            return " / ".join(param.opts)
        case TyperArgument():
            return param.display_name_raw
        case _:
            return "?"


def _wanted(param: Any, lang: Language) -> str:
    """The form of the value and, where it has one, the half of its help that is in this language."""
    if not isinstance(param, TyperOption | TyperArgument):
        return "?"
    japanese, _, english = (param.help or "").rpartition("/ ")
    said = (english if lang == "en" else japanese or english).strip()
    form = _form(param, lang)
    return " - ".join(filter(None, (form, said if said != form else "")))


def _form(param: TyperOption | TyperArgument, lang: Language) -> str:
    described = param.type_descriptor
    if described.choices:
        return " | ".join(str(getattr(one, "value", one)) for one in described.choices)
    if param.min is not None or param.max is not None:
        return f"{'' if param.min is None else param.min}..{'' if param.max is None else param.max}"
    kind = _KINDS.get(getattr(described.annotation, "__name__", ""), ("", ""))
    return kind[0] if lang == "ja" else kind[1]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
