"""Rows of the database to values of `hub.ports` and back; what is not of its column's type is damage, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hub.codes import jnl
from hub.errors import IntegrityError
from hub.ports import CheckpointRow, EntryRow, Known, NodeRow, OutgoingRow, SettleRow

PLACE = "journal"
HASH_SIZE = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Value = TypeVar("Value", int, str, bytes)


def damaged(table: str) -> IntegrityError:
    """The error for a row that cannot have been written by this program."""
    return IntegrityError(jnl.DAMAGED, place=f"{PLACE}.{table}", reason="row")


def typed(value: object, kind: type[Value], table: str) -> Value:
    """`value` if it is of this type. STRICT tables promise it; a file edited by other means does not."""
    if type(value) is not kind:
        raise damaged(table)
    return value


def milliseconds(moment: datetime) -> int:
    """Since 1970 UTC; `moment` is aware."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(value: int) -> datetime:
    """The inverse of `milliseconds`."""
    return _EPOCH + value * _MILLISECOND


def expiry(value: int | None) -> datetime | None:
    """The moment of an `expires_at`, if there is one."""
    return None if value is None else moment(value)


def edge(blob: bytes, size: int) -> tuple[bytes, ...]:
    """The right edge of a tree of `size` leaves: one hash for each set bit."""
    if len(blob) != HASH_SIZE * size.bit_count():
        raise damaged("log_head")
    return tuple(blob[start : start + HASH_SIZE] for start in range(0, len(blob), HASH_SIZE))


def entry(row: Sequence[object]) -> EntryRow:
    index, leaf, leaf_hash = row
    table = "log_entries"
    return EntryRow(typed(index, int, table), typed(leaf, bytes, table), typed(leaf_hash, bytes, table))


def node(row: Sequence[object]) -> NodeRow:
    level, index, digest = row
    table = "log_nodes"
    return NodeRow(typed(level, int, table), typed(index, int, table), typed(digest, bytes, table))


def checkpoint(row: Sequence[object]) -> CheckpointRow:
    size, root, note = row
    table = "log_checkpoints"
    return CheckpointRow(typed(size, int, table), typed(root, bytes, table), typed(note, str, table))


def known(row: Sequence[object]) -> Known:
    sender, message_id, digest, index, permit, code, receipt = row
    table = "known"
    return Known(
        typed(sender, str, table),
        typed(message_id, str, table),
        typed(digest, str, table),
        typed(index, int, table),
        typed(permit, int, table) == 1,
        typed(code, str, table),
        typed(receipt, str, table),
    )


def known_values(row: Known) -> dict[str, object]:
    return {
        "sender": row.sender,
        "message_id": row.message_id,
        "digest": row.digest,
        "idx": row.index,
        "permit": int(row.permit),
        "code": row.code,
        "receipt": row.receipt,
    }


def outgoing_values(row: OutgoingRow) -> dict[str, object]:
    return {
        "idx": row.index,
        "message_id": row.message_id,
        "conversation_id": row.conversation_id,
        "type": row.type,
        "version": row.version,
        "sender": row.sender,
        "recipient": row.recipient,
        "lane": row.lane,
        "retention": row.retention,
        "decided_on": row.decided_on,
        "citation_digest": row.citation_digest,
        "expires_at": None if row.expires_at is None else milliseconds(row.expires_at),
        "state": "pending",
        "code": "",
        "attempts": 0,
        "next_at": 0,
        "answer_idx": None,
        "ends": " ".join(sorted(row.ends)) or None,
    }


def settle_values(row: SettleRow, *, waits: bool) -> dict[str, object]:
    """Bound to names of their own, which no column has (SQLAlchemy keeps those for itself)."""
    return {
        "which": row.index,
        "to_state": row.state,
        "to_code": row.code,
        "by": row.answer_index,
        "waits": int(waits),
    }
