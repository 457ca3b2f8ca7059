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
