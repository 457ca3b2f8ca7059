"""What an accepted observation must agree with beside the closed list of flows (docs/spec/message.md section 8).

One that follows from a message of the hub names it as InReplyTo: it must have been handed to the endpoint that observes, and
then both stand in one conversation, so that the log joins them.
"""

from __future__ import annotations

from hub.codes import msg
from hub.errors import Refused
from hub.messages import Authorised
from hub.ports import Outgoing
from hub.stages.record import Observed


def observed(message: Authorised, outgoing: Outgoing) -> Observed:
    """The draft to record. Raises `Refused` HUB-MSG-022."""
    header = message.valid.header
    cause = header.in_reply_to
    if cause is not None and header.conversation_id not in outgoing.conversations(cause, header.sender):
        raise Refused(msg.OBSERVED_CAUSE)
    return Observed(message)
