"""Message ids as connectors make them (`hub.ids`): new ones, and those of what follows from a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.ids import computed_id, derived_id, uuid7

__all__ = ["answer_id", "computed_id", "derived_id", "follow_up_id", "new_id"]


def new_id(moment: datetime, entropy: bytes) -> str:
    """An id of the aware time `moment` and ten or more bytes that never repeat."""
    if moment.tzinfo is None:
        raise ValueError("an id needs an aware time")
    return uuid7(int(moment.timestamp() * 1000), entropy)


def follow_up_id(cause: str, recipient: str) -> str:
    """The id of the one message that a connector sends on to `recipient` because it handled the message `cause`."""
    return derived_id(cause, "onward", cause, recipient)


def answer_id(endpoint: str, sender: str, answered: Sequence[str]) -> str:
    """The id of `endpoint`'s answer to these messages of `sender`, in the order of the answer's lines."""
    return derived_id(answered[0], "answer", endpoint, sender, *answered)
