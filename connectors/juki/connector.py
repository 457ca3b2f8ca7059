"""住民記録システム: one message per recipient out of every 異動, with only the items that recipient may have (B7-1, A1-3 …).

It stands in two zones: in each it sends what that zone's endpoints are to hear, out of the same feed of events. It
hands to 住記 what it receives, and answers a 四情報照会 with what 住記 told (C4).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.juki import eventwire, subscriptions
from connectors.juki.event import Event
from connectors.juki.messages import STATUTES, PlannedMessage, Planner
from connectors.juki.writing import element
from connectors.kit.compose import Draft
from connectors.kit.feeds import VERSION, EventFeed, notices
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import follow_up_id
from connectors.kit.law import basis
from connectors.kit.operators import SALT_BYTES, Operator
from connectors.kit.payload import lists
from connectors.kit.room import Opened, Room

TYPES = (
    *("TS-CERT", "MJ-IN", "TN-IN", "BN-RES", "SG-RES", "KS-NOTE", "SK-INFO", "SN-FILE"),
    *("CK-FGU", "CK-4J", "CK-EXP"),
)
FEED = "day"
NOTICES = "notices"
_AUTHENTICATION = "password+token"
_NUMBER = "団体内統合宛名番号"
_FOUR = ("氏名", "生年月日", "性別", "住所")


def room(setup: Setup) -> Room:
    """The room of endpoint juki in the zone of `setup.identity`. Raises `ValueError` when subscriptions and law differ."""
    planner = Planner(setup.law, subscriptions.load(subscriptions.read_own(), setup.law))
    me = setup.identity.endpoint
    day = EventFeed(FEED, me, setup.partner, _drafts(planner, setup))
    told = EventFeed(NOTICES, me, setup.partner, _told(setup))
    return Juki(setup, TYPES, (day, told))


class Juki(Forwarding):
    """Adds the answer of flow C4."""

    def follow(self, one: Opened, reply: Mapping[str, str]) -> tuple[Draft, ...]:
        """四情報回答 to whoever asked: by the number of the question, with what 住記 told of what was asked."""
        if one.header.type != "CK-4J":
            return ()
        asker, said = one.header.sender, lists(one.payload)
        pairs = (
            ("照会番号", said["照会番号"][0]),
            (_NUMBER, said[_NUMBER][0]),
            ("回答区分", reply["回答区分"]),
            *(("回答項目", name) for name in said["照会項目"]),
            *((name, reply[name]) for name in _FOUR if name in reply),
        )
        return (
            Draft(
                flow="C4",
                type="CK-4R",
                version=VERSION,
                recipient=asker,
                basis=basis(self.setup.law, STATUTES, "bangou-19-8-kaitou-4"),
                subjects=(self.setup.identity.subject(asker, said["宛名番号"][0]),),
                payload=element("shijouhou", "四情報回答", pairs),
                created_at=one.at,
                conversation_id=one.header.conversation_id,
                message_id=follow_up_id(one.header.message_id, asker),
                operator=self.setup.automaton.acting("YONJOUHOU", "4情報照会への応答"),
                in_reply_to=one.header.message_id,
            ),
        )


def _told(setup: Setup) -> Callable[[Mapping[str, Any]], Sequence[Draft]]:
    """What 住記 tells beside its 異動: in each zone what concerns that zone."""
    make = notices(setup)

    def mine(event: Mapping[str, Any]) -> Sequence[Draft]:
        return make(event) if event["recipient"] in setup.peers else ()

    return mine


def _drafts(planner: Planner, setup: Setup) -> Callable[[Mapping[str, Any]], Sequence[Draft]]:
    me = setup.identity.endpoint

    def make(data: Mapping[str, Any]) -> Sequence[Draft]:
        event = eventwire.decode(data)
        mine = (one for one in planner.messages(event) if one.sender == me and one.recipient in setup.peers)
        return [_draft(one, setup) for one in mine]

    return make


def _draft(message: PlannedMessage, setup: Setup) -> Draft:
    payload = message.payload()
    if payload is None:
        raise ValueError("a message of ours has a payload")
    return Draft(
        flow=message.flow,
        type=message.type,
        version=VERSION,
        recipient=message.recipient,
        basis=message.basis,
        subjects=(setup.identity.subject(message.recipient, message.person),),
        payload=payload,
        created_at=message.event.at,
        conversation_id=message.conversation_id,
        message_id=message.message_id,
        operator=_operator(message.event),
    )


def _operator(event: Event) -> Operator:
    """操作者: the clerk who entered the event, with the words of the 届出 as 処理事由 (S6)."""
    form = event.kind.form
    return Operator(
        staff=event.clerk.staff,
        department=event.clerk.department,
        terminal=event.clerk.terminal,
        reason_code=form.reason or event.kind.name,
        reason=form.text,
        authentication=_AUTHENTICATION,
        salt=secrets.token_bytes(SALT_BYTES),
    )
