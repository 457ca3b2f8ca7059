"""What a group came to, told to the observer once it is durable: one event an entry, and one for each delivery that is settled."""

from __future__ import annotations

from collections.abc import Sequence

from hub.messages import Header, Recorded, Rejected
from hub.ports import Observer
from hub.stages.record import Draft, Observed, Outgoing, Reply


def of_entries(observe: Observer, drafts: Sequence[Draft], recorded: Sequence[Recorded]) -> None:
    """The new entries, in order."""
    for draft, one in zip(drafts, recorded, strict=True):
        event = "message.accepted" if one.permit else "message.refused"
        if isinstance(draft, Rejected) and draft.conflict:
            event = "message.conflict"
        conversation = _conversation(draft)
        observe(event, message=one.message_id, conversation=conversation, code=one.code, index=one.index)
        if isinstance(draft, Reply):
            _settled(observe, draft)


def of_repeated(observe: Observer, headers: Sequence[Header | None], receipts: Sequence[Recorded]) -> None:
    """The submissions that got their first receipt again; a header is None where none could be believed."""
    for header, receipt in zip(headers, receipts, strict=True):
        if receipt.repeated and header is not None:
            observe(
                "message.repeated",
                message=receipt.message_id,
                conversation=header.conversation_id,
                code=receipt.code,
                index=receipt.index,
            )


def _settled(observe: Observer, reply: Reply) -> None:
    recipient = reply.message.valid.header.sender
    for row, about in zip(reply.settled, reply.conversations, strict=True):
        observe(
            "delivery.settled",
            recipient=recipient,
            conversation=about,
            index=row.index,
            state=row.state,
            code=row.code,
        )


def _conversation(draft: Draft) -> str:
    match draft:
        case Outgoing(message) | Reply(message) | Observed(message):
            return message.valid.header.conversation_id
        case Rejected(header=header) if header is not None:
            return header.conversation_id
        case _:
            return ""
