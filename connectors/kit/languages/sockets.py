"""Unix sockets of mode 0600 for the languages that are spoken over one: the caller's line, and the door of a simulator.

Every wait ends: a partner that has taken the connection and says nothing, or one byte a minute, is a partner that is down.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from connectors.kit import wire

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

CRASHED: Final = 70
_T = TypeVar("_T")


class Line(socket.socket):
    """A connection to a partner. All sending and receiving since the last `renew` takes `patience` seconds at most."""

    def __init__(self, path: Path, patience: float) -> None:
        """Raises `OSError` when nobody listens at `path`."""
        super().__init__(socket.AF_UNIX, socket.SOCK_STREAM)
        self._patience = patience
        self._end = 0.0
        try:
            self.renew()
            self.settimeout(patience)
            with wire.address(path) as address:
                self.connect(address)
        except OSError:
            self.close()
            raise

    def renew(self) -> None:
        """The next exchange begins now."""
        self._end = time.monotonic() + self._patience

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        self._hasten()
        return super().recv(size, flags)

    def recv_into(self, buffer: WriteableBuffer, size: int = 0, flags: int = 0, /) -> int:
        self._hasten()
        return super().recv_into(buffer, size, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        self._hasten()
        super().sendall(data, flags)

    def _hasten(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


def remade(exchange: Callable[[], _T], *, kept: bool) -> _T:
    """One exchange; once more if the connection was `kept` from an earlier one and broke: every question may be repeated.

    Raises `OSError` when the connection broke for good or the time is over.
    """
    try:
        return exchange()
    except ConnectionError:
        if not kept:
            raise
    return exchange()


class Door:
    """Where a simulator listens; each caller gets a thread in which `converse` speaks with it until it is gone."""

    def __init__(self, path: Path, converse: Callable[[socket.socket], None]) -> None:
        """The caller holds the ledgers, so a socket file that is there already belongs to nobody.

        `converse` may raise `OSError`; anything else ends the process.
        """
        self._path = path
        self._converse = converse
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
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept()

    def close(self) -> None:
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _speak(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                self._converse(connection)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is not the caller's fault
            crash(error)


def crash(error: BaseException) -> NoReturn:
    """Ends a simulator whose memory may be ahead of its ledger: only a restart is safe."""
    print(f"simulator crashed: {type(error).__name__}", file=sys.stderr, flush=True)  # noqa: T201 - its operator's console
    os._exit(CRASHED)
