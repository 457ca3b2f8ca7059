"""The first schema: the log, and everything stored with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of PostgreSQL there was no release before collations stood here.
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
UNSETTLED = "state IN ('pending', 'delivered', 'held', 'failed')"
IN_LANE = sa.text(f"lane IS NOT NULL AND {UNSETTLED}")
READY = sa.text("leads = 1 AND state = 'pending'")


def upgrade() -> None:
    _log()
    _messages()
    _outgoing()


def _number(name: str, *more: sa.ForeignKey | sa.CheckConstraint, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, WHOLE, *more, primary_key=key, autoincrement=False, nullable=False)


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, WORDS, primary_key=key, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _entry(*, key: bool = False) -> sa.Column[int]:
    return _number("idx", sa.ForeignKey("log_entries.idx"), key=key)


def _log() -> None:
    op.create_table("log_entries", _number("idx", key=True), _bytes("leaf"), _bytes("leaf_hash"), sqlite_strict=True)
    op.create_table(
        "log_nodes",
        _number("level", key=True),
        _number("idx", key=True),
        _bytes("hash"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table("log_checkpoints", _number("size", key=True), _bytes("root"), _text("note"), sqlite_strict=True)
    op.create_table(
        "log_head",
        _number("id", sa.CheckConstraint("id = 1", name="one_row"), key=True),
        _number("size"),
        _bytes("edge"),
        _text("note"),
        _number("key_mark"),
        sqlite_strict=True,
    )


def _messages() -> None:
    op.create_table(
        "known",
        _text("message_id", key=True),
        _text("sender", key=True),
        _text("digest"),
        _entry(),
        _number("permit"),
        _text("code"),
        _text("receipt"),
        sqlite_strict=True,
    )
    op.create_table(
        "secrets",
        _number("key_id", key=True),
        _entry(),
        _text("slot"),
        _bytes("ciphertext"),
        sa.UniqueConstraint("idx", "slot", name="secrets_place"),
        sqlite_strict=True,
    )


def _outgoing() -> None:
    texts = ("message_id", "conversation_id", "type")
    op.create_table(
        "outgoing",
        _entry(key=True),
        *(_text(name) for name in texts),
        _number("version"),
        _text("sender"),
        _text("recipient"),
        sa.Column("lane", sa.LargeBinary),
        *(_text(name) for name in ("retention", "decided_on", "citation_digest")),
        sa.Column("expires_at", WHOLE),
        *(_text(name) for name in ("state", "code")),
        *(_number(name) for name in ("attempts", "next_at")),
        sa.Column("answer_idx", WHOLE),
        _number("leads"),
        sqlite_strict=True,
    )
    op.create_index(
        "outgoing_ready", "outgoing", ["recipient", "idx", "next_at"], sqlite_where=READY, postgresql_where=READY
    )
    op.create_index(
        "outgoing_lane", "outgoing", ["recipient", "lane", "idx"], sqlite_where=IN_LANE, postgresql_where=IN_LANE
    )
    op.create_table(
        "tally",
        _text("recipient", key=True),
        _text("state", key=True),
        _number("deliveries"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stamps", _number("idx", sa.ForeignKey("outgoing.idx"), key=True), _text("stamp"), sqlite_strict=True
    )
