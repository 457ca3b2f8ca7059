"""`hub legal-hold`: a message's body kept beyond its day, for a dispute or an inspection, and let go again (消去停止)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, cast

import typer

from hub.app import holding, legalhold
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
    parse_day,
    reporting,
    speaker,
)
from hub.cli.output import Speaker
from hub.cli.search import known_id
from hub.codes import hld
from hub.edges.clock import SystemClock
from hub.errors import Misconfigured
from hub.ports import Standing
from hub.statements import Act

commands = typer.Typer(help="消去の停止 / erasure stopped for a dispute or an inspection", no_args_is_help=True)

MessageArgument = Annotated[str, typer.Argument(metavar="ID", help="電文ID / MessageId")]


@commands.command("put")
def put(
    message: MessageArgument,
    until: Annotated[str, typer.Option("--until", help="この日まで消さない(日本時間)/ not erased before this day")],
    person: SignerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """本文と非公開部の消去を、その日まで止める / keep body and private part until that day."""

    def work(say: Speaker) -> None:
        indexes = _signed(say, Act.LEGAL_HOLD, known_id(message), parse_day(until, "--until"), person, reason)
        said = say.text(f"{until} まで消去を止めました。", f"Not erased before {until}.")
        say.say({"message": message, "until": until, "indexes": indexes}, lambda: said)

    reporting(work, speaker(home, json, lang))


@commands.command("end")
def end(
    message: MessageArgument,
    person: SignerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """消去の停止を終える。本文は元の区分の期日に消える / let it go: the body goes on a day of its own class."""

    def work(say: Speaker) -> None:
        today = SystemClock().now().date()
        indexes = _signed(say, Act.LEGAL_RELEASE, known_id(message), today, person, reason)
        said = say.text("消去の停止を終えました。", "The legal hold has ended.")
        say.say({"message": message, "indexes": indexes}, lambda: said)

    reporting(work, speaker(home, json, lang))


@commands.command("list")
def list_held(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """消去を止めている記録の数を、期日ごとに / how many records are held, by day."""

    def work(say: Speaker) -> None:
        rows = cast(list[dict[str, object]], ask(say.home, {"op": "legal-holds"}, legalhold.answer)["held"])
        none = say.text("消去を止めているものはありません。", "Nothing is held.")
        say.say({"held": rows}, lambda: "\n".join(f"{row['until']} {row['count']}" for row in rows) or none)

    reporting(work, speaker(home, json, lang))


def _signed(say: Speaker, act: Act, message: str, until: date, person: str, reason: str) -> object:
    """The entries that say so; the personal key signs in this process."""
    why = given_reason(reason)
    reply = ask(say.home, {"op": "standing", "message": message}, holding.answer)
    found = [Standing(**row) for row in cast(list[dict[str, object]], reply["deliveries"])]  # type: ignore[arg-type]
    if not found:
        raise Misconfigured(hld.NOTHING_TO_KEEP)
    paths = HomePaths(say.home)
    said = legalhold.statement(read_config(paths), SystemClock(), act, found[0], until, why)
    signed = {"statement": said.encoded(), "approval": said.signed(personal_key(paths, person)).encoded()}
    return ask(say.home, {"op": "legal", **signed}, legalhold.answer)["indexes"]
