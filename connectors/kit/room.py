"""What a connector author writes: a room handles deliveries, a source room also has feeds.

A room decides nothing about the log, signatures, deduplication or order: the worker has done that before, and commits
what the room returns in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from lxml import etree

from connectors.kit.compose import Draft
from connectors.kit.files import Received
from hub.messages import Attachment, Delivery, Header, Level


@dataclass(frozen=True, slots=True)
class Opened:
    """A delivery that was believed: stamp checked, header read, payload parsed from exactly the signed bytes.

    `digest` is SHA-256 of `delivery.raw`, hex. `at` is when the connector took it up (aware UTC). `files` are its attachments
    in the header's order, for a room that takes them.
    """

    delivery: Delivery
    header: Header
    payload: etree._Element
    digest: str
    at: datetime
    files: tuple[Received, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message at the partner: final, with what the connector wants to send because of it.

    Make it by `confirmed` or `rejected`. `connector-accepted` waits for partners that answer later; no room has one yet.
    """

    level: Level
    code: str = ""
    follow_ups: tuple[Draft, ...] = ()


def confirmed(*follow_ups: Draft) -> Outcome:
    """The effect is done at the partner."""
    return Outcome(Level.PARTNER_CONFIRMED, follow_ups=follow_ups)


def rejected(code: str) -> Outcome:
    """The partner refuses with a domain code; nothing was changed there and nothing follows."""
    return Outcome(Level.REJECTED, code)


@dataclass(frozen=True, slots=True)
class Page:
    """Drafts that a feed gives after a cursor, in order. `cursor` is where to go on; `end` says that no more can come."""

    drafts: tuple[Draft, ...]
    cursor: str
    end: bool


class Feed(Protocol):
    """A source of messages: the same cursor gives the same drafts (salts apart) after every restart."""

    @property
    def name(self) -> str:
        """Stable; the cursor is kept under it."""

    def poll(self, after: str, limit: int) -> Page:
        """At most about `limit` events after the cursor ("" is the beginning). Raises `Unavailable`; never blocks long."""


class Room(Protocol):
    """One system's connector, without the machinery."""

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        """One outcome per message, in order. No two of a batch share a lane.

        Called again with the same message when the process died between the partner's effect and the commit, or when
        another message of the batch failed: the partner is asked under the same idempotency key (MessageId) and gives
        its first result. Raises `Unavailable` when the partner cannot be reached: nothing of the batch counts, and it
        comes again. Raises `Held` when only a person can tell what became of a message: it alone goes back to the hub,
        and so does one for which anything else is raised.
        """

    def feeds(self) -> Sequence[Feed]:
        """The feeds of a source room; none for a room that only receives."""


@runtime_checkable
class TakesFiles(Protocol):
    """A room that hands attachments on to its partner. To any other a message with attachments is rejected (HUB-KIT-081)."""

    def takes(self, attachment: Attachment) -> bool:
        """Whether the partner can have this one, judged by what the header says of it."""
