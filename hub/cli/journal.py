"""`hub journal`: what the journal's database holds, and bringing an older one to this program's revision."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from hub import config as configuration
from hub.app import moving
from hub.app.evidence import open_archive
from hub.app.journalplace import journal_place
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.cli.progress import bar
from hub.cli.telling import STATES
from hub.edges.home import lock_home
from hub.edges.journal import upgrade_journal
from hub.edges.journal.opening import REVISION

commands = typer.Typer(
    help="ジャーナルの状態を見る・版を上げる / the journal's state, and its upgrade", no_args_is_help=True
)


@commands.command("status")
def status(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """版・大きさ・記録の件数・宛先ごとの配達を見る / revision, size, entries, deliveries by recipient."""

    def work(say: Speaker) -> None:
        with open_archive(say.home) as archive:
            found = archive.journal.revision()
            entries, deliveries = archive.journal.head().size, archive.journal.tally()
            size = archive.journal.size_on_server() or _bytes_on_disk(HomePaths(say.home).journal)
        say.say(
            {"revision": found, "wanted": REVISION, "bytes": size, "entries": entries, "deliveries": deliveries},
            lambda: "\n".join(
                [
                    say.text(
                        f"版 {found}(必要な版 {REVISION})、{size:,} バイト、記録 {entries:,} 件",
                        f"revision {found} (wanted: {REVISION}), {size:,} bytes, {entries:,} entries",
                    ),
                    *(_delivery_line(recipient, deliveries[recipient], say) for recipient in sorted(deliveries)),
                ]
            ),
        )

    reporting(work, speaker(home, json, lang))


@commands.command("upgrade")
def upgrade(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """古い版のジャーナルを今の版に上げる(先にバックアップを)/ upgrade an older journal; take a backup first."""

    def work(say: Speaker) -> None:
        paths = HomePaths(say.home)
        config = read_config(paths)
        with lock_home(say.home):
            before, after = upgrade_journal(journal_place(paths, config))
        said = (
            say.text(f"版 {after} です。何もする必要はありません。", f"At revision {after}: nothing to do.")
            if before == after
            else say.text(f"版 {before} から {after} に上げました。", f"Upgraded from revision {before} to {after}.")
        )
        say.say({"from": before, "to": after, "upgraded": before != after}, lambda: said)

    reporting(work, speaker(home, json, lang))


@commands.command("move")
def move_to_server(
    host: Annotated[str, typer.Option("--host", help="ソケットのディレクトリかホスト / socket directory, or host")],
    database: Annotated[str, typer.Option("--database", help="空のデータベース / an empty database")],
    user: Annotated[str, typer.Option("--user", help="利用者(パスワードは keys/journal.pgpass)/ its user")],
    port: Annotated[int, typer.Option("--port", help="ポート / port")] = 5432,
    tls_ca: Annotated[
        str | None, typer.Option("--tls-ca", help="サーバの CA(ホームからの相対)/ its CA, below the home")
    ] = None,
    tls_certificate: Annotated[
        str | None, typer.Option("--tls-certificate", help="ハブの証明書 / the hub's certificate, below the home")
    ] = None,
    tls_key: Annotated[str | None, typer.Option("--tls-key", help="その鍵 / its key, below the home")] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """ジャーナルを PostgreSQL に移す(止めて行う。途中で切れても続きから)/ move it to PostgreSQL; resumable."""

    def work(say: Speaker) -> None:
        tls = {"ca": tls_ca, "certificate": tls_certificate, "key": tls_key}
        said = {"host": host, "port": port, "database": database, "user": user}
        given = {name: value for name, value in tls.items() if value is not None}
        server = configuration.journal_server(said | ({"tls": given} if given else {}), "hub journal move")
        with bar(say.text("移動", "moving")) as told:
            done = moving.move(say.home, server, told)
        if done.moved is None:
            say.say({"moved": False}, lambda: say.text("すでに移してあります。", "It was moved before."))
            return
        moved = done.moved
        say.say(
            {
                "moved": True,
                "entries": moved.size,
                "root": moved.root.hex(),
                "rows": moved.rows,
                "kept": str(done.kept),
            },
            lambda: say.text(
                f"移しました。記録 {moved.size:,} 件、根 {moved.root.hex()} は元と一致します。\n元のファイル: {done.kept}",
                f"Moved: {moved.size:,} entries; the root {moved.root.hex()} is the same.\nThe old file: {done.kept}",
            ),
        )

    reporting(work, speaker(home, json, lang))


def _delivery_line(recipient: str, counts: Mapping[str, int], say: Speaker) -> str:
    told = say.text("、", ", ").join(
        f"{say.text(*STATES.get(state, (state, state)))} {count:,}" for state, count in sorted(counts.items())
    )
    return f"  {recipient}: {told}"


def _bytes_on_disk(directory: Path) -> int:
    """What the database takes with its write-ahead file; a file that its owner just removed counts nothing."""
    size = 0
    for file in directory.iterdir():
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size
