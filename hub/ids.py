"""Message ids: UUIDv7 (RFC 9562 section 5.7) out of a time and bytes that never repeat, or out of what they stand for.

A derived id makes what follows from a cause repeatable: the same cause gives the same id after every crash, so the hub's
deduplication holds over it, and a plan can be written before anything runs.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

_TIME_BITS: Final = 48
_RANDOM_BITS: Final = 74


def uuid7(milliseconds: int, entropy: bytes) -> str:
    """The id of the Unix time `milliseconds` and the last 74 bits of `entropy`, of which it wants ten bytes or more.

    rand_a is the lowest 12 of these bits, rand_b the 62 above them. Raises `ValueError`.
    """
    if not 0 <= milliseconds < 1 << _TIME_BITS or len(entropy) * 8 < _RANDOM_BITS:
        raise ValueError("an id needs a time of 48 bits and ten bytes of entropy")
    random = int.from_bytes(entropy, "big")
    high = milliseconds << 16 | 0x7000 | random & 0x0FFF
    low = 0b10 << 62 | random >> 12 & ((1 << 62) - 1)
    return str(uuid.UUID(int=high << 64 | low))


def computed_id(milliseconds: int, *parts: str) -> str:
    """The id of that time whose other bits are SHA-256 over the parts, each behind its length (4 bytes, big-endian).

    Raises `ValueError` when there is no part, or the time has no 48 bits.
    """
    if not parts:
        raise ValueError("an id needs at least one part")
    texts = [part.encode() for part in parts]
    text = b"".join(len(one).to_bytes(4, "big") + one for one in texts)
    return uuid7(milliseconds, hashlib.sha256(text).digest())


def derived_id(first: str, *parts: str) -> str:
    """The id for which the message `first` and the parts stand; it bears the time of `first`.

    One of the parts must be `first` or name it. Raises `ValueError` when `first` is no UUIDv7.
    """
    cause = uuid.UUID(first)
    if cause.version != 7:
        raise ValueError("only a UUIDv7 can be derived from")
    return computed_id(cause.int >> (128 - _TIME_BITS), *parts)
