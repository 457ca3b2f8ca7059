"""How every command speaks: Japanese by default, English with --lang en, one JSON object with --json; exit codes of design section 5.

A person reads standard output; errors go to standard error with their code and remedy. Never a traceback.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

import typer

from hub.codes import cli
from hub.edges.home import reason
from hub.errors import Faults, HubError, Language, Unavailable

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Speaker:
    """The options that every command has: where the home is, and how to speak."""

    home: Path
    json: bool
    lang: Language

    def say(self, result: Json, human: Callable[[], str]) -> None:
        """Prints one result: JSON for a program, else the text that `human` makes. Raises `Unavailable` HUB-CLI-051."""
        said = (
            json.dumps(result, ensure_ascii=False, sort_keys=True, default=str) if self.json else human().rstrip("\n")
        )
        try:
            _write(sys.stdout, said + "\n")
        except BrokenPipeError:
            raise  # whoever read us has gone, and nobody need be told
        except OSError as error:
            raise Unavailable(cli.NO_OUTPUT, reason=reason(error)) from None

    def text(self, ja: str, en: str) -> str:
        """One of two sentences."""
        return ja if self.lang == "ja" else en

    def fail(self, error: HubError) -> NoReturn:
        """Ends the command with the error's exit code, saying what is wrong and what to do.

        Where that cannot be written, nothing can be said, and only the exit code tells it.
        """
        try:
            self._tell(error)
        except OSError:
            raise typer.Exit(Unavailable.exit_code) from None
        raise typer.Exit(error.exit_code)

    def _tell(self, error: HubError) -> None:
        faults: Sequence[HubError] = error.faults if isinstance(error, Faults) else (error,)
        if self.json:
            found = [_fault(fault, self.lang) for fault in faults]
            _write(sys.stdout, json.dumps({"error": found[0], "errors": found}, ensure_ascii=False) + "\n")
        else:
            for fault in faults:
                remedy = fault.code.remedy_ja if self.lang == "ja" else fault.code.remedy_en
                _write(sys.stderr, f"{fault.code.id} {fault.text(self.lang)}\n    → {remedy}\n")


def delivered(stream: TextIO | None) -> bool:
    """Whether all that was written has gone out. What has not is dropped: Python's own attempt at its end would complain."""
    if stream is None:  # closed before we began, so nothing was written to it
        return True
    try:
        stream.flush()
    except OSError:
        with Path(os.devnull).open("wb") as nowhere, suppress(OSError):  # a stream without a file keeps what it has
            os.dup2(nowhere.fileno(), stream.fileno())
        return False
    return True


def _write(stream: TextIO | None, text: str) -> None:
    """A path may hold bytes that are no text, and a terminal may lack a letter: both are shown as escapes."""
    if stream is None:  # what Python makes of a descriptor that was closed
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
    stream.flush()


def _fault(fault: HubError, lang: Language) -> dict[str, object]:
    remedy = fault.code.remedy_ja if lang == "ja" else fault.code.remedy_en
    return {"code": fault.code.id, "text": fault.text(lang), "remedy": remedy}
