"""The journal's tables as SQLAlchemy Core values; migrations/ makes them (tests hold both to each other).

`log_*` hold only what `hub log verify` recomputes. Times are milliseconds since 1970 UTC. One schema for SQLite and
PostgreSQL; SQLite's are STRICT, so that a column holds its type or nothing.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

# BIGINT in PostgreSQL; INTEGER in SQLite, where only that word makes a column the row's own number.
Whole = BigInteger().with_variant(Integer(), "sqlite")
# In order of bytes, as SQLite's is: recipients take turns in the same order, and no update of the system's locales breaks
# an index (wiki.postgresql.org/wiki/Locale_data_changes).
Words = Text().with_variant(Text(collation="C"), "postgresql")

# A partial index serves only a query that repeats its condition word for word, so each stands here once.
UNSETTLED = "state IN ('pending', 'delivered', 'held', 'failed')"
IN_LANE = f"lane IS NOT NULL AND {UNSETTLED}"
STOPPED = "state IN ('held', 'failed')"
READY = "leads = 1 AND state = 'pending'"
ENDING = "ends IS NOT NULL"
LOOSE = "idx IS NULL"
TIED = "idx IS NOT NULL"

metadata = MetaData()

LOG_ENTRIES = Table(
    "log_entries",
    metadata,
    Column("idx", Whole, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    sqlite_strict=True,
)

LOG_NODES = Table(
    "log_nodes",
    metadata,
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("idx", Whole, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

LOG_CHECKPOINTS = Table(
    "log_checkpoints",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Words, nullable=False),
    sqlite_strict=True,
)

# The tree's right edge for the next append, derived from the above.
LOG_HEAD = Table(
    "log_head",
    metadata,
    Column("id", Whole, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("size", Whole, nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("note", Words, nullable=False),
    sqlite_strict=True,
)

# The last data key that a commit used; `log_*` holds nothing that verification does not recompute.
KEYS_USED = Table(
    "keys_used",
    metadata,
    Column("id", Whole, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("mark", Whole, nullable=False),
    sqlite_strict=True,
)

# The message id leads the key: a batch is looked up in one IN list, and UUIDv7 appends at the index's end.
KNOWN = Table(
    "known",
    metadata,
    Column("message_id", Words, primary_key=True),
    Column("sender", Words, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("idx", Whole, ForeignKey("log_entries.idx"), nullable=False),
    Column("permit", Whole, nullable=False),
    Column("code", Words, nullable=False),
    Column("receipt", Words, nullable=False),
    sqlite_strict=True,
)

# Where a secret's key lies, and its due day, is the key store's to say: one truth.
SECRETS = Table(
    "secrets",
    metadata,
    Column("key_id", Whole, primary_key=True, autoincrement=False),
    Column("idx", Whole, ForeignKey("log_entries.idx"), nullable=False),
    Column("slot", Words, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    UniqueConstraint("idx", "slot", name="secrets_place"),
    sqlite_strict=True,
)

# By which entries about a person are found: keyed by the bucket of the record, so that they die with it (ADR 19).
PSEUDONYMS = Table(
    "pseudonyms",
    metadata,
    Column("pseudonym", LargeBinary, primary_key=True),
    Column("key_id", Whole, ForeignKey("secrets.key_id"), primary_key=True, autoincrement=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index("pseudonyms_secret", PSEUDONYMS.c.key_id)

# Parts of attachments, each under a key of its own like a secret. `message` is the digest of the signed bytes that they wait
# for; `idx` is NULL until those are recorded. A part that comes again meets the row of the first (ADR 14).
PARTS = Table(
    "parts",
    metadata,
    Column("key_id", Whole, primary_key=True, autoincrement=False),
    Column("message", Words, nullable=False),
    Column("sender", Words, nullable=False),
    Column("sha256", Words, nullable=False),
    Column("size", Whole, nullable=False),
    Column("position", Whole, nullable=False),
    Column("idx", Whole, ForeignKey("log_entries.idx")),
    UniqueConstraint("message", "sender", "sha256", "size", "position", name="parts_place"),
    sqlite_strict=True,
)
Index("parts_loose", PARTS.c.sender, sqlite_where=text(LOOSE), postgresql_where=text(LOOSE))
Index("parts_entry", PARTS.c.idx, sqlite_where=text(TIED), postgresql_where=text(TIED))

# Apart from `parts`: SQLite would write a whole megabyte anew to say to which entry it belongs.
PART_CONTENTS = Table(
    "part_contents",
    metadata,
    Column("key_id", Whole, ForeignKey("parts.key_id"), primary_key=True, autoincrement=False),
    Column("ciphertext", LargeBinary, nullable=False),
    sqlite_strict=True,
)

# `leads` is 1 for the first unsettled delivery of a lane, and for every one without a lane: kept with each change of
# state, so that finding what is ready costs the same whatever waits (tests/integration/test_journal_speed.py). `ends` are
# the types of which the message ends others, while it is not done with that (S39): NULL for nearly every row.
OUTGOING = Table(
    "outgoing",
    metadata,
    Column("idx", Whole, ForeignKey("log_entries.idx"), primary_key=True, autoincrement=False),
    Column("message_id", Words, nullable=False),
    Column("conversation_id", Words, nullable=False),
    Column("type", Words, nullable=False),
    Column("version", Whole, nullable=False),
    Column("sender", Words, nullable=False),
    Column("recipient", Words, nullable=False),
    Column("lane", LargeBinary),
    Column("retention", Words, nullable=False),
    Column("decided_on", Words, nullable=False),
    Column("citation_digest", Words, nullable=False),
    Column("expires_at", Whole),
    Column("state", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("attempts", Whole, nullable=False),
    Column("next_at", Whole, nullable=False),
    Column("answer_idx", Whole),
    Column("leads", Whole, nullable=False),
    Column("ends", Words),
    sqlite_strict=True,
)
Index(
    "outgoing_ready",
    OUTGOING.c.recipient,
    OUTGOING.c.idx,
    OUTGOING.c.next_at,
    sqlite_where=text(READY),
    postgresql_where=text(READY),
)
Index(
    "outgoing_lane",
    OUTGOING.c.recipient,
    OUTGOING.c.lane,
    OUTGOING.c.idx,
    sqlite_where=text(IN_LANE),
    postgresql_where=text(IN_LANE),
)
Index("outgoing_stopped", OUTGOING.c.idx, sqlite_where=text(STOPPED), postgresql_where=text(STOPPED))
Index("outgoing_ending", OUTGOING.c.idx, sqlite_where=text(ENDING), postgresql_where=text(ENDING))

# How many deliveries of a recipient are in a state, kept with each change: an index on (recipient, state) would count as
# well, but SQLite then prefers it to `outgoing_ready` and walks through a whole backlog (seen: 170 ms at a million).
TALLY = Table(
    "tally",
    metadata,
    Column("recipient", Words, primary_key=True),
    Column("state", Words, primary_key=True),
    Column("deliveries", Whole, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Apart from `outgoing`, whose rows are rewritten at every change of state.
STAMPS = Table(
    "stamps",
    metadata,
    Column("idx", Whole, ForeignKey("outgoing.idx"), primary_key=True, autoincrement=False),
    Column("stamp", Words, nullable=False),
    sqlite_strict=True,
)
