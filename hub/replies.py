"""What an accepted answer does to the deliveries that it names (docs/spec/message.md section 7).

Every line must name a message that was delivered to the answering endpoint, with its digest, and the checkpoint in the
answer must be one of this log's: a recipient that has seen another root is evidence of a fork, and is refused loudly.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from hub import retention
from hub.codes import msg
from hub.errors import Refused
from hub.exchangelog.line import Line
from hub.messages import Answer, AnswerLine, Authorised, Level
from hub.ports import UNSETTLED, Checkpoints, Outgoing, OutgoingState, RebucketRow, SettleRow
from hub.stages.record import Reply

_STATE = {Level.PARTNER_CONFIRMED: "acknowledged", Level.REJECTED: "rejected", Level.CONNECTOR_ACCEPTED: "delivered"}
_OPEN = frozenset(UNSETTLED)  # also of a held one: what its recipient did is done


@dataclass(frozen=True, slots=True)
class Ledger:
    """What answers are checked against: deliveries, published tree heads, and what this log is and was called."""

    outgoing: Outgoing
    checkpoints: Checkpoints
    line: Line
    erase_after_days: int


def settle(message: Authorised, answer: Answer, ledger: Ledger, taken: Collection[int], today: date) -> Reply:
    """The reply to record. `taken` are deliveries that another answer of the same group settles.

    Raises `Refused` HUB-MSG-014 to -016.
    """
    _check_seen(answer, ledger)
    header = message.valid.header
    settled: list[SettleRow] = []
    conversations: list[str] = []
    rebucketed: list[tuple[str, RebucketRow]] = []
    for number, line in enumerate(answer.lines, start=1):
        delivery = ledger.outgoing.addressed(line.message_id, header.recipient, header.sender)
        if delivery is None or delivery.digest != line.digest:
            raise Refused(msg.ANSWER_UNKNOWN, line=number)
        if (
            delivery.state not in _OPEN
            or delivery.index in taken
            or any(row.index == delivery.index for row in settled)
        ):
            raise Refused(msg.ANSWER_CONFLICT, line=number)
        settled.append(SettleRow(delivery.index, _STATE[line.level], line.code))
        conversations.append(delivery.conversation_id)
        rebucketed.extend((line.message_id, row) for row in _rebucket(line, delivery, ledger, today))
    return Reply(message, tuple(settled), tuple(conversations), tuple(rebucketed))


def _check_seen(answer: Answer, ledger: Ledger) -> None:
    published = ledger.checkpoints.root_at(answer.size)
    epoch = ledger.line.named(answer.origin)
    known = epoch is not None and epoch.covers(answer.size)
    if not known or published is None or base64.b64encode(published).decode() != answer.root:
        raise Refused(msg.ANSWER_CHECKPOINT)


def _rebucket(line: AnswerLine, delivery: OutgoingState, ledger: Ledger, today: date) -> tuple[RebucketRow, ...]:
    """A confirmed body goes N days after the confirmation; file 3 goes now. One rejected, or on legal hold, keeps its day."""
    if line.level is not Level.PARTNER_CONFIRMED or delivery.retention == retention.LEGAL_HOLD:
        return ()
    due = retention.confirmed_due(delivery.retention, today, ledger.erase_after_days, delivery.expires_at)
    return (RebucketRow(delivery.index, "body", delivery.retention, due),)
