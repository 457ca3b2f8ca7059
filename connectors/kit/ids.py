"""Message ids: UUIDv7 (RFC 9562 section 5.7), new ones from a time and random bytes, derived ones from an earlier id.

A derived id makes what follows from a message repeatable: the same cause gives the same id after every crash, so the
hub's deduplication holds over it, and a plan can be written before anything runs.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime

_TIME_BITS = 48
_RANDOM_BITS = 74


def new_id(moment: datetime, entropy: bytes) -> str:
    """An id of the aware time `moment` and ten or more bytes that never repeat."""
    if moment.tzinfo is None or len(entropy) * 8 < _RANDOM_BITS:
        raise ValueError("an id needs an aware time and ten bytes of entropy")
    return _uuid7(int(moment.timestamp() * 1000), int.from_bytes(entropy, "big"))


def derived_id(first: str, *parts: str) -> str:
    """The id for which the message `first` and the parts stand; it bears the time of `first`.

    The random bits come from SHA-256 over the parts, each length-prefixed; one of them must be `first` or name it.
    """
    cause = uuid.UUID(first)
    if cause.version != 7:
        raise ValueError("only a UUIDv7 can be derived from")
    text = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return _uuid7(cause.int >> (128 - _TIME_BITS), int.from_bytes(hashlib.sha256(text).digest(), "big"))


def follow_up_id(cause: str, recipient: str) -> str:
    """The id of the one message that a connector sends on to `recipient` because it handled the message `cause`."""
    return derived_id(cause, "onward", cause, recipient)


def answer_id(endpoint: str, sender: str, answered: Sequence[str]) -> str:
    """The id of `endpoint`'s answer to these messages of `sender`, in the order of the answer's lines."""
    return derived_id(answered[0], "answer", endpoint, sender, *answered)


def _uuid7(milliseconds: int, random: int) -> str:
    if not 0 <= milliseconds < 1 << _TIME_BITS:
        raise ValueError("the time of an id has 48 bits")
    high = milliseconds << 16 | 0x7000 | random & 0x0FFF
    low = 0b10 << 62 | random >> 12 & ((1 << 62) - 1)
    return str(uuid.UUID(int=high << 64 | low))
