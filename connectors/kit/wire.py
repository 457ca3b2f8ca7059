"""The partner wire of the Spine: JSON objects behind a four-byte length, over a Unix socket of mode 0600.

No real partner speaks it: CS, コンビニ交付 and 中間サーバー have formats of their own that are not public, and adapters for
them come with a later issue. A socket's path may be longer than the 107 bytes of sun_path (unix(7)): it is reached by
way of its directory's descriptor.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MAX_FRAME = 64 * 1024 * 1024
_LENGTH = 4

Json = Mapping[str, Any]


class WireBroken(ConnectionError):
    """The other side is gone, or what it sent is not a frame."""


def send(connection: socket.socket, message: Json) -> None:
    """Writes one frame. Raises `WireBroken` when it would be too long, `OSError` when the connection fails."""
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    if len(data) > MAX_FRAME:
        raise WireBroken("frame too long")
    connection.sendall(len(data).to_bytes(_LENGTH, "big") + data)


def receive(connection: socket.socket) -> Json | None:
    """Reads one frame; None when the other side closed between frames. Raises `WireBroken` for anything else."""
    head = _read(connection, _LENGTH)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > MAX_FRAME:
        raise WireBroken("broken frame")
    data = _read(connection, length)
    if len(data) < length:
        raise WireBroken("broken frame")
    try:
        message = json.loads(data)
    except ValueError as error:
        raise WireBroken("not JSON") from error
    if not isinstance(message, dict):
        raise WireBroken("not an object")
    return message


@contextmanager
def address(path: Path) -> Iterator[str]:
    """A short name for a socket path of any length, good inside the block."""
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def _read(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
