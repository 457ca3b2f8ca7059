"""Finds the deliveries that wait for persons without walking through all others; and `log_*` is of the log alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STOPPED = sa.text("state IN ('held', 'failed')")


def upgrade() -> None:
    """Adds the index, and moves the mark of the data keys out of `log_head`, where no verification could recompute it."""
    op.create_index("outgoing_stopped", "outgoing", ["idx"], sqlite_where=STOPPED, postgresql_where=STOPPED)
    op.create_table(
        "keys_used",
        sa.Column(
            "id",
            WHOLE,
            sa.CheckConstraint("id = 1", name="one_row"),
            primary_key=True,
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("mark", WHOLE, nullable=False),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO keys_used (id, mark) SELECT id, key_mark FROM log_head")
    op.drop_column("log_head", "key_mark")
    if op.get_context().dialect.name == "postgresql":
        _postgresql()


def _postgresql() -> None:
    """Of PostgreSQL there was no release before this stood here.

    Ciphertext does not compress, so nothing tries to (a sixth of the server's work for a commit). Rows that are rewritten
    leave dead ones behind that every look at the queue walks past: they are swept early, and not in proportion to the log.
    """
    op.execute("ALTER TABLE secrets ALTER ciphertext SET STORAGE EXTERNAL")
    for table in ("outgoing", "tally", "log_head", "keys_used"):
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
            " autovacuum_analyze_scale_factor = 0.02)"
        )
