"""An endpoint's inbox, as the owner of a home tells it: what could be handed over now, and what an answer by hand must say.

The answer is signed where the endpoint's key is, and comes back as a submission like every other. What a connector has in
hand is its own to answer, and stands in no inbox. Should the dispatcher hand a delivery over while somebody signs, the first
final answer counts and the other is refused (HUB-MSG-015).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Final

from hub.app import endpoints
from hub.app.opening import OpenHome
from hub.codes import cli, zon
from hub.errors import Misconfigured, Refused
from hub.framing import Message
from hub.messages import Delivery
from hub.stages.deliver import header_of

MOST_BYTES: Final = 32 * 1024 * 1024  # of messages in one reply: in base64, with stamps, far below a frame


def answer(home: OpenHome, request: Message) -> Message:
    """One request: `inbox` of an endpoint, `whole` with bytes and stamps; or one `delivery` of it. Raises as `find`."""
    match request:
        case {"op": "inbox", "endpoint": str(endpoint), "whole": bool(whole)}:
            return _inbox(home, endpoint, whole=whole)
        case {"op": "delivery", "endpoint": str(endpoint), "message": str(message_id)}:
            return {**_row(find(home, endpoint, message_id)), "checkpoint": home.journal.head().note}
        case _:
            raise Refused(zon.REQUEST, what="op")


def find(home: OpenHome, endpoint: str, message_id: str) -> Delivery:
    """The delivery that waits for the endpoint's answer. Raises `Misconfigured` HUB-CLI-005, -006 or -058."""
    endpoints.check_known(home, endpoint)
    found = [one.delivery for one in home.journal.leading(message_id, endpoint)]
    if not found:
        raise Misconfigured(cli.NOT_IN_INBOX)
    for one in found:
        if not home.dispatcher.in_hand(one.index):
            return one
    raise Misconfigured(cli.IN_HAND, endpoint=endpoint)


def _inbox(home: OpenHome, endpoint: str, *, whole: bool) -> Message:
    """`more` counts what is ready as well and not shown."""
    waiting = endpoints.inbox(home, endpoint)
    shown = list(_within(waiting) if whole else waiting)
    states = home.journal.states(home.dispatcher.handed(endpoint))
    handed = sum(state == "pending" for state in states.values())
    more = home.journal.count_ready(endpoint, home.clock.now()) - handed - len(shown)
    return {"messages": [_row(one) | (_content(one) if whole else {}) for one in shown], "more": max(more, 0)}


def _within(waiting: Sequence[Delivery]) -> Iterator[Delivery]:
    """The first ones that one reply has room for."""
    size = 0
    for one in waiting:
        size += len(one.raw)
        if size > MOST_BYTES:
            return
        yield one


def _row(one: Delivery) -> dict[str, object]:
    header, digest = header_of(one)
    attached = [{"sha256": each.sha256, "size": each.size, "type": each.type} for each in header.attachments]
    return {
        "message": one.message_id,
        "index": one.index,
        "type": one.type,
        "sender": one.sender,
        "bytes": len(one.raw),
        "digest": digest,
        **({"attachments": attached} if attached else {}),
    }


def _content(one: Delivery) -> dict[str, object]:
    return {"xml": base64.b64encode(one.raw).decode("ascii"), "stamp": one.stamp}
