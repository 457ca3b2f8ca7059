"""`hub serve`: a zone as an operator runs it, embedded in one process or on the engine in several, watched over HTTP."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub.app import members
from hub.app.opening import OpenHome, join_home, keep_home, open_home, read_config
from hub.app.paths import HomePaths
from hub.app.serving import Serving, ending, serve
from hub.app.supervising import Supervisor, command
from hub.app.watching import pages
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker
from hub.cli.output import Speaker
from hub.cli.run import chosen_clock, ready, watch
from hub.codes import cfg
from hub.config import Config
from hub.edges import inside
from hub.edges.http import HttpServer
from hub.edges.socket import Client
from hub.errors import HubError, Misconfigured
from hub.observe import Metrics, Observers, collected, log_lines
from hub.ports import Observer

SocketsOption = Annotated[
    Path | None, typer.Option("--partners", help="接続先システムのソケットの場所 / sockets of the partners")
]
ClockOption = Annotated[
    str | None, typer.Option("--simulated-clock", help="模擬時計の始まり(UTC)/ start of a simulated clock")
]
WatchOption = Annotated[bool, typer.Option("--watch-stdin", help="標準入力が閉じたら終わる / end when stdin closes")]
PortOption = Annotated[
    int,
    typer.Option("--port", min=0, max=65535, help="監視の HTTP(127.0.0.1)。0 は空いているもの / 0 takes a free one"),
]
_NUMBER = typer.Option("--number", min=0, help="工程の番号(0から)/ which worker, from 0")


def serve_zone(
    sockets: SocketsOption = None,
    port: PortOption = 0,
    simulated: ClockOption = None,
    watch_stdin: WatchOption = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """区画を動かし続ける。hub.yaml に engine があれば複数のプロセスで / serve one zone; on the engine if hub.yaml has one."""
    inside.keep(_configured(home))

    def work(say: Speaker) -> None:
        paths = HomePaths(say.home)
        config = read_config(paths)
        if not config.brokered:
            _embedded(say.home, sockets or say.home / "partners", port, simulated, end_with_stdin=watch_stdin)
        else:
            _supervised(paths, config, sockets, port, simulated, end_with_stdin=watch_stdin)

    reporting(work, speaker(home, json, lang))


def _configured(home: Path) -> Sequence[str]:
    """The hosts of the engine; none of a home that cannot be read, which is said in its turn."""
    with suppress(HubError, OSError):
        engine = read_config(HomePaths(home)).engine
        if engine is not None:
            nodes = [] if engine.broker is None else [node.rpartition(":")[0] for node in engine.broker.nodes]
            return nodes if engine.journal is None else [*nodes, engine.journal.host]
    return ()


def _embedded(home: Path, sockets: Path, port: int, simulated: str | None, *, end_with_stdin: bool) -> None:
    with _observed(home, "") as (observe, metrics), open_home(home, chosen_clock(simulated), observe) as opened:
        server: list[HttpServer] = []

        def started(serving: Serving) -> None:
            states = {"core": True}
            server.append(HttpServer(port, pages(home, lambda: states, metrics.text, serving.status)))
            ready(opened.config.zone, server[0].port, end_with_stdin=end_with_stdin)

        try:
            serve(opened, sockets, started)
        finally:
            for one in server:
                one.close()


def _supervised(
    paths: HomePaths, config: Config, sockets: Path | None, port: int, simulated: str | None, *, end_with_stdin: bool
) -> None:
    """Owns the home; its members write it in turns. Opening it once settles what the last run left half done."""
    clock = [] if simulated is None else ["--simulated-clock", simulated]
    common = ["--home", str(paths.root), "--watch-stdin", *clock]
    commands = {"dispatcher": command("serve-dispatcher", *common)}
    workers = config.engine.workers if config.engine else 1
    commands |= {f"worker-{n}": command("serve-worker", "--number", str(n), *common) for n in range(workers)}
    if sockets is not None:
        commands["connectors"] = command("serve-connectors", "--partners", str(sockets), *common)
    counted = paths.root / "run" / "metrics"
    counted.mkdir(mode=0o700, exist_ok=True)
    for old in counted.iterdir():
        old.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counted)
    with _observed(paths.root, "supervisor", counting=False) as (observe, _):
        stop = ending()
        with keep_home(paths.root, chosen_clock(simulated), observe):
            supervisor = Supervisor(commands, paths.root / "run", observe)
            made = pages(paths.root, supervisor.states, lambda: collected(counted), lambda: _asked(paths))
            server = HttpServer(port, made)
            try:
                threading.Thread(
                    target=_when_ready,
                    args=(supervisor, lambda: ready(config.zone, server.port, end_with_stdin=end_with_stdin), stop),
                    daemon=True,
                ).start()
                supervisor.run(stop)
            finally:
                server.close()


def _when_ready(supervisor: Supervisor, tell: Callable[[], None], stop: threading.Event) -> None:
    while not stop.wait(0.05):
        if all(supervisor.states().values()):
            tell()
            return


def _asked(paths: HomePaths) -> Mapping[str, object]:
    client = Client(paths.socket, timeout=5.0)
    try:
        return client.call({"op": "status"})
    finally:
        client.close()


# --- the members, started by the supervisor alone ---------------------------------------------------------------------


def serve_worker(
    number: Annotated[int, _NUMBER],
    simulated: ClockOption = None,
    watch_stdin: WatchOption = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """工程(hub serve が起動する)/ a worker; started by hub serve."""
    act = partial(_worker, number)
    _member(speaker(home, json, lang), f"worker-{number}", simulated, act, end_with_stdin=watch_stdin)


def _worker(number: int, opened: OpenHome, told: Callable[[], None]) -> None:
    members.work(opened, number, told)


def serve_dispatcher(
    simulated: ClockOption = None,
    watch_stdin: WatchOption = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """配達係(hub serve が起動する)/ the dispatcher; started by hub serve."""
    _member(speaker(home, json, lang), "dispatcher", simulated, members.dispatch, end_with_stdin=watch_stdin)


def serve_connectors(
    sockets: SocketsOption = None,
    simulated: ClockOption = None,
    watch_stdin: WatchOption = False,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """鍵のある接続先の接続部品 / the connectors of the endpoints whose keys this home holds."""
    inside.keep(_configured(home))

    def work(say: Speaker) -> None:
        with _observed(say.home, "connectors") as (observe, _):
            partners = sockets or say.home / "partners"
            members.connect(say.home, partners, chosen_clock(simulated), observe, lambda: _told(watch_stdin))

    reporting(work, speaker(home, json, lang))


def _member(
    speaking: Speaker,
    name: str,
    simulated: str | None,
    act: Callable[[OpenHome, Callable[[], None]], None],
    *,
    end_with_stdin: bool,
) -> None:
    inside.keep(_configured(speaking.home))

    def work(say: Speaker) -> None:
        with (
            _observed(say.home, name) as (observe, _),
            join_home(say.home, chosen_clock(simulated), observe) as opened,
        ):
            act(opened, lambda: _told(end_with_stdin))

    reporting(work, speaking)


def _told(end_with_stdin: bool) -> None:
    if end_with_stdin:
        watch()
    sys.stdout.write("ready\n")
    sys.stdout.flush()


@contextmanager
def _observed(home: Path, name: str, *, counting: bool = True) -> Iterator[tuple[Observer, Metrics]]:
    """Event lines, and metrics; every process of a zone writes lines to the same file, each whole."""
    if not (home / "hub.yaml").is_file():
        raise Misconfigured(cfg.NO_HOME, path=str(home))
    metrics = Metrics(home.name)
    with (home / "events.jsonl").open("a", encoding="utf-8") as lines:
        heard: Sequence[Observer] = [log_lines(lines, home.name, name), *([metrics] if counting else [])]
        yield Observers(heard), metrics
