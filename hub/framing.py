"""Frames: JSON objects behind a length, as every stream of this house carries them (home's socket, partner wire).

One frame = 4 bytes big-endian length, then UTF-8 JSON. Whoever has the stream hands in its reading function.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

MAX_FRAME: Final = 96 * 1024 * 1024
_LENGTH: Final = 4
_PIECE: Final = 1 << 20

Message = Mapping[str, object]


class BrokenFrame(ConnectionError):
    """The stream ended inside a frame, or what stands there is no frame: the connection is useless."""


def encode(message: Message) -> bytes:
    """One frame. Raises `BrokenFrame` when it would be longer than `MAX_FRAME`, or holds text that is no Unicode."""
    try:
        data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        raise BrokenFrame("not Unicode") from None  # the error itself would quote the message
    if len(data) > MAX_FRAME:
        raise BrokenFrame("frame too long")
    return len(data).to_bytes(_LENGTH, "big") + data


def read(receive: Callable[[int], bytes]) -> dict[str, object] | None:
    """One frame; None when the stream ended before one began. `receive(n)` gives up to n bytes, none at the end.

    Raises `BrokenFrame` for all that is not one whole frame with one JSON object, and whatever `receive` raises.
    """
    head = _exactly(receive, _LENGTH)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > MAX_FRAME:
        raise BrokenFrame("broken frame")
    data = _exactly(receive, length)
    if len(data) < length:
        raise BrokenFrame("broken frame")
    return _object(data)


def _object(data: bytes) -> dict[str, object]:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise BrokenFrame("not JSON") from None
    if not isinstance(message, dict):
        raise BrokenFrame("not an object")
    return message


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes:
    """`size` bytes, or fewer when the stream ended."""
    parts: list[bytes] = []
    while size and (part := receive(min(size, _PIECE))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
