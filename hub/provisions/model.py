"""What the tables state, as frozen values: rows of law, aliases of parties, grants of items, and what awaits confirmation.

A row is known by (table, item), never by item alone: 13 numbers stand in both beppyo and ku-jorei for different affairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum

from hub.messages import LegalKind

RowKey = tuple[str, str]


class Channel(StrEnum):
    """The way by which a row's information moves. The hub delivers on `chonai` and `hub`, never on `nws`."""

    NWS = "nws"
    CHONAI = "chonai"
    HUB = "hub"


class Status(StrEnum):
    """Whether the ward relies on an entry today. There is no third state: doubt denies."""

    IN_FORCE = "in-force"
    DENIED = "denied-until-confirmed"


class ItemRule(Enum):
    """How a row bounds the items of a message."""

    ALL = "all"  # every item of the type's closed schema
    LISTED = "listed"  # the row's own closed list
    DECIDED = "decided"  # items.yaml, recipient by recipient


@dataclass(frozen=True, slots=True)
class Party:
    """A sender and a recipient that a row allows. `qualifier` restricts the recipient and belongs to its name."""

    sender: str
    recipient: str
    qualifier: str = ""

    @property
    def full_recipient(self) -> str:
        """The name by which the recipient is asked for: 事業主体である + 市町村長 is not 市町村長."""
        return self.qualifier + self.recipient


@dataclass(frozen=True, slots=True)
class Row:
    """One row of law. `place` is a line of the document, `raw` the printed form of what was mended."""

    table: str
    item: str
    article: str
    kind: LegalKind
    channel: Channel
    parties: tuple[Party, ...]
    affair: str
    information: str
    item_rule: ItemRule
    items: frozenset[str]
    message_types: frozenset[str]
    effective_from: date
    place: str
    status: Status
    reason: str
    confirmed_information: str
    note: str
    flow: str
    raw: Mapping[str, str]

    @property
    def key(self) -> RowKey:
        return (self.table, self.item)

    @property
    def recipients(self) -> tuple[str, ...]:
        """The recipients' full names, in the order of the table."""
        return tuple(dict.fromkeys(party.full_recipient for party in self.parties))


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of parties, valid in `scope` (`table` or `table:item`)."""

    name: str
    stands_for: tuple[str, ...]
    scope: frozenset[str]
    place: str
    status: Status
    reason: str
    note: str

    def covers(self, key: RowKey) -> bool:
        return key[0] in self.scope or f"{key[0]}:{key[1]}" in self.scope


@dataclass(frozen=True, slots=True)
class Grant:
    """A decision of the ward: the items that one recipient may have under one row. Never statute."""

    id: str
    table: str
    item: str
    recipient: str
    items: frozenset[str]
    reason: str
    confirmer: str
    demonstration: bool
    decided_on: date
    status: Status


class Subject(StrEnum):
    """What a confirmation is about."""

    ROW = "row"
    ALIAS = "alias"
    ITEMS = "items"


@dataclass(frozen=True, slots=True, order=True)
class ConfirmationKey:
    """Names one doubtful entry and the SHA-256 of its content: a changed entry needs a new confirmation.

    `name` is `table/item` for a row, the alias itself, or `table/item/recipient` for a grant.
    """

    subject: Subject
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """An entry that is denied until two persons confirm it, with the reason that was written down."""

    key: ConfirmationKey
    reason: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that was read, as it was read. `digests` is file name -> SHA-256 of the canonical content."""

    titles: Mapping[str, str]
    rows: Mapping[RowKey, Row]
    aliases: Mapping[str, Alias]
    grants: Mapping[tuple[str, str, str], Grant]
    vocabulary: frozenset[str]
    digests: Mapping[str, str]
