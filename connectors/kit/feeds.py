"""A partner's feed of events as a feed of drafts; and the plain form in which a partner may announce one message.

A partner whose events become several messages brings its own `make` (connectors.juki); one event, one message is a `Notice`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.kit.compose import Draft
from connectors.kit.forwarding import Setup
from connectors.kit.law import basis
from connectors.kit.partner import Partner
from connectors.kit.room import Page
from hub.codes import kit
from hub.errors import IntegrityError
from hub.messages import Batch

Make = Callable[[Mapping[str, Any]], Sequence[Draft]]
VERSION = 1


@dataclass(frozen=True, slots=True)
class EventFeed:
    """The feed `name` of a partner. `make` turns an event into drafts; it raises `ValueError` for what is no event."""

    name: str
    endpoint: str
    partner: Partner
    make: Make

    def poll(self, after: str, limit: int) -> Page:
        """A page. Raises `Unavailable` when the partner is down, `IntegrityError` for an event that cannot be read."""
        page = self.partner.feed(self.name, after, limit)
        try:
            drafts = tuple(draft for event in page.events for draft in self.make(event))
        except (ValueError, TypeError, KeyError) as error:
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self.endpoint, rule="event") from error
        return Page(drafts, page.cursor, page.end)


@dataclass(frozen=True, slots=True)
class GroupFeed:
    """A feed in which a message is several records, one after the other. `size` says of the first how many it is.

    `make` turns the records of one message into its drafts. A message is taken when all its records are there: the feed reads on to
    the end of the last that it has begun. Both raise `ValueError` or `KeyError` for what is no such record.
    """

    name: str
    endpoint: str
    partner: Partner
    size: Callable[[Mapping[str, Any]], int]
    make: Callable[[Sequence[Mapping[str, Any]]], Sequence[Draft]]

    def poll(self, after: str, limit: int) -> Page:
        """A page. Raises as `EventFeed.poll`, and `IntegrityError` for a feed that ends inside a message."""
        records: list[Mapping[str, Any]] = []
        cursor = after
        while True:
            page = self.partner.feed(self.name, cursor, limit)
            records += page.events
            try:
                groups, limit = self._groups(records)
                drafts = () if limit else tuple(draft for group in groups for draft in self.make(group))
            except (ValueError, TypeError, KeyError) as error:
                raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self.endpoint, rule="event") from error
            cursor = page.cursor
            if not limit:
                return Page(drafts, cursor, page.end)
            if page.end:
                raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self.endpoint, rule="whole messages")
            if not page.events:
                return Page((), after, end=False)  # until the rest is there, nothing was read

    def _groups(self, records: Sequence[Mapping[str, Any]]) -> tuple[Sequence[Sequence[Mapping[str, Any]]], int]:
        """The records message by message, and how many the last of them still wants."""
        groups = []
        place = 0
        while place < len(records):
            size = self.size(records[place])
            groups.append(records[place : place + size])
            place += size
        return groups, place - len(records)


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as a partner announces it. `person` is the partner's own key for the person; it is never sent.

    `table` and `item` name the row of law; times are ISO 8601 with offset, `expires_at` is "" for a message that stays.
    `persons`: the keys of all whom it concerns, where that is not `person` alone. `batch` is (set, position, count) or empty.
    """

    flow: str
    type: str
    recipient: str
    table: str
    item: str
    person: str
    payload: str
    created_at: str
    conversation_id: str
    message_id: str
    reason_code: str
    reason: str
    expires_at: str = ""
    persons: Sequence[str] = ()
    batch: Sequence[Any] = ()


def notices(setup: Setup) -> Make:
    """Turns events that are one `Notice` each into drafts of `setup.identity`'s endpoint."""

    def make(event: Mapping[str, Any]) -> Sequence[Draft]:
        return (_draft(Notice(**event), setup),)

    return make


def _draft(notice: Notice, setup: Setup) -> Draft:
    return Draft(
        flow=notice.flow,
        type=notice.type,
        version=VERSION,
        recipient=notice.recipient,
        basis=basis(setup.law, notice.table, notice.item),
        subjects=tuple(setup.identity.subject(notice.recipient, one) for one in notice.persons or (notice.person,)),
        payload=notice.payload.encode("utf-8"),
        created_at=datetime.fromisoformat(notice.created_at),
        conversation_id=notice.conversation_id,
        message_id=notice.message_id,
        operator=setup.automaton.acting(notice.reason_code, notice.reason),
        expires_at=datetime.fromisoformat(notice.expires_at) if notice.expires_at else None,
        batch=Batch(*notice.batch) if notice.batch else None,
    )
