"""The last line of every file of the language `files`: how many records stand before it, and the digest of all before it.

    T,<件数, 8 digits>,<SHA-256, 64 hex>CRLF

Whoever reads knows by it that the file is whole; it is no protection against whoever may write into the folder.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_TRAILER: Final = re.compile(rb"T,([0-9]{8}),([0-9a-f]{64})\r\n")
_LENGTH: Final = 2 + 8 + 1 + 64 + 2
MOST: Final = 10**8 - 1


def closed(before: bytes, count: int) -> bytes:
    """`before` and its trailer. Raises `ValueError` for a count of more than eight digits."""
    if not 0 <= count <= MOST:
        raise ValueError("a count of eight digits")
    return before + f"T,{count:08},{hashlib.sha256(before).hexdigest()}\r\n".encode("ascii")


def opened(data: bytes) -> tuple[bytes, int]:
    """What stands before the trailer, and the count. Raises `ValueError`, naming the rule, for a file that is not whole."""
    before, last = data[:-_LENGTH], data[-_LENGTH:]
    found = _TRAILER.fullmatch(last)
    if found is None:
        raise ValueError("trailer")
    if hashlib.sha256(before).hexdigest() != found[2].decode("ascii"):
        raise ValueError("checksum")
    return before, int(found[1])
