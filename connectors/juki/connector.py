"""住民記録システム: one message per recipient out of every 異動, with only the items that recipient may have (B7-1, A1-3 …).

It stands in two zones: in each it sends what that zone's endpoints are to hear, out of the same feed of 異動. It
hands to 住記 what it receives, and answers a 四情報照会 with what 住記 told (C4). Everything goes by files of records of fixed length in
cp932 (`eventrecord`, `said`, `heard`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.juki import eventrecord, heard, said, subscriptions
from connectors.juki.event import Event
from connectors.juki.messages import STATUTES, PlannedMessage, Planner
from connectors.juki.writing import element
from connectors.kit.compose import Draft
from connectors.kit.feeds import VERSION, EventFeed
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import follow_up_id
from connectors.kit.languages.files import FilePartner
from connectors.kit.law import basis
from connectors.kit.operators import SALT_BYTES, Operator
from connectors.kit.partner import Partner
from connectors.kit.payload import lists
from connectors.kit.room import Opened, Room

TYPES = heard.TYPES
_AUTHENTICATION = "password+token"
_NUMBER = "団体内統合宛名番号"
_FOUR = ("氏名", "生年月日", "性別", "住所")


def partner(place: Path, endpoint: str) -> Partner:
    """住記 behind the folders at `place`; the connectors of both zones use the same ones."""
    return FilePartner(place, endpoint, said.forms())


def room(setup: Setup) -> Room:
    """The room of endpoint juki in the zone of `setup.identity`. Raises `ValueError` when subscriptions and law differ."""
    planner = Planner(setup.law, subscriptions.load(subscriptions.read_own(), setup.law))
    day = EventFeed(said.DAY, setup.identity.endpoint, setup.partner, _drafts(planner, setup))
    return Juki(setup, TYPES, (day, *said.feeds(setup)), _records)


class Juki(Forwarding):
    """Adds the answer of flow C4."""

    def follow(self, one: Opened, reply: Mapping[str, str]) -> tuple[Draft, ...]:
        """四情報回答 to whoever asked: by the number of the question, with what 住記 told of what was asked."""
        if one.header.type != "CK-4J":
            return ()
        asker, asked = one.header.sender, lists(one.payload)
        pairs = (
            ("照会番号", asked["照会番号"][0]),
            (_NUMBER, asked[_NUMBER][0]),
            ("回答区分", reply["回答区分"]),
            *(("回答項目", name) for name in asked["照会項目"]),
            *((name, reply[name]) for name in _FOUR if name in reply),
        )
        return (
            Draft(
                flow="C4",
                type="CK-4R",
                version=VERSION,
                recipient=asker,
                basis=basis(self.setup.law, STATUTES, "bangou-19-8-kaitou-4"),
                subjects=(self.setup.identity.subject(asker, asked["宛名番号"][0]),),
                payload=element("shijouhou", "四情報回答", pairs),
                created_at=one.at,
                conversation_id=one.header.conversation_id,
                message_id=follow_up_id(one.header.message_id, asker),
                operator=self.setup.automaton.acting("YONJOUHOU", "4情報照会への応答"),
                in_reply_to=one.header.message_id,
            ),
        )


def _records(one: Opened) -> bytes:
    return heard.written(one.header.type, one.header.created_at, one.payload)


def _drafts(planner: Planner, setup: Setup) -> Callable[[Mapping[str, Any]], Sequence[Draft]]:
    me = setup.identity.endpoint

    def make(data: Mapping[str, Any]) -> Sequence[Draft]:
        event = eventrecord.decode(data)
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
