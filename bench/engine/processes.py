"""The processes of a measurement: started, known to be ready, their processor time read, and stopped whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

PATIENCE = 60.0


class NotStarted(RuntimeError):
    """A process of the measurement ended before it was ready; its log says why."""


class Part:
    """One process and all below it; it prints a line that begins with `ready`, and ends at SIGTERM or when its stdin closes."""

    def __init__(self, module: str, arguments: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as lines:
            self._process = subprocess.Popen(
                (sys.executable, "-m", module, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=lines
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ready(self) -> Self:
        """Returns when it is. Raises `NotStarted`."""
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line.startswith(b"ready"):
            said = self._log.read_text("utf-8", "replace")[-2000:]
            raise NotStarted(f"{self._log.name}: {said}")
        return self

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def pids(self) -> list[int]:
        """Its own and those of everything below it."""
        with suppress(psutil.Error):
            return [self._process.pid, *(one.pid for one in psutil.Process(self._process.pid).children(recursive=True))]
        return []

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to what does not end."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def processor_seconds(pids: Iterable[int]) -> float:
    """What these processes and their ended children have used so far."""
    total = 0.0
    for pid in pids:
        with suppress(psutil.Error):  # it ended while it was looked at
            used = psutil.Process(pid).cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


def tell_ready() -> None:
    """This process is: said to whoever started it; it gets SIGTERM when that one is gone."""
    threading.Thread(target=_watch, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _watch() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
