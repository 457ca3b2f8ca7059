"""Remembers which messages end others until they have done it, so that a crash between the two loses nothing (S39)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ENDING = sa.text("ends IS NOT NULL")


def upgrade() -> None:
    """Adds the column and its index. What an older release recorded has ended what it ends, or never will."""
    op.add_column("outgoing", sa.Column("ends", WORDS))
    op.create_index("outgoing_ending", "outgoing", ["idx"], sqlite_where=ENDING, postgresql_where=ENDING)
