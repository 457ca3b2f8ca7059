"""`hub person` and `hub confirm`: personal keys, and what two different persons confirm with them (design promise 12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

import typer

from hub.app import confirmations, law
from hub.app.confirmations import Confirmation, about, find_doubt
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.app.register import add_person, personal_key, read_register
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.edges.clock import SystemClock
from hub.envelope import format_time
from hub.exchangelog.entry import Admin
from hub.exchangelog.entry import Statement as StatementEntry
from hub.observe import silent
from hub.stages.record import Notice
from hub.statements import APPROVALS, Act, Role, Statement

persons = typer.Typer(help="人と鍵 / persons and their keys", no_args_is_help=True)
confirm = typer.Typer(help="未確認の行・別名・項目を二人で確認する / confirm doubts, two persons", no_args_is_help=True)


@persons.command("add")
def add(
    name: Annotated[str, typer.Argument(help="氏名(同姓同名は職員番号を付ける)/ name")],
    role: Annotated[Role, typer.Option("--role", help="approver | operator | auditor")],
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """人を登録し、その人だけの鍵を作る / register a person and make their personal key."""

    def work(say: Speaker) -> None:
        with open_home(say.home, SystemClock(), silent) as opened:
            person = add_person(opened.paths, name, role)
            entry = Admin(**_common(opened), action="person.add", about=f"role:{role.value}", keys=(person.key,))
            index = opened.intake.note(Notice(entry)).index
        said = say.text(
            f"登録しました: {role.value} 鍵 {person.key[:16]}…\n"
            "鍵ファイルは persons/ にあります。本人の媒体に移してください。",
            f"Registered: {role.value}, key {person.key[:16]}…\nThe key file lies in persons/; hand it to the person.",
        )
        say.say({"key": person.key, "role": role.value, "index": index}, lambda: said)

    reporting(work, speaker(home, json, lang))


@persons.command("list")
def list_persons(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """登録された人を見る / list the registered persons."""

    def work(say: Speaker) -> None:
        found = list(read_register(HomePaths(say.home)).values())
        rows = [{"name": one.name, "role": one.role.value, "key": one.key} for one in found]
        empty = say.text("まだ誰も登録されていません。", "Nobody is registered yet.")
        say.say(
            {"persons": rows},
            lambda: "\n".join(f"{row['name']}  {row['role']}  {row['key'][:16]}…" for row in rows) or empty,
        )

    reporting(work, speaker(home, json, lang))


@confirm.command("list")
def list_doubts(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """未確認の行・別名・項目を見る / what awaits confirmation."""

    def work(say: Speaker) -> None:
        doubts = law.load_provisions().doubts
        begun = {one.statement.about: one for one in confirmations.read_all(HomePaths(say.home))}
        rows = [
            {
                "about": about(doubt),
                "reason": doubt.reason,
                "approvals": len(begun[about(doubt)].approvals) if about(doubt) in begun else 0,
            }
            for doubt in doubts
        ]
        say.say(
            {"doubts": rows},
            lambda: "\n".join(f"{row['about']} ({row['approvals']}/2): {row['reason']}" for row in rows),
        )

    reporting(work, speaker(home, json, lang))


@confirm.command("sign")
def sign_confirmation(
    name: Annotated[str, typer.Argument(help="hub confirm list にある名前 / a name from the list")],
    person: Annotated[str, typer.Option("--person", help="承認する人(氏名か鍵)/ who approves")],
    reason: Annotated[str, typer.Option("--reason", help="確認の理由(最初の人)/ why, by the first")] = "",
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """自分の鍵で確認に署名する。二人目で効力を持つ / approve with your own key; in force with the second person."""

    def work(say: Speaker) -> None:
        with open_home(say.home, SystemClock(), silent) as opened:
            done = _approve(opened, name, person, reason)
        count = len(done.approvals)
        said = (
            say.text("二人の確認がそろい、記録しました。", "Two persons confirmed; recorded.")
            if done.index is not None
            else say.text(f"署名しました({count}/{APPROVALS})。", f"Signed ({count}/{APPROVALS}).")
        )
        say.say({"about": name, "statement": done.statement.id, "approvals": count, "index": done.index}, lambda: said)

    reporting(work, speaker(home, json, lang))


def _approve(home: OpenHome, name: str, person: str, reason: str) -> Confirmation:
    key = personal_key(home.paths, person)
    digest = find_doubt(law.load_provisions(), name).key.digest
    known = confirmations.begun(home.paths, Act.CONFIRM, name, digest)
    made_at = format_time(home.clock.now())
    begun = known or Confirmation(Statement(Act.CONFIRM, name, digest, reason, home.config.origin, made_at), ())

    def enter(keys: tuple[str, ...]) -> int:
        said = begun.statement
        entry = StatementEntry(**_common(home), about=_token(begun), statement=said.id, keys=keys)
        return home.intake.note(Notice(entry)).index

    return confirmations.approve(home.paths, begun, begun.statement.signed(key), enter)


def _token(confirmation: Confirmation) -> str:
    """What the leaf says it is about: the kind and the digest, for names may be Japanese and leaves are narrow."""
    kind = confirmation.statement.about.partition(":")[0]
    return f"{kind}:{confirmation.statement.digest}"


class _Common(TypedDict):
    time: str
    origin: str
    tenant: str
    environment: str


def _common(home: OpenHome) -> _Common:
    config = home.config
    return _Common(
        time=format_time(home.clock.now()),
        origin=config.origin,
        tenant=config.tenant,
        environment=config.environment,
    )


__all__: Sequence[str] = ("confirm", "persons")
