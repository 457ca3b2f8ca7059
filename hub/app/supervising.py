"""The supervisor: starts the processes of a zone, starts again what dies, and stops all of them when one says that it must.

A child is ready when it prints `ready`. Its stdin is ours: when the supervisor is gone, however it went, the child ends.
Exit 4 is a broken log, key or clock: then everything stops, and nothing is started again (fail closed).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.codes import zon
from hub.errors import IntegrityError, Unavailable
from hub.ports import Observer

READY: Final = b"ready"
_BROKEN: Final = 4
_PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds before a child is started again
_LIVED: Final = 30.0  # seconds after which a death counts as the first
_TRIES: Final = 3
_LOOK: Final = 0.1
_PATIENCE: Final = 30.0


@dataclass(slots=True)
class Child:
    """One process: its command, how often it died in a row, and whether it was ever ready."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    deaths: int = 0
    again: float = 0.0
    worked: bool = False
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """`run` blocks until it is told to stop. Children are started in the order given and stopped in the reverse one."""

    def __init__(self, commands: Mapping[str, Sequence[str]], logs: Path, observe: Observer) -> None:
        self._children = tuple(Child(name, command) for name, command in commands.items())
        self._logs = logs
        self._observe = observe

    def states(self) -> Mapping[str, bool]:
        """Which children are there and ready."""
        return {child.name: child.alive and child.ready.is_set() for child in self._children}

    def pids(self) -> Mapping[str, int]:
        """The processes, by name: for whoever looks, or kills."""
        return {child.name: child.process.pid for child in self._children if child.process is not None}

    def run(self, stopping: threading.Event) -> None:
        """Until `stopping`. Raises `IntegrityError` HUB-ZON-004 when a child found the log, a key or the clock broken.

        Raises `Unavailable` HUB-ZON-005 when one that was never ready has died three times: it is set up wrongly.
        """
        try:
            for child in self._children:
                self._start(child)
            while not stopping.wait(_LOOK):
                for child in self._children:
                    self._look(child)
        finally:
            for child in reversed(self._children):
                _stop(child)

    def _start(self, child: Child) -> None:
        child.ready.clear()
        with (self._logs / f"{child.name}.log").open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own commands
                child.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env={**os.environ}
            )
        child.began = time.monotonic()
        threading.Thread(target=_listen, args=(child, child.process), daemon=True).start()
        self._observe("worker.started", name=child.name)

    def _look(self, child: Child) -> None:
        if child.alive:
            return
        now = time.monotonic()
        if child.process is not None:
            self._broken(child)
            child.worked |= child.ready.is_set()
            child.deaths = 1 if now - child.began > _LIVED else child.deaths + 1
            if not child.worked and child.deaths >= _TRIES:
                raise Unavailable(zon.PROCESS_ENDED, name=child.name, exit=child.process.returncode)
            child.again = now + _PAUSES[min(child.deaths, len(_PAUSES)) - 1]
            self._observe("worker.ended", name=child.name, exit=child.process.returncode)
            _close(child)
        if now >= child.again:
            self._start(child)

    def _broken(self, child: Child) -> None:
        if child.process is not None and child.process.poll() == _BROKEN:
            raise IntegrityError(zon.LATCHED, stop=child.name)


def command(name: str, *arguments: str) -> Sequence[str]:
    """A command of ours, by the interpreter that runs now."""
    return (sys.executable, "-m", "hub", name, *arguments)


def _listen(child: Child, process: subprocess.Popen[bytes]) -> None:
    """Its first line says that it is ready; what else it says is read, so that it never waits for us."""
    if process.stdout is None:
        return
    for line in process.stdout:
        if line.startswith(READY) and child.process is process:
            child.ready.set()


def _stop(child: Child) -> None:
    process = child.process
    if process is None:
        return
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _close(child)


def _close(child: Child) -> None:
    if child.process is not None and child.process.stdin is not None:
        child.process.stdin.close()
    child.process = None
