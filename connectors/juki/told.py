"""What other bodies tell the ward on a full day, beside the day of 住記 itself: each message with all that follows from it.

The one form in which `connectors/juki/full/` writes it, the simulators announce it, and the plan expects it. Pure data: the
payload is made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from connectors.juki.messages import STATUTES
from connectors.kit.feeds import Notice
from connectors.kit.ids import computed_id, follow_up_id
from connectors.kit.ledger import Tokens


@dataclass(frozen=True, slots=True)
class Follow:
    """A message that `sender`'s connector must send because it handled the one before; its id follows from that one's.

    `rejection` is the domain code with which its recipient must reject it, empty when it must take it.
    """

    flow: str
    type: str
    sender: str
    recipient: str
    rejection: str = ""
    follows: tuple[Follow, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A message out of a partner's own feed. `id` names it within the day; `person` is the sender's key for the person.

    `item` is the row of the table `statutes` that it claims. `held`: the hub holds it, and two persons release it.
    `awaits` is the MessageId of a message that the sender must have taken first, or "". `persons` are all whom it concerns where
    that is not `person` alone; `batch` is its place in a set that the sender split: (set, position, count).
    """

    id: str
    flow: str
    type: str
    sender: str
    recipient: str
    item: str
    person: str
    at: datetime
    build: Callable[[], etree._Element] = field(repr=False)
    reason_code: str
    reason: str
    rejection: str = ""
    follows: tuple[Follow, ...] = ()
    expires_at: datetime | None = None
    held: bool = False
    awaits: str = ""
    persons: tuple[str, ...] = ()
    batch: tuple[str, int, int] | None = None
    conversation: str = ""

    @property
    def message_id(self) -> str:
        """As the plan of the day has it."""
        return computed_id(round(self.at.timestamp() * 1000), self.id, self.flow, self.sender, self.recipient)

    @property
    def conversation_id(self) -> str:
        """Shared by all that follows, and by all of one 異動 where `conversation` names it."""
        return self.conversation or computed_id(round(self.at.timestamp() * 1000), "conversation", self.id)

    def notice(self, tokens: Tokens) -> Notice:
        """As its sender's simulator announces it."""
        return Notice(
            flow=self.flow,
            type=self.type,
            recipient=self.recipient,
            table=STATUTES,
            item=self.item,
            person=tokens.of("person", self.person),
            payload=etree.tostring(self.build(), encoding="unicode"),
            created_at=self.at.isoformat(),
            conversation_id=self.conversation_id,
            message_id=self.message_id,
            reason_code=self.reason_code,
            reason=self.reason,
            expires_at=self.expires_at.isoformat() if self.expires_at else "",
            persons=tuple(tokens.of("person", one) for one in self.persons),
            batch=self.batch or (),
        )


def onward_id(cause: str, follow: Follow) -> str:
    """The MessageId of what follows from the message `cause`."""
    return follow_up_id(cause, follow.recipient)
