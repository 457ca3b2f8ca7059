"""Keeps attachments: their parts as they come, loose until the message that signs them is recorded (ADR 14)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LOOSE, TIED = sa.text("idx IS NULL"), sa.text("idx IS NOT NULL")
PLACE = ("message", "sender", "sha256", "size", "position")


def upgrade() -> None:
    """Adds the tables and their indexes."""
    op.create_table(
        "parts",
        sa.Column("key_id", WHOLE, primary_key=True, autoincrement=False, nullable=False),
        *(sa.Column(name, WORDS, nullable=False) for name in PLACE[:3]),
        *(sa.Column(name, WHOLE, nullable=False) for name in PLACE[3:]),
        sa.Column("idx", WHOLE, sa.ForeignKey("log_entries.idx")),
        sa.UniqueConstraint(*PLACE, name="parts_place"),
        sqlite_strict=True,
    )
    key = sa.ForeignKey("parts.key_id")
    op.create_table(
        "part_contents",
        sa.Column("key_id", WHOLE, key, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("parts_loose", "parts", ["sender"], sqlite_where=LOOSE, postgresql_where=LOOSE)
    op.create_index("parts_entry", "parts", ["idx"], sqlite_where=TIED, postgresql_where=TIED)
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE part_contents ALTER ciphertext SET STORAGE EXTERNAL")
