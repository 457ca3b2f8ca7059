"""Frames over a Unix socket: how a command talks to the process that owns a home.

The socket is 0600 in a directory of the home, so the operating system says who may speak. A path longer than the 108
bytes of `sun_path` is reached through /proc/self/fd.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hub import framing
from hub.codes import zon
from hub.errors import Unavailable
from hub.framing import Message

__all__ = ["Client", "Message", "Server"]

_PATH_LIMIT: Final = 100


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name for `path` that fits into sun_path while the block runs."""
    if len(os.fsencode(path)) <= _PATH_LIMIT:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


class Client:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path, timeout: float | None = 60.0) -> None:
        """Raises `Unavailable` when nobody listens at `path`."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            with _address(path) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise Unavailable(zon.OWNER_SILENT) from error

    def call(self, request: Message) -> dict[str, object]:
        """One request, one reply. Raises `Unavailable` when the connection breaks; it is then useless."""
        try:
            self._socket.sendall(framing.encode(request))
            reply = framing.read(self._socket.recv)
        except OSError as error:
            raise Unavailable(zon.OWNER_SILENT) from error
        if reply is None:
            raise Unavailable(zon.OWNER_SILENT)
        return reply

    def close(self) -> None:
        self._socket.close()


class Server:
    """Accepts connections, a thread each, and answers every frame by `handle`; `close` ends all of them."""

    def __init__(self, path: Path, handle: Callable[[Message], Message]) -> None:
        self._path = path
        self._handle = handle
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        path.unlink(missing_ok=True)  # the home's lock is held: what lies here was left by a killed owner
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _address(path) as address:
            old = os.umask(0o177)
            try:
                self._listener.bind(address)
            finally:
                os.umask(old)
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._accept, name=f"socket {path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops listening and breaks every connection."""
        self._path.unlink(missing_ok=True)
        self._listener.close()
        with self._lock:
            connections = tuple(self._open)
        for connection in connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while (request := framing.read(connection.recv)) is not None:
                connection.sendall(framing.encode(self._handle(request)))
        except (OSError, ValueError):
            pass  # a broken peer loses its connection, nothing else
        finally:
            connection.close()
            with self._lock:
                self._open.discard(connection)
