"""Finds entries by person: pseudonyms of a private part's subjects, keyed by its bucket (ADR 19). Entries from before have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds the table and its index."""
    secret = sa.ForeignKey("secrets.key_id")
    op.create_table(
        "pseudonyms",
        sa.Column("pseudonym", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("key_id", WHOLE, secret, primary_key=True, autoincrement=False, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("pseudonyms_secret", "pseudonyms", ["key_id"])
