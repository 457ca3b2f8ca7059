"""Which deliveries are ready: the first unsettled one of each lane, found by index whatever waits behind it.

Recipients share `limit` in turns, so a recipient with a million waiting deliveries takes no place from another.

BUG: deliveries that back off are skipped one by one, so a recipient whose every lane backs off costs about 0.07 us each.
The dispatcher leaves a recipient out that is down, which keeps that number small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice, zip_longest

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, literal_column, select, union_all

from hub.edges.journal import rows
from hub.edges.journal.conditions import ready as is_ready
from hub.edges.journal.conditions import stopped
from hub.edges.journal.tables import KNOWN, OUTGOING, SECRETS, STAMPS
from hub.edges.keystore import Sealed
from hub.edges.prepared import Prepared
from hub.messages import Delivery
from hub.ports import Ending, Pending

# The recipients for whom anything is ready, each found by one step in the index ("loose index scan").
_FIRST = (
    select(func.min(OUTGOING.c.recipient).label("recipient")).where(is_ready(OUTGOING)).cte("names", recursive=True)
)
_NAMES = _FIRST.union_all(
    select(
        select(func.min(OUTGOING.c.recipient))
        .where(is_ready(OUTGOING), OUTGOING.c.recipient > _FIRST.c.recipient)
        .correlate(_FIRST)
        .scalar_subquery()
    ).where(_FIRST.c.recipient.is_not(None))
)
_RECIPIENTS = Prepared(select(_NAMES.c.recipient).where(_NAMES.c.recipient.is_not(None)))

_INDEXES = Prepared(
    select(OUTGOING.c.idx)
    .where(OUTGOING.c.recipient == bindparam("to"), is_ready(OUTGOING), OUTGOING.c.next_at <= bindparam("now"))
    .order_by(OUTGOING.c.idx)
    .limit(bindparam("most"))
    .offset(literal_column("0"))  # SQLAlchemy's SQLite dialect else adds an anonymous value of its own
)

_COUNT = Prepared(
    select(func.count()).where(
        OUTGOING.c.recipient == bindparam("to"), is_ready(OUTGOING), OUTGOING.c.next_at <= bindparam("now")
    )
)
# By the memory's key: deliveries have no index by message id.
_OF_MESSAGE = Prepared(
    select(OUTGOING.c.idx)
    .join(KNOWN, KNOWN.c.idx == OUTGOING.c.idx)
    .where(KNOWN.c.message_id == bindparam("message_id"), OUTGOING.c.recipient == bindparam("to"), is_ready(OUTGOING))
    .order_by(OUTGOING.c.idx)
)

# A delivery without a lane leads as long as it waits, so two partial indexes find it in either state.
_OF_TYPES = and_(
    OUTGOING.c.sender == bindparam("by"),
    OUTGOING.c.recipient == bindparam("to"),
    OUTGOING.c.type.in_(bindparam("types", expanding=True)),
    OUTGOING.c.lane.is_(None),
    OUTGOING.c.idx < bindparam("before"),
)
_WITHOUT_LANE = union_all(
    select(OUTGOING.c.idx).where(is_ready(OUTGOING), _OF_TYPES),
    select(OUTGOING.c.idx).where(stopped(OUTGOING), _OF_TYPES),
)

_ENDINGS = Prepared(
    select(*(OUTGOING.c[name] for name in ("idx", "sender", "recipient", "ends", "state", "code")))
    .where(OUTGOING.c.ends.is_not(None))
    .order_by(OUTGOING.c.idx)
)

_ROWS = (
    select(OUTGOING, STAMPS.c.stamp, SECRETS.c.key_id, SECRETS.c.ciphertext)
    .join(STAMPS, STAMPS.c.idx == OUTGOING.c.idx)
    .join(SECRETS, (SECRETS.c.idx == OUTGOING.c.idx) & (SECRETS.c.slot == "body"))
    .where(OUTGOING.c.idx.in_(bindparam("chosen", expanding=True)))
    .order_by(OUTGOING.c.idx)
)


def choose(
    connection: Connection, recipients: Collection[str], busy: Collection[int], now: datetime, limit: int
) -> tuple[int, ...]:
    """The log indexes of at most `limit` ready deliveries, in order."""
    wanted = frozenset(recipients)
    names = [name for (name,) in _RECIPIENTS.one(connection, {}) if name in wanted]
    most = {"now": rows.milliseconds(now), "most": limit + len(busy)}
    queues = [[index for (index,) in _INDEXES.one(connection, {"to": name, **most})] for name in names]
    return tuple(sorted(islice(_in_turns(queues, frozenset(busy)), limit)))


def count(connection: Connection, recipient: str, now: datetime) -> int:
    """How many deliveries are ready for this recipient."""
    return int(_COUNT.one(connection, {"to": recipient, "now": rows.milliseconds(now)}).scalar_one())


def of_message(connection: Connection, message_id: str, recipient: str) -> tuple[int, ...]:
    """The log indexes of the ready deliveries of this message id, which whoever asks may have made up."""
    if "\0" in message_id + recipient:  # no text that PostgreSQL could look for
        return ()
    return tuple(index for (index,) in _OF_MESSAGE.one(connection, {"message_id": message_id, "to": recipient}))


def without_lane(
    connection: Connection, sender: str, recipient: str, types: Collection[str], before: int
) -> tuple[int, ...]:
    """The log indexes of what waits of these types, to be handed over or for persons."""
    names = {"by": sender, "to": recipient, "types": sorted(types), "before": before}
    return tuple(sorted(connection.scalars(_WITHOUT_LANE, names)))


def endings(connection: Connection) -> tuple[Ending, ...]:
    """The messages that end others and are not done with it."""
    return tuple(
        Ending(index, sender, recipient, frozenset(types.split()), state, code)
        for index, sender, recipient, types, state, code in _ENDINGS.one(connection, {})
    )


def fetch(connection: Connection, indexes: Sequence[int]) -> tuple[tuple[Pending, Sealed], ...]:
    """The chosen deliveries, their bodies still sealed (`Delivery.raw` is empty)."""
    found = connection.execute(_ROWS, {"chosen": list(indexes)}).mappings()
    return tuple((_pending(row), Sealed(row["idx"], "body", row["key_id"], row["ciphertext"])) for row in found)


def _in_turns(queues: Sequence[Sequence[int]], busy: frozenset[int]) -> Iterator[int]:
    free = [[index for index in queue if index not in busy] for queue in queues]
    return (index for index in chain.from_iterable(zip_longest(*free)) if index is not None)


def _pending(row: RowMapping) -> Pending:
    return Pending(
        delivery=Delivery(
            index=row["idx"],
            message_id=row["message_id"],
            type=row["type"],
            version=row["version"],
            sender=row["sender"],
            recipient=row["recipient"],
            lane=row["lane"] or b"",
            raw=b"",
            stamp=row["stamp"],
            attempt=row["attempts"] + 1,
        ),
        conversation_id=row["conversation_id"],
        retention=row["retention"],
        decided_on=row["decided_on"],
        citation_digest=row["citation_digest"],
        expires_at=rows.expiry(row["expires_at"]),
    )
