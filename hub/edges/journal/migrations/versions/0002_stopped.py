"""Finds the deliveries that wait for persons without walking through all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STOPPED = sa.text("state IN ('held', 'failed')")


def upgrade() -> None:
    """Adds the index."""
    op.create_index("outgoing_stopped", "outgoing", ["idx"], sqlite_where=STOPPED, postgresql_where=STOPPED)
