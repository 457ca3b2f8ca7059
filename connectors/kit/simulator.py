"""A partner system as a process of its own: a Unix socket in front of one desk per endpoint.

`python -m connectors.<room>.simulator --ledger-dir DIR --socket PATH …` prints one line, `ready`, when it listens. It ends
with 0 on SIGTERM, SIGINT or, with --watch-stdin, when its standard input closes, so that no simulator outlives a killed
driver. Anything that leaves memory and ledger apart ends the process: the next start rebuilds its state.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors.kit import wire
from connectors.kit.desk import Desk, Play
from connectors.kit.ledger import Ledger, Tokens
from hub.errors import HubError

READY = "ready"
_CRASHED = 70


@dataclass(frozen=True, slots=True)
class Options:
    """What a simulator is started with. `endpoints` is empty unless the room serves several."""

    ledger_dir: Path
    socket: Path
    key: Path
    seed: int
    residents: int
    events: int
    day: date
    endpoints: tuple[str, ...]
    watch_stdin: bool


Plays = Callable[[Options, Tokens], Mapping[str, Play]]


def run(room: str, endpoints: Sequence[str], plays: Plays, arguments: Sequence[str] | None = None) -> int:
    """The main function of a room's simulator; `endpoints` are those it serves unless --endpoint names them.

    Returns the exit code. `plays` builds one fresh play per endpoint; the ledgers are then played into them.
    """
    options = _parse(room, arguments)
    served = options.endpoints or tuple(endpoints)
    with contextlib.ExitStack() as held:
        try:
            ledgers = {name: held.enter_context(Ledger(options.ledger_dir / f"{name}.jsonl")) for name in served}
            tokens = Tokens.at(options.key, begun=any(ledger.lines for ledger in ledgers.values()))
            made = plays(options, tokens)
            desks = {name: Desk(made[name], ledger) for name, ledger in ledgers.items()}
        except HubError as error:
            print(error, file=sys.stderr)  # noqa: T201 - a process of its own: this is its operator's console
            return error.exit_code
        server = Server(options.socket, desks)
        held.callback(server.close)
        _stop_on_signals(server, watch_stdin=options.watch_stdin)
        print(READY, flush=True)  # noqa: T201 - the driver waits for this line
        server.serve()
        for desk in desks.values():
            desk.retire()
    return 0


class Server:
    """Accepts connectors on a socket of mode 0600; one thread per connection, each desk takes its requests in turn."""

    def __init__(self, path: Path, desks: Mapping[str, Desk]) -> None:
        """The caller holds the ledgers, so a socket file that is there already belongs to nobody."""
        self._path = path
        self._desks = desks
        self._stopped = threading.Event()
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with wire.address(path) as address:
                self._socket.bind(address)
        finally:
            os.umask(before)
        self._socket.listen(128)

    def serve(self) -> None:
        """Until `stop`."""
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                if self._stopped.is_set():
                    return
                raise
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept()

    def close(self) -> None:
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            while True:
                try:
                    request = wire.receive(connection)
                except OSError:
                    return
                if request is None:
                    return
                answer = self._answer(request)
                with contextlib.suppress(OSError):
                    wire.send(connection, answer)

    def _answer(self, request: wire.Json) -> wire.Json:
        desk = self._desks.get(str(request.get("endpoint")))
        if desk is None:
            return {"error": "no such endpoint"}
        try:
            return desk.answer(request)
        except ValueError as error:
            # The kind alone: a parser's sentence may quote what it read.
            return {"error": type(error).__name__}
        except BaseException as error:  # noqa: BLE001 - memory may be ahead of the ledger: only a restart is safe
            print(f"simulator crashed: {type(error).__name__}", file=sys.stderr, flush=True)  # noqa: T201
            os._exit(_CRASHED)


def _stop_on_signals(server: Server, *, watch_stdin: bool) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    if watch_stdin:
        threading.Thread(target=_watch, args=(server,), daemon=True).start()


def _watch(server: Server) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.stop()


def _parse(room: str, arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog=f"python -m connectors.{room}.simulator", description=__doc__)
    parser.add_argument("--ledger-dir", type=Path, required=True, help="the directory of the ledgers")
    parser.add_argument("--socket", type=Path, required=True, help="where to listen")
    parser.add_argument("--key", type=Path, help="the ledger key; beside the socket by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=int, default=0)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 4, 1), help="the simulated day")
    parser.add_argument("--endpoint", action="append", default=[], help="an endpoint to serve; may be given again")
    parser.add_argument("--watch-stdin", action="store_true", help="end when standard input closes")
    given = parser.parse_args(arguments)
    given.ledger_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Options(
        ledger_dir=given.ledger_dir,
        socket=given.socket,
        key=given.key or given.socket.with_suffix(".key"),
        seed=given.seed,
        residents=given.residents,
        events=given.events,
        day=given.day,
        endpoints=tuple(given.endpoint),
        watch_stdin=given.watch_stdin,
    )
