"""How deliveries stand, as persons are shown it: what waits for them, and one message by its id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from hub.edges.journal.conditions import in_lane
from hub.edges.journal.conditions import stopped as is_stopped
from hub.edges.journal.tables import KNOWN, OUTGOING
from hub.edges.prepared import Prepared
from hub.ports import STOPPED, Standing

_LATER = OUTGOING.alias("later")
_BEHIND = (
    select(func.count())
    .select_from(_LATER)
    .where(
        _LATER.c.recipient == OUTGOING.c.recipient,
        _LATER.c.lane == OUTGOING.c.lane,
        _LATER.c.idx > OUTGOING.c.idx,
        in_lane(_LATER),
    )
    .scalar_subquery()
)
_STANDING = select(
    OUTGOING.c.idx,
    OUTGOING.c.message_id,
    KNOWN.c.digest,
    OUTGOING.c.type,
    OUTGOING.c.sender,
    OUTGOING.c.recipient,
    OUTGOING.c.state,
    OUTGOING.c.code,
    OUTGOING.c.answer_idx,
    _BEHIND,
).join(KNOWN, (KNOWN.c.message_id == OUTGOING.c.message_id) & (KNOWN.c.sender == OUTGOING.c.sender))
_ALL_STOPPED = Prepared(_STANDING.where(is_stopped(OUTGOING)).order_by(OUTGOING.c.idx))
_OF_MESSAGE = Prepared(
    _STANDING.where(KNOWN.c.message_id == bindparam("message_id"), KNOWN.c.idx == OUTGOING.c.idx).order_by(
        OUTGOING.c.idx
    )
)


def stopped(connection: Connection) -> tuple[Standing, ...]:
    """The deliveries that wait for persons, by log index."""
    return tuple(map(_standing, _ALL_STOPPED.one(connection, {})))


def of_message(connection: Connection, message_id: str) -> tuple[Standing, ...]:
    """The deliveries of this message id, which whoever asks may have made up."""
    if "\0" in message_id:  # no text that PostgreSQL could look for
        return ()
    return tuple(map(_standing, _OF_MESSAGE.one(connection, {"message_id": message_id})))


def _standing(row: Sequence[Any]) -> Standing:
    index, message_id, digest, type_, sender, recipient, state, code, by, behind = row
    hold = by if state in STOPPED else None
    return Standing(index, message_id, digest, type_, sender, recipient, state, code, hold, behind)
