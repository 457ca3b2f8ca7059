"""Message ids: UUIDv7 (RFC 9562 section 5.7) out of a time and bytes that never repeat."""

from __future__ import annotations

import uuid

_TIME_BITS = 48


def uuid7(milliseconds: int, entropy: bytes) -> str:
    """The id of the Unix time `milliseconds` and the first ten bytes of `entropy`. Raises `ValueError` for fewer."""
    if len(entropy) < 10:
        raise ValueError("an id needs ten bytes of entropy")
    random = int.from_bytes(entropy[:10], "big")
    high = (milliseconds & ((1 << _TIME_BITS) - 1)) << 16 | 0x7000 | (random >> 68) & 0x0FFF
    low = 0b10 << 62 | random & ((1 << 62) - 1)
    return str(uuid.UUID(int=high << 64 | low))
