"""`hub media`: output on a medium: asked for, approved, written while two attend; its ledger; reading such a file (S25, S26)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from hub.app import media
from hub.app.asking import ask
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.register import personal_key
from hub.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    LangOption,
    ReasonOption,
    SignerOption,
    given_reason,
    reporting,
    speaker,
    writable,
)
from hub.cli.output import Speaker
from hub.codes import cli, med
from hub.edges import medium, pki
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.errors import Misconfigured
from hub.statements import Act, Statement

commands = typer.Typer(help="媒体への書出し / output on a medium", no_args_is_help=True)


JobOption = Annotated[str, typer.Option("--job", help="作業番号 / job number")]
ToOption = Annotated[Path, typer.Option("--to", help="受け手の証明書(PEM)/ the recipient's certificate")]


@commands.command("request")
def request(
    file: Annotated[Path, typer.Argument(help="書き出すファイル / the file to write out")],
    to: ToOption,
    job: JobOption,
    person: SignerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """書出しを申請する(operator)/ ask for an output; who asks neither approves nor attends."""

    def work(say: Speaker) -> None:
        config, recipient = read_config(HomePaths(say.home)), pki.read_certificates(to)[0]
        said = media.request(config, SystemClock(), _read(file), recipient, _job(job), given_reason(reason))
        index = _signed(say, said, [person])
        told = say.text("申請しました", "Asked for")
        say.say({"index": index, "statement": said.id}, lambda: f"{told} #{index}")

    reporting(work, speaker(home, json, lang))


@commands.command("approve")
def approve(
    job: JobOption,
    person: SignerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """申請された書出しを、責任者(approver)が事前に承認する / the responsible person approves it beforehand."""

    def work(say: Speaker) -> None:
        asked = media.asked(HomePaths(say.home), _job(job))
        said = media.following(Act.MEDIUM_APPROVE, asked, SystemClock(), given_reason(reason))
        index = _signed(say, said, [person])
        told = say.text("承認しました", "Approved")
        say.say({"index": index, "statement": said.id}, lambda: f"{told} #{index}")

    reporting(work, speaker(home, json, lang))


@commands.command("write")
def write(
    file: Annotated[Path, typer.Argument(help="書き出すファイル / the file to write out")],
    to: ToOption,
    job: JobOption,
    person: Annotated[
        list[str], typer.Option("--person", help="立ち会う人(exporter、二人)/ each of the two attendants")
    ],
    reason: ReasonOption,
    output: Annotated[Path, typer.Option("-o", "--output", help="媒体の上のファイル / the file on the medium")],
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """承認された書出しに二人が立ち会い、受け手だけが読める形で書き出す。記録が先 / two attend; sealed, recorded first."""

    def work(say: Speaker) -> None:
        if writable(output).exists():
            raise Misconfigured(med.EXISTS, file=output.name)
        plain, recipient = _read(file), pki.read_certificates(to)[0]
        wanted = media.request(read_config(HomePaths(say.home)), SystemClock(), plain, recipient, _job(job), "")
        said = media.following(Act.MEDIUM, wanted, SystemClock(), given_reason(reason))
        sealed = media.sealed(plain, recipient, said)
        index = _signed(say, said, person)
        atomic_write(output, sealed)
        told = say.text(f"書き出しました #{index}", f"Written #{index}")
        say.say({"index": index, "statement": said.id, "output": str(output)}, lambda: f"{told} {output}")

    reporting(work, speaker(home, json, lang))


@commands.command("list")
def list_written(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """書出しの台帳 / the ledger of outputs."""

    def work(say: Speaker) -> None:
        rows = list(media.written(HomePaths(say.home)))
        empty = say.text("書き出したものはありません。", "Nothing was written out.")
        say.say({"written": rows}, lambda: "\n".join(map(_line, rows)) or empty)

    reporting(work, speaker(home, json, lang))


@commands.command("open")
def open_file(
    file: Annotated[Path, typer.Argument(help="媒体の上のファイル / the file on the medium")],
    key: Annotated[Path, typer.Option("--key", help="受け手の秘密鍵(PEM)/ the recipient's private key")],
    output: Annotated[Path, typer.Option("-o", "--output", help="復号したもの / the plaintext")],
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """受け手として媒体のファイルを開く / open a file from a medium as its recipient."""

    def work(say: Speaker) -> None:
        if writable(output).exists():
            raise Misconfigured(med.EXISTS, file=output.name)
        head, plain = medium.unseal(_read(file), pki.read_signing_key(key), file.name)
        atomic_write(output, plain)
        say.say({"head": head, "bytes": len(plain)}, lambda: f"{output} ({len(plain)} B) {head['statement']}")

    reporting(work, speaker(home, json, lang))


def _signed(say: Speaker, said: Statement, persons: Sequence[str]) -> object:
    """The index of the entry; the personal keys sign in this process."""
    approvals = [said.signed(personal_key(HomePaths(say.home), name)).encoded() for name in persons]
    return ask(say.home, {"op": "medium", "statement": said.encoded(), "approvals": approvals}, media.answer)["index"]


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > media.MOST_BYTES:
            raise Misconfigured(med.TOO_LARGE, limit=media.MOST_BYTES)
        return path.read_bytes()
    except OSError:
        raise Misconfigured(cli.FILE_UNREADABLE, path=path.name) from None


def _job(text: str) -> str:
    if not text.isascii() or not text.replace("-", "").isalnum():
        raise Misconfigured(cli.BAD_JOB)
    return text


def _line(row: object) -> str:
    one = cast(dict[str, object], row)
    keys = " ".join(f"{key[:12]}…" for key in cast(Sequence[str], one["keys"]))
    return f"#{one['index']}  {one['job']}  {one['at']}  → {str(one['recipient'])[:16]}…  {keys}"
