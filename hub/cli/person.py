"""`hub person` and `hub confirm`: personal keys, and what two different persons confirm with them (design promise 12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from hub.app import confirmations, confirming, law
from hub.app.asking import ask
from hub.app.confirmations import about
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.register import personal_key, read_register
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.edges.clock import SystemClock
from hub.statements import APPROVALS, Act, Role

persons = typer.Typer(help="人と鍵 / persons and their keys", no_args_is_help=True)
confirm = typer.Typer(help="未確認の行・別名・項目を二人で確認する / confirm doubts, two persons", no_args_is_help=True)


@persons.command("add")
def add(
    name: Annotated[str, typer.Argument(help="氏名(同姓同名は職員番号を付ける)/ name")],
    role: Annotated[Role, typer.Option("--role", help="approver | operator | auditor | exporter")],
    staff: Annotated[
        str,
        typer.Option(
            "--staff", help="職員番号。訂正を承認する人には要る / staff number; needed to approve corrections"
        ),
    ] = "",
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """人を登録し、その人だけの鍵を作る / register a person and make their personal key."""

    def work(say: Speaker) -> None:
        request = {"op": "person", "name": name, "role": role.value, "staff": staff.strip()}
        done = ask(say.home, request, confirming.answer)
        key = str(done["key"])[:16]
        said = say.text(
            f"登録しました: {role.value} 鍵 {key}…\n鍵ファイルは persons/ にあります。本人の媒体に移してください。",
            f"Registered: {role.value}, key {key}…\nThe key file lies in persons/; hand it to the person.",
        )
        say.say(done, lambda: said)

    reporting(work, speaker(home, json, lang))


@persons.command("list")
def list_persons(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """登録された人を見る / list the registered persons."""

    def work(say: Speaker) -> None:
        found = list(read_register(HomePaths(say.home)).values())
        rows = [{"name": one.name, "role": one.role.value, "staff": one.staff, "key": one.key} for one in found]
        empty = say.text("まだ誰も登録されていません。", "Nobody is registered yet.")
        say.say(
            {"persons": rows},
            lambda: (
                "\n".join(f"{row['name']}  {row['role']}  {row['staff'] or '-'}  {row['key'][:16]}…" for row in rows)
                or empty
            ),
        )

    reporting(work, speaker(home, json, lang))


@confirm.command("list")
def list_doubts(home: HomeOption = DEFAULT_HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """未確認の行・別名・項目を見る / what awaits confirmation."""

    def work(say: Speaker) -> None:
        doubts = law.load_provisions().doubts
        # By digest too: signatures under a row that reads otherwise now are none under this one.
        begun = {
            (one.statement.about, one.statement.digest): len(one.approvals)
            for one in confirmations.read_all(HomePaths(say.home))
            if one.statement.act is Act.CONFIRM
        }
        rows = [
            {
                "about": about(doubt),
                "reason": doubt.reason,
                "approvals": begun.get((about(doubt), doubt.key.digest), 0),
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
        paths = HomePaths(say.home)
        statement = confirming.statement(paths, read_config(paths), SystemClock(), name, reason)
        approval = statement.signed(personal_key(paths, person))
        request = {"op": "confirm", "statement": statement.encoded(), "approval": approval.encoded()}
        done = ask(say.home, request, confirming.answer)
        count = done["approvals"]
        said = (
            say.text(
                "二人の確認がそろい、記録しました。ホームを次に開いたときから効力を持ちます。",
                "Two persons confirmed; recorded. In force from the home's next opening on.",
            )
            if done["index"] is not None
            else say.text(f"署名しました({count}/{APPROVALS})。", f"Signed ({count}/{APPROVALS}).")
        )
        say.say({"about": name, "statement": statement.id, **done}, lambda: said)

    reporting(work, speaker(home, json, lang))


__all__: Sequence[str] = ("confirm", "persons")
