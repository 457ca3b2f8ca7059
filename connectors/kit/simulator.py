"""A partner system as a process of its own: a service in its language, in front of one desk per endpoint.

`python -m connectors.<room>.simulator --ledger-dir DIR --socket PATH …` prints one line, `ready`, when it listens. It ends
with 0 on SIGTERM, SIGINT or, with --watch-stdin, when its standard input closes, so that no simulator outlives a killed
driver. Anything that leaves memory and ledger apart ends the process: the next start rebuilds its state.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from connectors.kit.desk import Desk, Play
from connectors.kit.languages.frames import FrameService
from connectors.kit.ledger import Ledger, Tokens
from hub.errors import HubError

READY = "ready"


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
    full: bool = False


Plays = Callable[[Options, Tokens], Mapping[str, Play]]


class Service(Protocol):
    """What answers connectors in front of the desks, in the partner's language."""

    def serve(self) -> None:
        """Until `stop`."""

    def stop(self) -> None:
        """Makes `serve` return; called from another thread or a signal handler."""

    def close(self) -> None:
        """Gives up the place."""


Speak = Callable[[Path, Mapping[str, Desk]], Service]


def run(
    room: str,
    endpoints: Sequence[str],
    plays: Plays,
    arguments: Sequence[str] | None = None,
    speak: Speak = FrameService,
) -> int:
    """The main function of a room's simulator; `endpoints` are those it serves unless --endpoint names them.

    Returns the exit code. `speak` is the language in which it answers at the place that --socket names. `plays` builds one fresh play per endpoint; the ledgers are then played into them.
    """
    options = taken(parser(f"{room}.simulator").parse_args(arguments))
    options.ledger_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
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
        server = speak(options.socket, desks)
        held.callback(server.close)
        _stop_on_signals(server, watch_stdin=options.watch_stdin)
        print(READY, flush=True)  # noqa: T201 - the driver waits for this line
        server.serve()
        for desk in desks.values():
            desk.retire()
    return 0


def _stop_on_signals(server: Service, *, watch_stdin: bool) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    if watch_stdin:
        threading.Thread(target=_watch, args=(server,), daemon=True).start()


def _watch(server: Service) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.stop()


def parser(name: str) -> argparse.ArgumentParser:
    """What a simulator understands; a command beside it, which reads the same state, takes the same and more."""
    made = argparse.ArgumentParser(prog=f"python -m connectors.{name}", description=__doc__)
    made.add_argument("--ledger-dir", type=Path, required=True, help="the directory of the ledgers")
    made.add_argument("--socket", type=Path, required=True, help="where to listen")
    made.add_argument("--key", type=Path, help="the ledger key; beside the socket by default")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--residents", type=int, default=0)
    made.add_argument("--events", type=int, default=0)
    made.add_argument("--day", type=date.fromisoformat, default=date(2026, 4, 1), help="the simulated day")
    made.add_argument("--endpoint", action="append", default=[], help="an endpoint to serve; may be given again")
    made.add_argument("--full", action="store_true", help="a full day: every flow of the document")
    made.add_argument("--watch-stdin", action="store_true", help="end when standard input closes")
    return made


def taken(given: argparse.Namespace) -> Options:
    """What `parser` read."""
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
        full=given.full,
    )
