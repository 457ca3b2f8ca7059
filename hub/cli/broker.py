"""`hub broker`: the broker's topology from routing.yaml, planned, applied and checked; and the keys to meet it with."""

from __future__ import annotations

import json as jsons
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.app import law
from hub.app.brokercertificates import Taken, take_certificates, write_requests
from hub.app.brokerkeys import make_keys
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_text
from hub.broker import Change, Drift, Topology, difference, drift, topology
from hub.broker.difference import definitions
from hub.cli.management import URL, USER, CaOption, PasswordOption, UrlOption, UserOption, administrator
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.cli.partitions import partitions
from hub.cli.progress import bar
from hub.codes import brk, cfg, cli
from hub.config import Config, Engine
from hub.edges.clock import SystemClock
from hub.errors import Misconfigured, Words
from hub.routes import Routes

commands = typer.Typer(help="ブローカーの構成と鍵 / the broker's topology and keys", no_args_is_help=True)

PartitionsOption = Annotated[
    int | None,
    typer.Option("--partitions", min=1, max=64, help="送信者ごとの受付の数 / inbound queues of each sender"),
]
_ALONE = Words("--requests のない指定", "without --requests")


commands.command("partitions")(partitions)


@commands.command("keys")
def keys(
    requests: Annotated[
        Path | None, typer.Option("--requests", help="認証局に渡す要求を書く場所 / where to write requests for a CA")
    ] = None,
    certificates: Annotated[
        Path | None, typer.Option("--certificates", help="認証局が発行したものの場所 / where lies what the CA issued")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """ブローカーに入る鍵と封緘の鍵を作る(あるものは作り直さない)/ make the keys for the broker; none is made anew.

    認証局の鍵がないホームでは、--requests で要求を書き、発行されたものを --certificates で取り込む。更新も同じ。/
    Without the CA's key: write requests, then take what the CA issued; a renewal goes the same way.
    """

    def work(say: Speaker) -> None:
        paths = HomePaths(say.home)
        config, now = read_config(paths), SystemClock().now()
        if requests is not None and certificates is not None:
            raise Misconfigured(cli.BAD_VALUE, option="--certificates", expected=_ALONE)
        if requests is not None:
            written = [str(one) for one in write_requests(paths, config, requests)]
            say.say({"requests": written}, lambda: "\n".join(written))
            return
        if certificates is not None:
            _taken(say, take_certificates(paths, config, certificates, _endpoints(paths, config), now))
            return
        names = [str(one.relative_to(paths.root)) for one in make_keys(paths, config, now)]
        none = say.text("すべてそろっています。", "All are there.")
        say.say({"made": names}, lambda: "\n".join(names) or none)

    reporting(work, speaker(home, json, lang))


def _taken(say: Speaker, taken: Taken) -> None:
    told = {
        name: [str(one.relative_to(say.home)) for one in found]
        for name, found in (("placed", taken.placed), ("known", taken.known), ("missing", taken.missing))
    }
    words = {
        "placed": say.text("置きました", "placed"),
        "known": say.text("すでにあります", "was there"),
        "missing": say.text("まだありません", "still missing"),
    }
    say.say(told, lambda: "\n".join(f"{words[name]}: {one}" for name, found in told.items() for one in found))


def _endpoints(paths: HomePaths, config: Config) -> Collection[str]:
    """All of the zone, in the hub's home; an endpoint's own home need not know them."""
    return _routes(paths, config).endpoints.keys() if paths.log_key.is_file() else ()


@commands.command("plan")
def plan(
    admin: UrlOption = URL,
    user: UserOption = USER,
    password_file: PasswordOption = None,
    ca: CaOption = None,
    partitions: PartitionsOption = None,
    as_definitions: Annotated[
        bool, typer.Option("--definitions", help="definitions.json を出す(ブローカーに聞かない)/ print it, ask nobody")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """routing.yaml との違いを見る。何も変えない / show the differences to routing.yaml; changes nothing."""

    def work(say: Speaker) -> None:
        zone, wanted = _wanted(say.home, partitions)
        if as_definitions:
            text = jsons.dumps(definitions(wanted), ensure_ascii=False, indent=1, sort_keys=True)
            say.say({"definitions": definitions(wanted)}, lambda: text)
            return
        changes = difference(wanted, administrator(admin, user, password_file, ca).found(wanted.vhost), zone)
        _show(say, wanted, changes)

    reporting(work, speaker(home, json, lang))


@commands.command("apply")
def apply(
    admin: UrlOption = URL,
    user: UserOption = USER,
    password_file: PasswordOption = None,
    ca: CaOption = None,
    partitions: PartitionsOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """ブローカーを routing.yaml に合わせる。空でない待ち行列は消さない / make the broker agree; no full queue is removed."""

    def work(say: Speaker) -> None:
        zone, wanted = _wanted(say.home, partitions)
        way = administrator(admin, user, password_file, ca)
        changes = difference(wanted, way.found(wanted.vhost), zone)
        with bar(say.text("変更", "changes")) as passed:
            for done, change in enumerate(changes):
                way.make(change)
                passed(done + 1, len(changes))
        left = difference(wanted, way.found(wanted.vhost), zone)
        if left:
            raise Misconfigured(brk.DRIFT, count=len(left))
        _show(say, wanted, changes)

    reporting(work, speaker(home, json, lang))


@commands.command("check")
def check(
    admin: UrlOption = URL,
    user: UserOption = USER,
    password_file: PasswordOption = None,
    ca: CaOption = None,
    partitions: PartitionsOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """ブローカーが routing.yaml と同じかを確かめる(0 同じ、2 違う。違うものを一つずつ示す)/ 0 when the broker is as routing.yaml says, else 2 and what differs."""

    def work(say: Speaker) -> None:
        zone, wanted = _wanted(say.home, partitions)
        found = drift(wanted, administrator(admin, user, password_file, ca).found(wanted.vhost), zone)
        _show_drift(say, wanted, found)
        if found:
            raise typer.Exit(Misconfigured.exit_code)

    reporting(work, speaker(home, json, lang))


def _wanted(home: Path, partitions: int | None) -> tuple[str, Topology]:
    """With as many inbound queues as hub.yaml says, unless another number is asked for."""
    paths = HomePaths(home)
    config = read_config(paths)
    number = partitions or (config.engine or Engine()).partitions
    return config.zone, topology(config.zone, _routes(paths, config).endpoints.keys(), number)


def _routes(paths: HomePaths, config: Config) -> Routes:
    text = read_text(paths.routing, cfg.MISSING_FILE)
    return law.zone_routes(text, paths.routing.name, config, law.load_provisions())


_WHAT = {"add": ("追加", "add"), "change": ("変更", "change"), "remove": ("削除", "remove")}


def _show(say: Speaker, wanted: Topology, changes: Sequence[Change]) -> None:
    rows = [{"what": one.what, "kind": one.kind, "name": one.name} for one in changes]
    say.say({"vhost": wanted.vhost, "changes": rows}, lambda: _table(say, wanted, changes))


def _table(say: Speaker, wanted: Topology, changes: Sequence[Change]) -> str:
    if not changes:
        return _none(say, wanted)
    table = Table(title=wanted.vhost, title_justify="left")
    for head in (("変更", "change"), ("種類", "kind"), ("名前", "name")):
        table.add_column(say.text(*head))
    for one in changes:
        table.add_row(say.text(*_WHAT[one.what]), one.kind, one.name)
    return _printed(table)


_FAULTS = {"missing": ("ない", "missing"), "unwanted": ("余分", "unwanted"), "differs": ("違う", "differs")}


def _show_drift(say: Speaker, wanted: Topology, found: Sequence[Drift]) -> None:
    rows = [{"fault": one.fault, **asdict(one)} for one in found]
    error = Misconfigured(brk.DRIFT, count=len(found))
    told = {"code": error.code.id, "text": error.text(say.lang)} if found else {"code": "", "text": ""}
    say.say({"vhost": wanted.vhost, "drift": rows, **told}, lambda: _drift_text(say, wanted, found, error))


def _drift_text(say: Speaker, wanted: Topology, found: Sequence[Drift], error: Misconfigured) -> str:
    """What is and what should be, and then what to do about it."""
    if not found:
        return _none(say, wanted)
    table = Table(title=wanted.vhost, title_justify="left")
    for head in (("違い", "fault"), ("種類", "kind"), ("名前", "name"), ("今", "is"), ("あるべき", "should be")):
        table.add_column(say.text(*head), overflow="fold")
    for one in found:
        members = (_members(say, one.now), _members(say, one.wanted))
        table.add_row(say.text(*_FAULTS[one.fault]), one.kind, *map(escape, (one.name, *members)))
    remedy = say.text(error.code.remedy_ja, error.code.remedy_en)
    return f"{_printed(table)}{error.code.id} {error.text(say.lang)}\n    → {remedy}"


def _members(say: Speaker, form: Mapping[str, object] | None) -> str:
    """One a line."""
    if form is None:
        return say.text("なし", "none")
    told = [f"{name}: {one if isinstance(one, str) else jsons.dumps(one)}" for name, one in form.items()]
    return "\n".join(told) or say.text("あり", "there")


def _none(say: Speaker, wanted: Topology) -> str:
    return say.text(f"{wanted.vhost}: 違いはありません。", f"{wanted.vhost}: no differences.")


def _printed(table: Table) -> str:
    console = Console(width=100)
    with console.capture() as text:
        console.print(table)
    return text.get()
