"""`hub log bundle`: the evidence of an exchange in one signed file, for somebody who has no hub (ASiC-E with CAdES)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub.app.bundling import attached, members
from hub.app.evidence import open_archive
from hub.app.paths import HomePaths
from hub.app.revealing import MOST_BYTES, Record
from hub.app.story import Line, tell
from hub.attachments import PART_BYTES
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker, writable
from hub.cli.output import Speaker
from hub.cli.revealed import reveal
from hub.cli.search import IndexOption, known_id, searching
from hub.codes import cli
from hub.edges import cades, medium, pki
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.errors import Misconfigured
from hub.exchangelog.bundle import container
from hub.exchangelog.entry import Answered, Entry, Erase, Exchange, Hold, Release


class Slot(StrEnum):
    """What of an entry's records can be revealed: the message as it was sent, or subject, operator and reason."""

    BODY = "body"
    PRIVATE = "private"


def bundle(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="電文IDか会話ID / MessageIds or ConversationIds")],
    output: Annotated[Path, typer.Option("-o", "--output", help="束のファイル(.asice)/ the bundle's file")],
    key: Annotated[Path, typer.Option("--key", help="署名する組織の秘密鍵(PEM)/ the signing organisation's key")],
    certificate: Annotated[Path, typer.Option("--certificate", help="その証明書(PEM)/ its certificate")],
    conversation: Annotated[
        bool,
        typer.Option("--conversation", help="電文IDでも、会話の全体を入れる / the whole conversation of a message"),
    ] = False,
    reveal: Annotated[
        list[Slot] | None,
        typer.Option("--reveal", help="電文の原本、非公開部も入れる / with the signed originals, the private parts"),
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="見せる人(承認者か監査。記録される)/ who reveals: approver, auditor")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="見せる理由(記録される)/ why; it is kept")] = "",
    to: Annotated[
        Path | None, typer.Option("--to", help="受け手の証明書(封をする)/ seal it to this certificate")
    ] = None,
    index: IndexOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """やり取りの証拠を一つの署名付きファイルにする(ハブなしで検証できる)/ the evidence of exchanges as one signed file."""

    def work(say: Speaker) -> None:
        writable(output)
        wanted = sorted({one.value for one in reveal or ()})
        if wanted and (person is None or to is None):
            raise Misconfigured(cli.REVEALS_TO_NOBODY)
        paths, signer = HomePaths(say.home), pki.read_identity(key, certificate)
        recipient = None if to is None else pki.read_certificates(to)[0]
        lines = _lines(say, ids, index, whole=conversation)
        said, revealed = _revealed(say, lines, wanted, person or "", reason) if wanted else ([], {})
        with open_archive(say.home) as archive:
            chosen = sorted(lines)
            files = members(archive, paths, chosen, revealed, said)
        content = container(files, partial(cades.sign, signer=signer, at=SystemClock().now()))
        if recipient is not None:
            content = medium.seal(content, recipient, {"about": "bundle", "statement": f"{said[0] if said else ''}"})
        atomic_write(output, content)
        told = {"entries": len(chosen), "revealed": len(revealed), "files": [one.name for one in files]}
        summary = say.text(
            f"記録 {len(chosen)} 件、見せた中身 {len(revealed)} 件を {output} にまとめました。",
            f"Wrote {len(chosen)} entries and {len(revealed)} revealed records to {output}.",
        )
        say.say({"output": str(output), "sealed": recipient is not None, **told}, lambda: summary)

    reporting(work, speaker(home, json, lang))


def _lines(say: Speaker, ids: Sequence[str], index: Path | None, *, whole: bool) -> dict[int, Line]:
    """What is bundled, by index: of a MessageId what is about that message alone, for others of its conversation have other parties."""
    wanted = [known_id(one) for one in ids]
    with searching(say, index) as (archive, found):
        stories = [tell(found, archive, one) for one in wanted]
    if any(story.cut for story in stories):
        raise Misconfigured(cli.STORY_TOO_LONG)
    chosen: dict[int, Line] = {}
    for story in stories:
        own = [line for line in story.lines if _about(line.found.entry, story.asked)]
        chosen |= {line.found.index: line for line in (story.lines if whole or not own else own)}
    return chosen


def _about(entry: Entry, message: str) -> bool:
    """Whether an entry is about this very message."""
    if isinstance(entry, Answered) and any(line.message_id == message for line in entry.lines):
        return True
    return isinstance(entry, Exchange | Hold | Release | Erase) and entry.message == message


def _revealed(
    say: Speaker, lines: Mapping[int, Line], slots: Sequence[str], person: str, reason: str
) -> tuple[list[int], Mapping[Record, bytes]]:
    """The entries that say so and the records that live still: of messages those that were carried, with their attachments."""
    records = [
        (number, slot)
        for number, line in sorted(lines.items())
        for slot in slots
        if (line.body if slot == "body" else line.found.entry.commit)
    ]
    index, revealed = reveal(say, records, person, reason)
    said, parts = [index], dict[Record, bytes]()
    wanted = attached(revealed)
    for some in _grouped([part for of in wanted.values() for part in of]):
        index, contents = reveal(say, some, person, reason)
        said.append(index)
        parts |= contents
    whole = {
        one: of for one, of in wanted.items() if all(part in parts for part in of)
    }  # else they were erased meanwhile
    return said, {**revealed, **{one: b"".join(parts[part] for part in of) for one, of in whole.items()}}


def _grouped(parts: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """As many as one reply has room for."""
    most = MOST_BYTES // PART_BYTES
    return (parts[start : start + most] for start in range(0, len(parts), most))
