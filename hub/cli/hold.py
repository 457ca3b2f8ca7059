"""`hub hold`: what waits for persons, put on hold by one and released by two; a correction by one other (promises 6, 12).

The personal key signs in this process; only the signed statement reaches the process that owns the home.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, cast

import typer

from hub.app import holding
from hub.app.asking import ask
from hub.app.confirmations import begun
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.register import personal_key
from hub.cli import telling
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
)
from hub.cli.output import Speaker
from hub.codes import catalogue, hld
from hub.edges.clock import SystemClock
from hub.errors import Misconfigured
from hub.holds import about
from hub.ports import Standing
from hub.statements import APPROVALS, Act, Statement

commands = typer.Typer(help="保留と解除 / deliveries on hold", no_args_is_help=True)

MessageArgument = Annotated[str, typer.Argument(help="MessageId")]


@commands.command("list")
def list_stopped(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """人を待っている電文を見る / the deliveries that wait for persons."""

    def work(say: Speaker) -> None:
        found = _asked(say, {"op": "stopped"})
        signed = {one.index: _signatures(say, one) for one in found}
        empty = say.text("保留中の電文はありません。", "Nothing is on hold.")
        rows = [{**asdict(one), "approvals": signed[one.index]} for one in found]
        say.say({"held": rows}, lambda: "\n".join(_line(one, signed[one.index], say) for one in found) or empty)

    reporting(work, speaker(home, json, lang))


@commands.command("show")
def show(
    message: MessageArgument,
    person: SignerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """保留中の電文の中身を確かめる(番号は覆う)。見たことは記録される / look into a held message; looking is recorded."""

    def work(say: Speaker) -> None:
        standing = _stopped(say, message)
        done = _sign(say, _statement(say, Act.REVEAL, standing, reason), person)
        items = cast(Sequence[tuple[str, str]], done["items"])
        rows = [{"item": item, "text": text} for item, text in items]
        lines = [f"{standing.type} {standing.sender} → {standing.recipient} #{standing.index}"]
        say.say(
            {"message": message, "index": done["index"], "items": rows},
            lambda: "\n".join([*lines, *(f"  {item}: {text}" for item, text in items)]),
        )

    reporting(work, speaker(home, json, lang))


@commands.command("put")
def put(
    message: MessageArgument,
    person: SignerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """まだ渡していない電文を保留にする(一人)/ hold a delivery that was not handed over yet (one person)."""

    def work(say: Speaker) -> None:
        waiting = _asked(say, {"op": "standing", "message": message})
        standing = next((one for one in waiting if one.state == "pending"), None)
        if standing is None:
            state = waiting[0].state if waiting else "-"
            raise Misconfigured(hld.NOT_WAITING, state=state)
        done = _sign(say, _statement(say, Act.HOLD, standing, reason), person)
        said = say.text("保留にしました。", "Held.")
        say.say({"message": message, **done}, lambda: f"{said} #{done['index']}")

    reporting(work, speaker(home, json, lang))


@commands.command("release")
def release(
    message: MessageArgument,
    person: SignerOption,
    reason: ReasonOption = "",
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """保留を解く。二人目の署名で送り出す(訂正は操作者でない一人)/ let it go on, with the second signature; a correction with one."""

    def work(say: Speaker) -> None:
        standing = _stopped(say, message)
        act, wanted = _way_out(standing)
        known = begun(HomePaths(say.home), act, about(standing), standing.digest) if wanted > 1 else None
        statement = known.statement if known else _statement(say, act, standing, reason)
        done = _sign(say, statement, person)
        said = (
            say.text(f"署名しました({done['approvals']}/{wanted})。", f"Signed ({done['approvals']}/{wanted}).")
            if done["index"] is None
            else say.text("必要な署名がそろい、解除しました。", "Signed as needed; released.")
        )
        say.say({"message": message, "statement": statement.id, **done}, lambda: said)

    reporting(work, speaker(home, json, lang))


def _asked(say: Speaker, request: Mapping[str, object]) -> Sequence[Standing]:
    reply = ask(say.home, request, holding.answer)
    return [Standing(**row) for row in cast(Sequence[dict[str, object]], reply["deliveries"])]  # type: ignore[arg-type]


def _stopped(say: Speaker, message: str) -> Standing:
    for one in _asked(say, {"op": "stopped"}):
        if one.message_id == message:
            return one
    raise Misconfigured(hld.NOT_STOPPED)


def _statement(say: Speaker, act: Act, standing: Standing, reason: str) -> Statement:
    return holding.statement(read_config(HomePaths(say.home)), SystemClock(), act, standing, given_reason(reason))


def _way_out(standing: Standing) -> tuple[Act, int]:
    """The act that lets it go, and how many persons must sign it."""
    return (Act.CORRECT, 1) if standing.code == hld.CORRECTION.id else (Act.RELEASE, APPROVALS)


def _sign(say: Speaker, statement: Statement, person: str) -> Mapping[str, object]:
    approval = statement.signed(personal_key(HomePaths(say.home), person))
    request = {"op": "act", "statement": statement.encoded(), "approval": approval.encoded()}
    return ask(say.home, request, holding.answer)


def _signatures(say: Speaker, standing: Standing) -> int:
    known = begun(HomePaths(say.home), Act.RELEASE, about(standing), standing.digest)
    return len(known.approvals) if known else 0


def _line(standing: Standing, approvals: int, say: Speaker) -> str:
    code = catalogue().get(standing.code)
    state = telling.state(standing.state, say.lang)
    behind = say.text(f"後ろに {standing.behind} 件", f"{standing.behind} behind")
    wanted = _way_out(standing)[1]
    signed = say.text(f"署名 {approvals}/{wanted}", f"signed {approvals}/{wanted}")
    why = f"{standing.code} {code.text({}, say.lang) if code else ''}"
    first = (
        f"{standing.message_id}  {state}  {standing.type} {standing.sender} → {standing.recipient} #{standing.index}"
    )
    return f"{first}  {behind}  {signed}\n    {why}"
