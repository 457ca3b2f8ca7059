"""Notices as records of a partner's file: what a partner announces, as its own columns, and the `Notice` behind it.

Before the items stand the columns of `HEADING`: by them the message of a record has the same MessageId, conversation and time
after every restart, and 処理事由 (S6). 対象者整理番号 is the partner's own key for the person; it is never sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from connectors.kit.compose import Draft
from connectors.kit.feeds import Make, Notice, notices
from connectors.kit.flat import built, record
from connectors.kit.forwarding import Setup

Turn = Callable[[str, str], str]  # a text and its column -> the text
HEADING: Final = ("電文番号", "会話番号", "作成日時", "対象者整理番号", "処理事由コード", "処理事由")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One kind of record: the flow, type, recipient and row of law of its messages, their payload's root, its items.

    `shown` and `meant` are the partner's way to write an item's text and its inverse, by column; most have none.
    """

    flow: str
    type: str
    recipient: str
    table: str
    item: str
    family: str
    root: str
    items: Sequence[str]
    shown: Mapping[str, Turn] = field(default_factory=dict)
    meant: Mapping[str, Turn] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of a record."""
        return (*HEADING, *self.items)

    def record_of(self, notice: Notice) -> Mapping[str, str]:
        """As the partner writes it. Raises `ValueError` for a notice of another kind, `Refused` for one without place."""
        heading = (
            *(notice.message_id, notice.conversation_id, notice.created_at, notice.person),
            *(notice.reason_code, notice.reason),
        )
        items = translated(record(etree.fromstring(notice.payload), self.items), self.shown)
        made = {**dict(zip(HEADING, heading, strict=True)), **items}
        if self._notice(made, notice.payload) != notice:
            raise ValueError("a notice of another kind")
        return MappingProxyType(made)

    def notice_of(self, made: Mapping[str, str]) -> Notice:
        """What the record announces. Raises `KeyError` for a record with other columns, `Refused` for a text that is none."""
        items = translated({name: made[name] for name in self.items}, self.meant)
        return self._notice(made, etree.tostring(built(self.family, self.root, items), encoding="unicode"))

    def make(self, setup: Setup) -> Make:
        """Turns records of a feed into drafts of `setup.identity`'s endpoint."""
        make = notices(setup)

        def drafts(event: Mapping[str, Any]) -> Sequence[Draft]:
            return make(asdict(self.notice_of(event)))

        return drafts

    def _notice(self, made: Mapping[str, str], payload: str) -> Notice:
        message_id, conversation_id, created_at, person, reason_code, reason = (made[name] for name in HEADING)
        return Notice(
            flow=self.flow,
            type=self.type,
            recipient=self.recipient,
            table=self.table,
            item=self.item,
            person=person,
            payload=payload,
            created_at=created_at,
            conversation_id=conversation_id,
            message_id=message_id,
            reason_code=reason_code,
            reason=reason,
        )


def translated(items: Mapping[str, str], by: Mapping[str, Turn]) -> Mapping[str, str]:
    """`items` with every text that is there rewritten by the function of its column, which is told text and column."""
    return {name: by[name](text, name) if text and name in by else text for name, text in items.items()}
