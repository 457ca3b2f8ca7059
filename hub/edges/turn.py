"""The turn at a home's journal: several processes of one host write one log, one after the other.

The kernel lets go of the lock (flock) when its holder dies, however it dies; what that one left half done is finished by
whoever comes next: a commit that happened is taken over from the signer's memory, one that did not leaves nothing.
The journal's own fence (`UPDATE log_head ... WHERE size = expected`) stays behind it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self

from hub.codes import jnl
from hub.edges.home import reason
from hub.errors import Unavailable
from hub.exchangelog.tree import Frontier
from hub.ports import Head

PATIENCE = 60.0  # seconds; a commit takes milliseconds, so whoever holds it longer hangs
_PAUSE = 0.0005


class Heir(Protocol):
    """Who must go on from the head that others left (`hub.edges.signer.FileSigner`)."""

    def take_over(self, size: int, root: bytes) -> None: ...


class FileTurn:
    """Fulfils `hub.ports.Turn` for the processes that open the same file. One thread of a process at a time."""

    def __init__(
        self,
        path: Path,
        head: Callable[[], Head],
        heir: Heir,
        begun: Callable[[Head], None],
        patience: float = PATIENCE,
    ) -> None:
        """`begun` hears the head at the beginning of each turn. Raises `Unavailable` when the file cannot be opened."""
        self._head = head
        self._heir = heir
        self._begun = begun
        self._patience = patience
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise Unavailable(jnl.FILE_FAILED, place=path.name, reason=reason(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @contextmanager
    def __call__(self) -> Iterator[Head | None]:
        """See `hub.ports.Turn`."""
        self._lock()
        try:
            head = self._head()
            self._heir.take_over(head.size, Frontier(head.size, head.edge).root)
            self._begun(head)
            yield head
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _lock(self) -> None:
        """A waiting flock cannot be given up after a while, so it is asked for again and again."""
        until = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Unavailable(jnl.LOCKED, place="turn") from None
                time.sleep(_PAUSE)
            except OSError as error:
                raise Unavailable(jnl.FILE_FAILED, place="turn", reason=reason(error)) from error
            else:
                return
