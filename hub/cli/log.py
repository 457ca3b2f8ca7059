"""`hub log`: the exchange log verified, exported, shown and proven; and its newest checkpoint, to be kept elsewhere."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from cryptography.x509 import Certificate

import hub
from hub.app.archiving import Archiving, verify_archives
from hub.app.counting import Outside, read_kept
from hub.app.evidence import Pins, open_archive, verify_export
from hub.cli import bundle, checkpointpage, logkey, personsearch, search, timestamp, witness
from hub.cli.logkey import AuthorityCa, WitnessKeys, read_others
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker, writable
from hub.cli.output import Speaker
from hub.cli.progress import bar
from hub.codes import cli
from hub.edges import medium, pki
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_stream, atomic_write
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.archives import EVERY
from hub.exchangelog.siem import cef, ecs
from hub.exchangelog.verifier import Report

commands = typer.Typer(help="交換記録を検証・出力する / verify and export the exchange log", no_args_is_help=True)

commands.command("search")(search.search)
commands.command("journey")(search.journey)
commands.command("cosign")(witness.cosign)
commands.command("person")(personsearch.person)
commands.command("bundle")(bundle.bundle)
commands.add_typer(logkey.commands, name="key")
commands.command("timestamp")(timestamp.timestamp)
commands.command("timestamps")(timestamp.timestamps)


class Form(StrEnum):
    """Which SIEM reads it."""

    ECS = "ecs"
    CEF = "cef"


MAX_SIZE = 2**53 - 1  # of a log
IndexArgument = Annotated[int, typer.Argument(min=0, help="記録の番号 / index of the entry")]


@commands.command("verify")
def verify(
    export: Annotated[
        Path | None, typer.Option("--export", help="書き出したファイルを検証する / an export instead of the home's log")
    ] = None,
    archives: Annotated[
        Path | None, typer.Option("--archives", help="書庫のフォルダを検証する / a folder of archives instead")
    ] = None,
    start: Annotated[
        int | None, typer.Option("--from", min=0, help="この番号から(区間だけ)/ a run: from this entry on")
    ] = None,
    until: Annotated[int | None, typer.Option("--to", min=1, help="この番号の前まで / to before this entry")] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="外に保管したチェックポイント(フォルダも可)/ kept elsewhere; or a folder"),
    ] = None,
    root_key: Annotated[
        str | None,
        typer.Option("--root-key", help="固定したルート鍵(省略時はホーム)/ the pinned root key, else the home's"),
    ] = None,
    key_list: Annotated[
        Path | None, typer.Option("--key-list", help="鍵一覧(省略時はホーム)/ the key list, else the home's")
    ] = None,
    witness_key: WitnessKeys = None,
    ca: AuthorityCa = None,
    hands: Annotated[
        int | None, typer.Option("--hands", min=1, help="並べて働くプロセスの数 / by so many processes, else all cores")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """記録をすべて計算し直して検証する(0 正常、4 異常)/ recompute everything (0, or 4 naming the first bad index)."""

    def work(say: Speaker) -> None:
        run = None if start is until is None else (start or 0, until or MAX_SIZE)
        if [export, archives, run].count(None) < 2:
            raise Misconfigured(cli.ONE_SOURCE)
        pins, others = Pins(root_key, key_list), read_others(witness_key or (), ca)
        outside = Outside([kept for path in checkpoint or () for kept in read_kept(path)], others)
        stored: int | None = None
        with bar(say.text("検証", "verifying")) as passed:
            if export is not None:
                origin, report = verify_export(export, say.home, pins, outside, passed, hands)
            elif archives is not None:
                origin, report = verify_archives(archives, say.home, pins, outside, passed, hands)
            else:
                with open_archive(say.home, pins) as archive:
                    origin, known, stored = archive.origin, outside.of(archive.line), archive.size()
                    report = (
                        archive.verify(known, passed, hands) if run is None else archive.verify_run(*run, known, passed)
                    )
        say.say(
            {
                "origin": origin,
                **_report_json(report),
                "stored": stored,
                "left_out": outside.left_out,
                "unproven": outside.unproven,
                "doubt": outside.doubt,
            },
            lambda: "\n".join([_report_text(origin, report, say), *_counted(outside, say)]),
        )
        if not report.ok:
            raise typer.Exit(IntegrityError.exit_code)

    reporting(work, speaker(home, json, lang))


@commands.command("export")
def write_export(
    output: Annotated[Path, typer.Option("-o", "--output", help="出力先 / file to write")],
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """葉とチェックポイントを書き出す(個人情報を含まない)/ write leaves and checkpoints; no personal data."""

    def work(say: Speaker) -> None:
        writable(output)
        last = ""

        def lines() -> Iterator[bytes]:
            nonlocal last
            for last in archive.export():
                yield last.encode("utf-8")

        with open_archive(say.home) as archive:
            atomic_stream(output, lines())
        size = int(last.removeprefix("end "))
        said = say.text(f"{size} 件を {output} に書き出しました。", f"Wrote {size} entries to {output}.")
        say.say({"output": str(output), "size": size}, lambda: said)

    reporting(work, speaker(home, json, lang))


@commands.command("siem")
def write_siem(
    output: Annotated[Path, typer.Option("-o", "--output", help="出力先 / file to write")],
    form: Annotated[Form, typer.Option("--format", help="形式 / ecs (JSON) or cef")] = Form.ECS,
    start: Annotated[int, typer.Option("--from", min=0, help="この番号から / from this entry on")] = 0,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """監視基盤(SIEM)向けに、一件一行で書き出す(個人情報を含まない)/ a line an entry for a SIEM; no personal data."""

    def work(say: Speaker) -> None:
        writable(output)
        count = 0

        def lines() -> Iterator[bytes]:
            nonlocal count
            with archive.journal.snapshot() as stored:
                for row in stored.entries(start, None):
                    entry = entries.parse(row.leaf)
                    line = ecs(row.index, entry) if form is Form.ECS else cef(row.index, entry, hub.__version__)
                    count += 1
                    yield f"{line}\n".encode()

        with open_archive(say.home) as archive:
            atomic_stream(output, lines())
        said = say.text(
            f"{count} 件を {output} に書きました。続き: --from {start + count}",
            f"Wrote {count} entries to {output}; next: --from {start + count}",
        )
        say.say({"output": str(output), "count": count, "next": start + count}, lambda: said)

    reporting(work, speaker(home, json, lang))


@commands.command("archive")
def write_archives(
    folder: Annotated[Path, typer.Argument(help="書庫のフォルダ / the folder of the archives")],
    every: Annotated[int, typer.Option("--every", min=1, help="一つの書庫の記録数 / entries of one archive")] = EVERY,
    to: Annotated[Path | None, typer.Option("--to", help="受け手の証明書(封をする)/ seal them to it")] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """満ちた区切りごとに、前につながる書庫を書く(個人情報を含まない)/ write each complete archive, bound to the one before."""

    def work(say: Speaker) -> None:
        recipient = None if to is None else pki.read_certificates(to)[0]
        with open_archive(say.home) as archive, bar(say.text("書庫", "archiving")) as passed:
            seal = None if recipient is None else partial(_sealed, recipient, archive.origin)
            written = Archiving(archive, folder, every).write(seal, passed)
        none = say.text("新しく満ちた書庫はありません。", "No further archive is complete.")
        say.say(
            {"written": [{"file": str(one.file), "start": one.start, "end": one.end} for one in written]},
            lambda: "\n".join(f"{one.file} [{one.start}, {one.end})" for one in written) or none,
        )

    reporting(work, speaker(home, json, lang))


def _sealed(recipient: Certificate, origin: str, plain: bytes) -> bytes:
    return medium.seal(plain, recipient, {"about": "archive", "origin": origin, "statement": ""})


@commands.command("show")
def show(
    index: IndexArgument, home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja"
) -> None:
    """一件の記録を、証明を確かめて見る / show one entry, once it is proven."""

    def work(say: Speaker) -> None:
        with open_archive(say.home) as archive:
            entry = jsonlib.loads(archive.prove(index).leaf)
        say.say(
            {"index": index, "entry": entry},
            lambda: jsonlib.dumps(entry, ensure_ascii=False, indent=1, sort_keys=True),
        )

    reporting(work, speaker(home, json, lang))


@commands.command("prove")
def prove(
    index: IndexArgument, home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja"
) -> None:
    """一件の記録の証印(tlog-proof)を出す / print the stamp that proves one entry."""

    def work(say: Speaker) -> None:
        with open_archive(say.home) as archive:
            stamp = archive.prove(index).encode()
        say.say({"index": index, "stamp": stamp}, lambda: stamp)

    reporting(work, speaker(home, json, lang))


@commands.command("checkpoint")
def newest(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="QRコード付きの印刷用ページ / a page to print, with a QR code")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """最新のチェックポイントを出す(外に保管する)/ print the newest checkpoint, to be kept elsewhere."""

    def work(say: Speaker) -> None:
        if output is not None:
            writable(output)
        with open_archive(say.home) as archive:
            said, note = archive.newest()
        if output is not None:
            atomic_write(output, checkpointpage.page(said, note, SystemClock().now(), say).encode("utf-8"))
        result = {"origin": said.origin, "size": said.size, "root": said.root.hex(), "note": note}
        written = say.text(f"印刷用のページを {output} に書きました。", f"Wrote the page to {output}.")
        say.say({**result, "output": None if output is None else str(output)}, lambda: written if output else note)

    reporting(work, speaker(home, json, lang))


def _counted(outside: Outside, say: Speaker) -> Iterator[str]:
    """What an auditor must know of keys in doubt."""
    if outside.left_out:
        yield say.text(
            f"数えないチェックポイント: {outside.left_out} 件(鍵に漏えいの疑いがあり、その前の立会いの署名も時刻印もない)",
            f"Checkpoints that do not count: {outside.left_out} (the key is in doubt; nobody else signed them in time)",
        )
    if outside.doubt:
        yield say.text(
            f"この記録の最後の鍵には {outside.doubt} から漏えいの疑いがあります。続きの記録は次の発信元名にあります。",
            f"The last key of this log is in doubt since {outside.doubt}; what followed is under the next origin.",
        )
    if outside.unproven:
        start, end = outside.unproven
        yield say.text(
            f"記録 {start} から {end} の前までは、鍵を替えたときのハブの言葉だけによります。",
            f"Entries from {start} to before {end} rest on the house's word when the key was changed.",
        )


def _report_json(report: Report) -> dict[str, object]:
    return {
        "verified": report.ok,
        "size": report.size,
        "root": report.root.hex(),
        "first_bad_index": report.first_bad_index,
        "findings": [{"code": one.code.id, **one.facts} for one in report.findings],
        "found": report.found,
        "whole": report.whole,
        "suspect": report.suspect,
    }


def _report_text(origin: str, report: Report, say: Speaker) -> str:
    if report.ok:
        return say.text(
            f"検証しました: {origin} {report.size} 件、根 {report.root.hex()}",
            f"Verified: {origin}, {report.size} entries, root {report.root.hex()}",
        )
    first = say.text(
        f"異常があります。最初の異常: {report.first_bad_index} 番({report.found} 件)",
        f"NOT verified; first bad index {report.first_bad_index} ({report.found} findings)",
    )
    return "\n".join([first, *(f"  {one.code.id} {one.text(say.lang)}" for one in report.findings[:10])])
