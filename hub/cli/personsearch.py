"""`hub log person`: the entries about a person, by a person, with a reason; `hub subject`: the tokens of a 宛名番号."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from hub.app import law, personsearch
from hub.app.asking import ask
from hub.app.evidence import open_archive
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_text
from hub.app.register import personal_key
from hub.app.searching import Found
from hub.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    LangOption,
    ReasonOption,
    given_reason,
    reporting,
    speaker,
)
from hub.cli.output import Speaker
from hub.cli.search import entry_json, entry_line
from hub.codes import cfg, cli
from hub.edges.clock import SystemClock
from hub.errors import Misconfigured
from hub.exchangelog import entry as entries

_LONGEST = 64  # characters of a 宛名番号, far more than any has


SubjectsOption = Annotated[
    list[str], typer.Option("--subject", help="対象者の符号(hub subject で作る)/ tokens that hub subject makes")
]
AskerOption = Annotated[str, typer.Option("--person", help="探す人(承認者か監査)/ who asks: approver or auditor")]


def concerning(say: Speaker, subjects: Sequence[str], asker: str, reason: str) -> tuple[int, list[int]]:
    """The entry that says who asked, and the indexes of those that were found. Raises `Misconfigured` HUB-HLD-005, HUB-CLI-070."""
    why, wanted, paths = given_reason(reason), personsearch.checked(subjects), HomePaths(say.home)
    salt = secrets.token_bytes(32)
    said = personsearch.statement(read_config(paths), SystemClock(), wanted, why, salt)
    question = personsearch.request(said, said.signed(personal_key(paths, asker)), wanted, salt)
    return personsearch.found(ask(say.home, question, personsearch.answer))


def person(
    subjects: SubjectsOption,
    asker: AskerOption,
    reason: ReasonOption,
    most: Annotated[int, typer.Option("--limit", min=1, max=1000, help="件数 / how many at most")] = 50,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """一人についての記録を探す(新しい順)。探したことは記録される / entries about a person; asking is itself recorded."""

    def work(say: Speaker) -> None:
        index, indexes = concerning(say, subjects, asker, reason)
        newest = sorted(indexes, reverse=True)[:most]
        with open_archive(say.home) as archive:
            at = archive.newest()
            found = [Found(one, entries.parse(archive.prove(one, at).leaf)) for one in newest]
        none = say.text("該当する記録はありません。", "No such entry.")
        more = say.text(f"ほかに {len(indexes) - len(found)} 件", f"and {len(indexes) - len(found)} more")
        lines = [entry_line(one, say) for one in found] + ([more] if len(indexes) > len(found) else [])
        say.say(
            {"asked": index, "count": len(indexes), "found": [entry_json(one) for one in found]},
            lambda: "\n".join(lines) or none,
        )

    reporting(work, speaker(home, json, lang))


def subject(
    sender: Annotated[str, typer.Option("--as", help="この接続先として(その鍵のあるホームで)/ the endpoint")],
    recipient: Annotated[
        list[str] | None, typer.Option("--to", help="宛先(省略時はすべて)/ to these recipients, else to all")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """標準入力の宛名番号から、対象者の符号を作る(番号は表示も記録もしない)/ tokens of the number on standard input."""

    def work(say: Speaker) -> None:
        number = sys.stdin.readline(_LONGEST + 2).strip()
        if not number or len(number) > _LONGEST:
            raise Misconfigured(cli.NO_NUMBER)
        paths = HomePaths(say.home)
        text, provisions = read_text(paths.routing, cfg.MISSING_FILE), law.load_provisions()
        known = law.zone_routes(text, "routing.yaml", read_config(paths), provisions).endpoints
        for name in (sender, *(recipient or ())):
            if name not in known:
                raise Misconfigured(cli.NO_ENDPOINT, endpoint=name)
        made = personsearch.tokens(paths, sender, sorted(recipient or known), number)
        say.say({"tokens": made}, lambda: "\n".join(f"{token}  {name}" for name, token in made.items()))

    reporting(work, speaker(home, json, lang))
