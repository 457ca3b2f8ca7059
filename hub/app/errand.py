"""A command of ours that a zone runs now and then in a process of its own, which yields to everybody else.

So long work, and waiting for somebody outside, stalls no traffic (design promise 11).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from hub.edges.priority import yield_to_others

_KILLED: Final = 5.0  # seconds until a killed process is waited for no longer


@dataclass(frozen=True, slots=True)
class Ended:
    """The exit code, and what was said with `--json`; empty when that was no object."""

    exit: int
    said: Mapping[str, object]

    def number(self, name: str) -> int:
        """A whole number that was said, else -1."""
        value = self.said.get(name)
        return value if isinstance(value, int) else -1

    @property
    def code(self) -> str:
        """The code of the error that was said, or the exit code."""
        error = self.said.get("error")
        return str(error.get("code", self.exit)) if isinstance(error, dict) else str(self.exit)


class Errand:
    """At most one process at a time; what it says goes to `answer`, a file."""

    def __init__(self, home: Path, answer: Path, patience: timedelta, *, idle: bool = True) -> None:
        """One that takes longer than `patience` is killed. `idle`: it runs when nobody else of the machine would."""
        self._home, self._answer, self._idle = home, answer, idle
        self._patience = patience.total_seconds()
        self._running: subprocess.Popen[bytes] | None = None
        self._until = 0.0

    @property
    def running(self) -> bool:
        """Whether one was begun whose end nobody has heard of."""
        return self._running is not None

    def begin(self, *words: str) -> None:
        """Runs `hub WORDS`. Raises `OSError`."""
        command = [sys.executable, "-m", "hub", *words, "--home", str(self._home), "--json"]
        self._answer.parent.mkdir(mode=0o700, exist_ok=True)
        with self._answer.open("wb") as said:
            self._running = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.DEVNULL
            )
        yield_to_others(self._running.pid, idle=self._idle)
        self._until = time.monotonic() + self._patience

    def ended(self) -> Ended | None:
        """What became of it, once; None while it runs."""
        if self._running is None:
            return None
        if self._running.poll() is None:
            if time.monotonic() > self._until:
                self._running.kill()  # its end is heard of at the next look
            return None
        code, self._running = self._running.returncode, None
        return Ended(code, self._said())

    def stop(self) -> None:
        """One under way is given up."""
        if self._running is not None:
            self._running.kill()
            with suppress(subprocess.TimeoutExpired):  # one that hangs in the kernel keeps no zone from ending
                self._running.wait(_KILLED)
            self._running = None

    def _said(self) -> Mapping[str, object]:
        with suppress(OSError, ValueError):
            said = json.loads(self._answer.read_bytes())
            return said if isinstance(said, dict) else {}
        return {}
