"""終止: what a recorded message ends of what waits about its person: a death ends 送付先情報 (S39; L1149, L1272, L1416).

The hub knows nobody. It compares Subject tokens, which one sender makes alike for one recipient, and which types end which
stands in the catalogue (`ends_when`). What names several persons is ended for all: nobody may edit it (S18), and the sender
sends the others anew. What a recipient has in hand it may have done: that is ended when it is given back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub import holds
from hub.exchangelog.entry import Erase
from hub.messages import Recorded
from hub.ports import Outgoing as Deliveries
from hub.ports import Pending, RebucketRow
from hub.stages.deliver import header_of
from hub.stages.record import Common, Draft, Notice, Outgoing, Shredded


@dataclass(frozen=True, slots=True)
class Ending:
    """Deliveries of `types` from `sender` to `recipient` that concern one of `subjects`, recorded before index `before`."""

    sender: str
    recipient: str
    subjects: frozenset[str]
    types: frozenset[str]
    before: int


def wanted(drafts: Sequence[Draft], recorded: Sequence[Recorded]) -> Iterator[Ending]:
    """What this group ends. A message that itself waits for persons ends nothing: nobody has approved it yet."""
    for draft, one in zip(drafts, recorded, strict=True):
        if not isinstance(draft, Outgoing) or not draft.message.valid.ends or holds.reason(draft.message.valid):
            continue
        header = draft.message.valid.header
        yield Ending(
            header.sender, header.recipient, frozenset(header.subjects), draft.message.valid.ends, before=one.index
        )


def found(ending: Ending, deliveries: Deliveries) -> Iterator[Pending]:
    """The deliveries that it ends, those in a recipient's hands included."""
    for pending in deliveries.unordered(ending.sender, ending.recipient, ending.types, ending.before):
        header, _ = header_of(pending.delivery)
        if ending.subjects & frozenset(header.subjects):
            yield pending


def shredded(common: Common, pending: Pending) -> Shredded:
    """Its body goes at once, and an entry says so."""
    index, message = pending.delivery.index, pending.delivery.message_id
    erase = Erase(**common, retention=pending.retention, count=1, message=message, entry=index, slot="body")
    return Shredded(Notice(erase), RebucketRow(index, "body", pending.retention, None))
