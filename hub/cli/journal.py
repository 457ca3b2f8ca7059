"""`hub journal`: what the journal's database holds, and bringing an older one to this program's revision."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import typer

from hub.app.evidence import open_archive
from hub.app.opening import journal_place, read_config
from hub.app.paths import HomePaths
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.edges.home import lock_home
from hub.edges.journal import upgrade_journal
from hub.edges.journal.opening import REVISION

commands = typer.Typer(
    help="ジャーナルの状態を見る・版を上げる / the journal's state, and its upgrade", no_args_is_help=True
)

_STATES = {
    "pending": ("配達待ち", "pending"),
    "delivered": ("回答待ち", "delivered"),
    "acknowledged": ("確認", "acknowledged"),
    "rejected": ("却下", "rejected"),
    "held": ("保留", "held"),
    "failed": ("失敗", "failed"),
    "expired": ("期限切れ", "expired"),
    "refused": ("拒否", "refused"),
}


@commands.command("status")
def status(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """版・大きさ・記録の件数・宛先ごとの配達を見る / revision, size, entries, deliveries by recipient."""

    def work(say: Speaker) -> None:
        with open_archive(say.home) as archive:
            found = archive.journal.revision()
            entries, deliveries = archive.journal.head().size, archive.journal.tally()
        size = _bytes_on_disk(HomePaths(say.home).journal)
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
        place = journal_place(paths, read_config(paths))
        with lock_home(say.home):
            before, after = upgrade_journal(place)
        said = (
            say.text(f"版 {after} です。何もする必要はありません。", f"At revision {after}: nothing to do.")
            if before == after
            else say.text(f"版 {before} から {after} に上げました。", f"Upgraded from revision {before} to {after}.")
        )
        say.say({"from": before, "to": after, "upgraded": before != after}, lambda: said)

    reporting(work, speaker(home, json, lang))


def _delivery_line(recipient: str, counts: Mapping[str, int], say: Speaker) -> str:
    told = say.text("、", ", ").join(
        f"{say.text(*_STATES.get(state, (state, state)))} {count:,}" for state, count in sorted(counts.items())
    )
    return f"  {recipient}: {told}"


def _bytes_on_disk(directory: Path) -> int:
    """What the database takes with its write-ahead file; a file that its owner just removed counts nothing."""
    size = 0
    for file in directory.iterdir():
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size
