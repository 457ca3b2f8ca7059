"""What the language `sql` asks of a partner's schema: deduplication, staging, the ends of feeds, and a view for each feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy import Table as SqlTable

WAITING: Final = 0
DONE: Final = 1
REJECTED: Final = 2
CONFLICT: Final = 3
UNREADABLE: Final = 9

NUMBER: Final = "通番"
NUMBER_TYPE: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only in an INTEGER

CONTRACT = MetaData()

DEDUP = SqlTable(
    "hub_dedup",
    CONTRACT,
    Column("endpoint", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
)

STAGING = SqlTable(
    "hub_staging",
    CONTRACT,
    Column("seq", NUMBER_TYPE, primary_key=True, autoincrement=True),
    Column("endpoint", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("content", LargeBinary),
    Column("status", SmallInteger, nullable=False, server_default=text("0")),
    Column("code", Text, nullable=False, server_default=text("''")),
    Column("reply", Text, nullable=False, server_default=text("'{}'")),
    UniqueConstraint("endpoint", "message_id", name="hub_staging_once"),
    ForeignKeyConstraint(("endpoint", "message_id"), ("hub_dedup.endpoint", "hub_dedup.message_id")),
)
Index(
    "hub_staging_waiting",
    STAGING.c.seq,
    sqlite_where=STAGING.c.status == WAITING,
    postgresql_where=STAGING.c.status == WAITING,
)

FEEDS = SqlTable(
    "hub_feeds",
    CONTRACT,
    Column("endpoint", Text, primary_key=True),
    Column("feed", Text, primary_key=True),
    Column("last", BigInteger),
)


@dataclass(frozen=True, slots=True)
class View:
    """A feed: the partner's view by name, and the items that are read from it besides 通番."""

    name: str
    items: Sequence[str]

    @property
    def clause(self) -> SqlTable:
        """The view as a table, for that is what moves with the schema."""
        return SqlTable(self.name, MetaData(), Column(NUMBER, BigInteger), *(Column(item, Text) for item in self.items))
