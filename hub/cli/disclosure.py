"""`hub disclosure`: which exchanges were about a resident, drafted, redacted and signed by two persons, then written (開示請求)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.app import disclosing, law
from hub.app.asking import ask
from hub.app.evidence import open_archive
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
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
    writable,
)
from hub.cli.output import Speaker
from hub.cli.personsearch import AskerOption, SubjectsOption, concerning
from hub.codes import cfg, cli
from hub.disclosure import Draft, Line
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.errors import Misconfigured
from hub.statements import APPROVALS

commands = typer.Typer(
    help="開示請求への案と回答 / drafts for a resident's request, and the answer", no_args_is_help=True
)

FileArgument = Annotated[Path, typer.Argument(help="案のファイル / the draft")]
_SALT: Final = 32
_STYLE: Final = """
body{font-family:system-ui,'Noto Sans JP','Hiragino Sans',sans-serif;margin:2rem;color:#222;background:#fff;max-width:70rem}
table{border-collapse:collapse;margin:1rem 0 2rem;width:100%}td,th{border-bottom:1px solid #ccc;padding:.35rem .7rem;text-align:left;vertical-align:top}th{background:#f4f2ec;white-space:nowrap}
td.n{text-align:right;white-space:nowrap}td.t{white-space:nowrap}tr.hidden td.bar{background:#222;color:#fff}
"""


@commands.command("draft")
def draft(
    subjects: SubjectsOption,
    asker: AskerOption,
    reason: ReasonOption,
    output: Annotated[Path, typer.Option("-o", "--output", help="案の出力先 / where the draft is written")],
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """一人についてのやり取りの一覧(案)を作る。探したことは記録される / draft the list about a person; asking is recorded."""

    def work(say: Speaker) -> None:
        writable(output)
        index, indexes = concerning(say, subjects, asker, reason)
        with open_archive(say.home) as archive:
            newest, _ = archive.newest()
            lines = tuple(disclosing.lines(archive, indexes, law.load_provisions()))
        made = Draft(newest.origin, newest.size, index, secrets.token_hex(_SALT), lines)
        atomic_write(output, made.encode())
        told = say.text(f"{len(lines)} 行の案を {output} に書きました。", f"Wrote a draft of {len(lines)} to {output}.")
        say.say({"output": str(output), "lines": len(lines), "asked": index}, lambda: told)

    reporting(work, speaker(home, json, lang))


@commands.command("show")
def show(file: FileArgument, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """案を見る / show the draft."""

    def work(say: Speaker) -> None:
        made = _read(file)
        lines = [{"line": number, **asdict(line)} for number, line in enumerate(made.lines, start=1)]
        say.say({"lines": lines, "hidden": made.hidden, "digest": made.digest}, lambda: _text(made, say))

    reporting(work, speaker(Path(), json, lang))


@commands.command("hide")
def hide(
    file: FileArgument,
    lines: Annotated[list[int], typer.Argument(help="行の番号 / numbers of lines")],
    because: Annotated[
        str,
        typer.Option("--because", help="不開示の理由(例 法78条1項2号)。空なら開示に戻す / why; blank shows it again"),
    ],
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """行を不開示にする(集まった署名は、案が変わるので数えない)/ leave lines out; signatures so far no longer count."""

    def work(say: Speaker) -> None:
        made = _read(file).hide(lines, because.strip())
        atomic_write(file, made.encode())
        say.say({"hidden": made.hidden, "digest": made.digest}, lambda: _text(made, say))

    reporting(work, speaker(Path(), json, lang))


@commands.command("sign")
def sign(
    file: FileArgument,
    person: SignerOption,
    reason: ReasonOption = "",
    against: Annotated[
        Path | None, typer.Option("--against", help="自分で作った案(行の過不足を確かめる)/ one's own draft, to compare")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """案を確かめた承認者が署名する(二人目で放出できる)/ an approver who has read it signs; the second one releases it."""

    def work(say: Speaker) -> None:
        made, paths = _read(file), HomePaths(say.home)
        with open_archive(say.home) as archive:
            disclosing.check_lines(archive, made, law.load_provisions())
        if against is not None and [one.entry for one in _read(against).lines] != [one.entry for one in made.lines]:
            raise Misconfigured(cli.OTHER_LINES)
        said = disclosing.statement(paths, read_config(paths), SystemClock(), made, reason)
        given_reason(said.reason)
        request = {
            "op": "disclose",
            "statement": said.encoded(),
            "approval": said.signed(personal_key(paths, person)).encoded(),
        }
        done = ask(say.home, request, disclosing.answer)
        told = say.text(
            f"署名しました({done['approvals']}/{APPROVALS})。", f"Signed ({done['approvals']}/{APPROVALS})."
        )
        say.say({"statement": said.id, **done}, lambda: told)

    reporting(work, speaker(home, json, lang))


@commands.command("write")
def write(
    file: FileArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="本人に渡すページ(HTML)/ the page for the resident")],
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """二人が署名した案から、不開示を除いて書く / write what two persons released, without what is left out."""

    def work(say: Speaker) -> None:
        made, paths = _read(file), HomePaths(say.home)
        writable(output)
        with open_archive(say.home) as archive:
            disclosing.check_lines(archive, made, law.load_provisions())
            index = disclosing.released(paths, archive, made)
        atomic_write(output, _page(made, _names(paths), say).encode("utf-8"))
        told = say.text(
            f"{len(made.lines)} 行(うち不開示 {made.hidden})を {output} に書きました。",
            f"Wrote {len(made.lines)} lines, {made.hidden} of them left out, to {output}.",
        )
        say.say({"output": str(output), "lines": len(made.lines), "hidden": made.hidden, "index": index}, lambda: told)

    reporting(work, speaker(home, json, lang))


def _read(file: Path) -> Draft:
    return Draft.decoded(read_file(file, cli.FILE_UNREADABLE))


def _text(made: Draft, say: Speaker) -> str:
    none = say.text("やり取りはありません。", "There are no exchanges.")
    return "\n".join(_line(number, line, say) for number, line in enumerate(made.lines, start=1)) or none


def _line(number: int, line: Line, say: Speaker) -> str:
    mark = f"  ■ {say.text('不開示', 'left out')}: {line.hidden}" if line.hidden else ""
    return f"{number:4}  {'  '.join(filter(None, _words(line, say)))}{mark}"


def _words(line: Line, say: Speaker) -> tuple[str, ...]:
    kind = say.text(*telling.KINDS[line.kind])
    between = f"{line.sender or '?'} → {line.recipient or '?'}"
    return telling.moment(line.time), kind, between, line.type, line.law, "、".join(line.items), line.code


def _names(paths: HomePaths) -> Mapping[str, str]:
    """What the systems of the zone are called, for somebody who knows no codes."""
    config, provisions = read_config(paths), law.load_provisions()
    text = read_text(paths.routing, cfg.MISSING_FILE)
    routes = law.zone_routes(text, paths.routing.name, config, provisions)
    return {code: one.name for code, one in routes.endpoints.items()}


def _page(made: Draft, names: Mapping[str, str], say: Speaker) -> str:
    """Stands alone. Of a line that is left out only the reason is in it."""
    title = say.text("あなたの情報のやり取りの一覧", "Exchanges of your information")
    heads = (
        *(
            say.text("行", "line"),
            say.text("時刻", "time"),
            say.text("扱い", "what"),
            say.text("誰から誰へ", "between"),
        ),
        *(say.text("種別", "type"), say.text("根拠", "law"), say.text("項目", "items"), say.text("符号", "code")),
    )
    head = "".join(f"<th>{one}</th>" for one in heads)
    rows = "".join(_row(number, line, names, say) for number, line in enumerate(made.lines, start=1))
    none = say.text("保存期間内の記録に、該当するものはありません。", "Among the records that are kept there is none.")
    note = say.text(
        f"{len(made.lines)} 行のうち {made.hidden} 行は、法律により開示しません。時刻は日本時間です。",
        f"Of {len(made.lines)} lines {made.hidden} are left out by law. Times are Japan's.",
    )
    gone = say.text(
        "保存期間を過ぎて個人に関する部分を消去したやり取りは、どなたのものか分からないため、ここにはありません。",
        "Exchanges whose personal part was erased when its time had come are not here: nobody knows any more whom they were about.",
    )
    found = f"<p>{note}</p><table><tr>{head}</tr>{rows}</table>" if made.lines else f"<p>{none}</p>"
    table = f"{found}<p>{gone}</p>"
    return (
        f'<!doctype html><html lang="{say.lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{table}</body></html>\n"
    )


def _row(number: int, line: Line, names: Mapping[str, str], say: Speaker) -> str:
    if line.hidden:
        why = f"{say.text('不開示', 'left out')}: {escape(line.hidden)}"
        return f'<tr class="hidden"><td class="n">{number}</td><td class="bar" colspan="7">{why}</td></tr>'
    between = f"{names.get(line.sender, line.sender)} → {names.get(line.recipient, line.recipient)}"
    time, kind, _, type_, *others = _words(line, say)
    others = [kind, between, telling.type_name(type_, say.lang), *others[:-1], telling.code(line.code, say.lang)]
    return f'<tr><td class="n">{number}</td><td class="t">{time}</td>{"".join(f"<td>{escape(one)}</td>" for one in others)}</tr>'
