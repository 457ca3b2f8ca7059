"""One server's process under its watcher, as its owner sees it: start, signal, wait, gone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scripts.servers import watch
from scripts.servers.account import Account
from scripts.servers.errors import ServerError
from scripts.servers.root import Root


class Process:
    """A started server; `pid` is the server's own. When it ends, all it started ends too, by its watcher's hand.

    It runs in `folder`, which is the account's, and what it prints goes to a log beside it.
    """

    def __init__(
        self, command: Sequence[str], *, root: Root, account: Account, environment: Mapping[str, str], folder: Path
    ) -> None:
        self.log = folder.with_name(f"{folder.name}.log")
        remove = "" if root.keep else str(root.path)
        arguments = [str(os.getpid()), str(account.uid), str(account.gid), remove, *command]
        with self.log.open("ab") as output:
            self._watcher = subprocess.Popen(
                [sys.executable, "-I", "-S", watch.__file__, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,  # the terminal's Ctrl-C is for the owner, who stops servers in their order
            )
        try:
            said = self._watcher.stdout.readline() if self._watcher.stdout else b""
        except BaseException:  # told to stop while it was waited for: nobody else knows this watcher yet
            self._watcher.terminate()
            self.wait(30)
            raise
        if not said:
            self.wait(30)
            raise ServerError(f"{command[0]} was not started: {self.tail()}")
        self.pid = int(said)

    @property
    def alive(self) -> bool:
        return self._watcher.poll() is None

    def tree(self) -> list[int]:
        """The server and all that it started, now."""
        return watch.descendants(self._watcher.pid) if self.alive else []

    def send(self, number: signal.Signals) -> None:
        """To the server's own process."""
        if self.alive:
            os.kill(self.pid, number)

    def send_all(self, number: signal.Signals) -> None:
        """To the server and all that it started, the server first."""
        for pid in self.tree():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def wait(self, seconds: float) -> None:
        """Until the server and all that it started are gone; raises when they are not in time."""
        try:
            self._watcher.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ServerError(f"the process does not end: {self.tail()}") from None
        self._close()

    def kill(self) -> None:
        """SIGKILL; returns when the server and all that it started are gone."""
        self.send(signal.SIGKILL)
        self.wait(30)

    def until(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Waits until `ready`; raises with the end of the log when the server ends before or the time is over."""
        end = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                self.wait(1)
                raise ServerError(f"{what} has ended while it was waited for: {self.tail()}")
            if time.monotonic() > end:
                raise ServerError(f"{what} was not ready after {seconds:.0f} s: {self.tail()}")
            time.sleep(0.05)

    def tail(self) -> str:
        """The end of the log."""
        return self.log.read_text("utf-8", "replace")[-2000:] if self.log.exists() else "(no log)"

    def _close(self) -> None:
        if self._watcher.stdout:
            self._watcher.stdout.close()
