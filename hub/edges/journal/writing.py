"""One commit's rows into the database, in one transaction that somebody else opened.

The head row goes last: in PostgreSQL it is the lock that writers share, held for the shortest time (design section 5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    ScalarSelect,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from hub.codes import jnl
from hub.edges.journal import parts, rows
from hub.edges.journal.conditions import in_lane, unsettled
from hub.edges.journal.tables import (
    KEYS_USED,
    KNOWN,
    LOG_CHECKPOINTS,
    LOG_ENTRIES,
    LOG_HEAD,
    LOG_NODES,
    OUTGOING,
    PSEUDONYMS,
    SECRETS,
    STAMPS,
)
from hub.edges.keystore import Sealed
from hub.edges.prepared import Prepared
from hub.errors import IntegrityError
from hub.messages import Part
from hub.ports import UNSETTLED, Commit, SettleRow

SLICE = 500  # values in one IN list
T = TypeVar("T")

# A delivery leads when nothing unsettled stands before it in its lane; without a lane it waits for nobody.
_EARLIER = (
    exists(literal_column("1"))
    .select_from(OUTGOING)
    .where(OUTGOING.c.recipient == bindparam("recipient"), OUTGOING.c.lane == bindparam("lane"), in_lane(OUTGOING))
    .correlate(None)
)
_ZERO: ColumnElement[int] = literal_column("0", Integer)
_ONE: ColumnElement[int] = literal_column("1", Integer)
# The cast tells PostgreSQL what a lane is, of which NULL says nothing.
_LEADS = case((or_(cast(bindparam("lane"), LargeBinary).is_(None), ~_EARLIER), _ONE), else_=_ZERO)
_INSERT_OUTGOING = Prepared(
    insert(OUTGOING).values(
        {**{column.name: bindparam(column.name) for column in OUTGOING.c if column.name != "leads"}, "leads": _LEADS}
    )
)
_INSERT_ENTRIES, _INSERT_NODES = Prepared(insert(LOG_ENTRIES)), Prepared(insert(LOG_NODES))
_INSERT_CHECKPOINT, _INSERT_KNOWN = Prepared(insert(LOG_CHECKPOINTS)), Prepared(insert(KNOWN))
_INSERT_SECRETS, _INSERT_STAMPS = Prepared(insert(SECRETS)), Prepared(insert(STAMPS))
_INSERT_PSEUDONYMS = Prepared(insert(PSEUDONYMS))

_SIZE = Prepared(select(LOG_HEAD.c.size))
_MOVE_HEAD = Prepared(
    update(LOG_HEAD)
    .where(LOG_HEAD.c.size == bindparam("expected"))
    .values(
        size=bindparam("to_size"),
        edge=bindparam("to_edge"),
        note=bindparam("to_note"),
    )
)
_USE_KEYS = Prepared(update(KEYS_USED).where(KEYS_USED.c.mark < bindparam("last")).values(mark=bindparam("last")))

_SETTLE = Prepared(
    update(OUTGOING)
    .where(OUTGOING.c.idx == bindparam("which"), unsettled(OUTGOING))
    .values(
        state=bindparam("to_state"),
        code=bindparam("to_code"),
        answer_idx=bindparam("by"),
        next_at=_ZERO,
        leads=OUTGOING.c.leads * bindparam("waits"),
    )
)

# One wording for SQLite and PostgreSQL, which Core has only apart.
_COUNT = Prepared(
    text(
        "INSERT INTO tally (recipient, state, deliveries) VALUES (:recipient, :state, :more)"
        " ON CONFLICT (recipient, state) DO UPDATE SET deliveries = tally.deliveries + excluded.deliveries"
    )
)

_SETTLED, _NEXT = OUTGOING.alias("settled"), OUTGOING.alias("next_one")


def _of_settled(column: ColumnElement[T]) -> ScalarSelect[T]:
    return select(column).where(_SETTLED.c.idx == bindparam("which")).scalar_subquery()


# Two questions for the lane and then one for its first: of a join PostgreSQL would read the whole lane to find the least.
_PROMOTE = Prepared(
    update(OUTGOING)
    .where(
        OUTGOING.c.idx
        == select(func.min(_NEXT.c.idx))
        .where(
            _NEXT.c.recipient == _of_settled(_SETTLED.c.recipient),
            _NEXT.c.lane == _of_settled(_SETTLED.c.lane),
            in_lane(_NEXT),
        )
        .scalar_subquery()
    )
    .values(leads=_ONE)
)

_RECLASS = Prepared(
    update(OUTGOING).where(OUTGOING.c.idx == bindparam("which")).values(retention=bindparam("to_class"))
)

_POSTPONE = Prepared(
    update(OUTGOING)
    .where(OUTGOING.c.idx == bindparam("which"), unsettled(OUTGOING))
    .values(attempts=OUTGOING.c.attempts + _ONE, next_at=bindparam("until"), code=bindparam("to_code"))
)


def store(connection: Connection, commit: Commit, sealed: Sequence[Sealed], erased: Sequence[int]) -> None:
    """Writes every row of `commit`; `sealed` are its secrets, `erased` the keys whose records go with it.

    Raises `IntegrityError` when the stored size is another, or a delivery to be settled does not wait.
    """
    _require_size(connection, commit.expected_size)
    _store_log(connection, commit)
    _store_messages(connection, commit, sealed)
    settle(connection, commit.settled)
    parts.tie(connection, commit.tied)
    reclassed = [row for row in commit.rebucketed if row.reclassed and row.slot == "body"]
    if reclassed:
        _RECLASS.many(connection, [{"which": row.index, "to_class": row.retention} for row in reclassed])
    if erased:
        erase(connection, erased)
    _store_head(connection, commit, max((secret.key_id for secret in sealed), default=0))


def keep(connection: Connection, sender: str, new: Sequence[Part], sealed: Sequence[Sealed]) -> None:
    """Writes parts of attachments, and that their keys have records."""
    parts.store(connection, sender, new, sealed)
    _USE_KEYS.one(connection, {"last": max(one.key_id for one in sealed)})


def settle(connection: Connection, settled: Sequence[SettleRow]) -> None:
    """Moves waiting deliveries, and lets the next of each lane lead where one is done."""
    if not settled:
        return
    before = _states(connection, [row.index for row in settled])
    moves = [rows.settle_values(row, waits=row.state in UNSETTLED) for row in settled]
    moved = _SETTLE.many(connection, moves)
    if moved != len(moves):
        raise IntegrityError(jnl.NOT_WAITING, count=len(moves) - moved)
    _promote(connection, [row.index for row in settled if row.state not in UNSETTLED])
    changes = Counter((before[row.index][0], row.state) for row in settled)
    changes.subtract(Counter(before.values()))
    _count(connection, changes)


def postpone(connection: Connection, index: int, until: datetime, code: str) -> None:
    """Counts an attempt and backs off; a delivery that does not wait any more stays as it is."""
    _POSTPONE.one(connection, {"which": index, "until": rows.milliseconds(until), "to_code": code})


def finish(connection: Connection, endings: Sequence[int]) -> None:
    """These messages end nothing any more."""
    for some in slices(endings):
        connection.execute(update(OUTGOING).where(OUTGOING.c.idx.in_(some)).values(ends=None))


def erase(connection: Connection, key_ids: Sequence[int]) -> None:
    """Deletes these ciphertexts, and ends the deliveries that still wait for such a body: nothing waits without one."""
    for some in slices(key_ids):
        chosen = SECRETS.c.key_id.in_(some)
        bodies = select(SECRETS.c.idx).where(chosen, SECRETS.c.slot == "body")
        waiting = select(OUTGOING.c.idx).where(OUTGOING.c.idx.in_(bodies), unsettled(OUTGOING))
        ended = [SettleRow(index, "expired", jnl.BODY_ERASED.id) for index in connection.scalars(waiting)]
        settle(connection, ended)
        connection.execute(delete(PSEUDONYMS).where(PSEUDONYMS.c.key_id.in_(some)))
        connection.execute(delete(SECRETS).where(chosen))
        parts.erase(connection, some)


def slices(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts short enough for one IN list."""
    for start in range(0, len(values), SLICE):
        yield values[start : start + SLICE]


def _states(connection: Connection, indexes: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Recipient and state of these deliveries."""
    columns = (OUTGOING.c.idx, OUTGOING.c.recipient, OUTGOING.c.state)
    return {
        index: (recipient, state)
        for some in slices(indexes)
        for index, recipient, state in connection.execute(select(*columns).where(OUTGOING.c.idx.in_(some)))
    }


def _count(connection: Connection, changes: Mapping[tuple[str, str], int]) -> None:
    rows_ = [{"recipient": name, "state": state, "more": more} for (name, state), more in changes.items() if more]
    if rows_:
        _COUNT.many(connection, rows_)


def _promote(connection: Connection, settled: Sequence[int]) -> None:
    if settled:
        _PROMOTE.many(connection, [{"which": index} for index in settled])


def _require_size(connection: Connection, expected: int) -> None:
    stored = rows.typed(_SIZE.one(connection, {}).scalar(), int, "log_head")
    if stored != expected:
        raise IntegrityError(jnl.SIZE_DIFFERS, stored=stored, expected=expected)


def _store_log(connection: Connection, commit: Commit) -> None:
    _INSERT_ENTRIES.many(
        connection, [{"idx": row.index, "leaf": row.leaf, "leaf_hash": row.leaf_hash} for row in commit.entries]
    )
    _INSERT_NODES.many(connection, [{"level": row.level, "idx": row.index, "hash": row.hash} for row in commit.nodes])
    head = commit.checkpoint
    _INSERT_CHECKPOINT.one(connection, {"size": head.size, "root": head.root, "note": head.note})


def _store_messages(connection: Connection, commit: Commit, sealed: Sequence[Sealed]) -> None:
    if commit.known:
        _INSERT_KNOWN.many(connection, [rows.known_values(row) for row in commit.known])
    if sealed:
        _INSERT_SECRETS.many(connection, [_secret_values(secret) for secret in sealed])
        if names := [{"pseudonym": one, "key_id": secret.key_id} for secret in sealed for one in secret.pseudonyms]:
            _INSERT_PSEUDONYMS.many(connection, names)
    if commit.outgoing:
        _INSERT_OUTGOING.many(connection, [rows.outgoing_values(row) for row in commit.outgoing])
        _INSERT_STAMPS.many(connection, [{"idx": row.index, "stamp": row.stamp} for row in commit.outgoing])
        _count(connection, Counter((row.recipient, "pending") for row in commit.outgoing))


def _secret_values(secret: Sealed) -> dict[str, object]:
    return {
        "key_id": secret.key_id,
        "idx": secret.index,
        "slot": secret.slot,
        "ciphertext": secret.ciphertext,
    }


def _store_head(connection: Connection, commit: Commit, last_key: int) -> None:
    if last_key:
        _USE_KEYS.one(connection, {"last": last_key})
    head = {
        "to_size": commit.checkpoint.size,
        "to_edge": b"".join(commit.edge),
        "to_note": commit.checkpoint.note,
        "expected": commit.expected_size,
    }
    if _MOVE_HEAD.one(connection, head).rowcount != 1:
        raise IntegrityError(jnl.SIZE_DIFFERS, stored=-1, expected=commit.expected_size)
