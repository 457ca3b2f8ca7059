"""The tables of the key store: buckets with their wrapped keys, and the data keys wrapped under them. No plaintext key.

`buckets.wrapped` NULL marks a bucket whose key is destroyed and whose data keys are being deleted.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, text

VERSION = 1  # PRAGMA user_version
# SQLite uses a partial index only for the words of its condition, so they stand here once.
LIVE = "buckets.wrapped IS NOT NULL"
DOOMED = "doomed = 1"

metadata = MetaData()

STORE = Table(
    "store",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("next_key", Integer, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    sqlite_strict=True,
)

BUCKETS = Table(
    "buckets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("retention", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("wrapped", LargeBinary),
    sqlite_strict=True,
)
Index("buckets_live", BUCKETS.c.retention, BUCKETS.c.due, unique=True, sqlite_where=text("wrapped IS NOT NULL"))

DATA_KEYS = Table(
    "data_keys",
    metadata,
    Column("key_id", Integer, primary_key=True),
    Column("bucket", Integer, ForeignKey("buckets.id"), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("doomed", Integer, nullable=False),
    sqlite_strict=True,
)
Index("data_keys_bucket", DATA_KEYS.c.bucket)
Index("data_keys_doomed", DATA_KEYS.c.key_id, sqlite_where=text(DOOMED))
