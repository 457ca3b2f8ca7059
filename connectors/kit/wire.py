"""The partner wire of the Spine: frames (`hub.framing`) over a Unix socket of mode 0600.

No real partner speaks it: CS, コンビニ交付 and 中間サーバー have formats of their own that are not public, and adapters for
them come with a later issue. A socket's path may be longer than the 107 bytes of sun_path (unix(7)): it is reached by
way of its directory's descriptor.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub import framing

Json = Mapping[str, Any]


def send(connection: socket.socket, message: Json) -> None:
    """Writes one frame. Raises `OSError` (`framing.BrokenFrame`) when it would be too long or the connection fails."""
    connection.sendall(framing.encode(message))


def receive(connection: socket.socket) -> Json | None:
    """Reads one frame; None when the other side closed between frames. Raises `OSError` for anything else."""
    return framing.read(connection.recv)


@contextmanager
def address(path: Path) -> Iterator[str]:
    """A short name for a socket path of any length, good inside the block."""
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
