"""足立区CS: takes what 住記 sends and nobody else, and sends it 転出証明書情報, 転入通知, new numbers and the result of 整合.

What the CS does with the systems behind it, it tells, and the connector observes into the log (`connectors.kit.observing`).

It speaks telegrams of fixed length (`layouts`). 送付先情報 alone is handed on as the very bytes that 住記 signed (S18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.cs import layouts
from connectors.cs.layouts import DIALECT
from connectors.cs.reconciling import EQUAL, MISSING, differing, own_codes
from connectors.kit.compose import Draft
from connectors.kit.feeds import VERSION, EventFeed, Notice, notices
from connectors.kit.flat import built, flat
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import follow_up_id
from connectors.kit.languages.telegram import TelegramPartner
from connectors.kit.law import basis
from connectors.kit.observing import Watch
from connectors.kit.partner import Partner
from connectors.kit.room import Opened, Room

TYPES = ("HK-UPD", "SF-SEND", "TN-NOTE", "TS-REQ", "BN-REQ", "CK-FGC", "SG-CHK")
FEED = "certificates"
_TABLE = "statutes"
_CS_ONLY, _JUKI_ONLY, _DIFFERS = "1", "2", "3"
_HEADING = (
    ("電文種類", "type"),
    ("流れ", "flow"),
    ("根拠", "item"),
    ("電文番号", "message_id"),
    ("会話番号", "conversation_id"),
    ("作成日時", "created_at"),
    ("対象者整理番号", "person"),
    ("処理事由コード", "reason_code"),
    ("処理事由", "reason"),
    ("失効日時", "expires_at"),
)


def partner(place: Path, endpoint: str) -> Partner:
    """The CS behind the socket at `place`."""
    return TelegramPartner(place, endpoint, DIALECT)


def room(setup: Setup) -> Room:
    """The room of endpoint cs."""
    feed = EventFeed(FEED, setup.identity.endpoint, setup.partner, _drafts(setup))
    return Cs(setup, TYPES, (feed, Watch(setup)), translate=translate)


class Cs(Forwarding):
    """Adds the answers of flows B11 and S23: messages of their own, in reply to the question."""

    def follow(self, one: Opened, reply: Mapping[str, str]) -> tuple[Draft, ...]:
        match one.header.type:
            case "BN-REQ":
                return (self._answer(one, "B11", "BN-RES", "bangou-8-tsuuchi", _number(one, reply)),)
            case "SG-CHK":
                return (self._answer(one, "S23", "SG-RES", "juki-14-kekka", _outcome(one, reply)),)
            case _:
                return ()

    def _answer(self, one: Opened, flow: str, type_: str, item: str, payload: etree._Element) -> Draft:
        """About the Subjects of the question: the CS knows no 宛名番号 that it could name them by."""
        return Draft(
            flow=flow,
            type=type_,
            version=VERSION,
            recipient=one.header.sender,
            basis=basis(self.setup.law, _TABLE, item),
            subjects=one.header.subjects,
            payload=payload,
            created_at=one.at,
            conversation_id=one.header.conversation_id,
            message_id=follow_up_id(one.header.message_id, one.header.sender),
            operator=self.setup.automaton.acting(type_, "番号の通知" if type_ == "BN-RES" else "整合の結果"),
            in_reply_to=one.header.message_id,
        )


def translate(one: Opened) -> bytes:
    """What the CS reads. Raises `Refused` for an item or a character without a place."""
    if one.header.type == "SF-SEND":
        return one.delivery.raw
    if one.header.type == "SG-CHK":
        batch = one.header.batch
        return layouts.Question.of(one.payload, batch.position if batch else 1, batch.count if batch else 1).encode()
    return layouts.written(one.header.type, one.payload)


def heading(notice: Notice) -> Mapping[str, str]:
    """The heading of a record of the feed."""
    return {name: getattr(notice, member) for name, member in _HEADING}


def _drafts(setup: Setup) -> Callable[[Mapping[str, Any]], Sequence[Draft]]:
    make = notices(setup)

    def drafts(event: Mapping[str, Any]) -> Sequence[Draft]:
        head, payload = layouts.arrived(event)
        said = {member: head[name] for name, member in _HEADING}
        text = etree.tostring(payload, encoding="unicode")
        return make({**said, "table": _TABLE, "recipient": "juki", "payload": text})

    return drafts


def _number(one: Opened, reply: Mapping[str, str]) -> etree._Element:
    said = flat(one.payload)
    return built("bangou", "番号通知", {name: said[name] for name in ("依頼番号", "住民票コード")} | dict(reply))


def _outcome(one: Opened, reply: Mapping[str, str]) -> etree._Element:
    """整合性結果: counts, and of the persons who do not match the names of the items; what these hold is never told."""
    question = layouts.Question.of(one.payload, 1, 1)
    marks, codes = reply["判定"], [person["住民票コード"] for person in question.persons]
    if len(marks) != len(codes):
        raise ValueError("a verdict for each person")
    persons = [*_persons(zip(codes, marks, strict=True)), *((code, _CS_ONLY, ()) for code in own_codes(reply))]
    counts = {
        "整合番号": question.number,
        "基準年月日": question.day,
        "照合した人数": str(len(codes)),
        "一致した人数": str(marks.count(EQUAL)),
        "不一致の人数": str(len(persons)),
    }
    made = built("seigou", "整合性結果", counts)
    space = str(made.tag).rpartition("}")[0] + "}"
    for code, kind, names in persons:
        element = etree.SubElement(made, f"{space}対象者")
        pairs = (("住民票コード", code), ("不一致区分", kind), *(("不一致項目名", name) for name in names))
        for item, text in pairs:
            etree.SubElement(element, space + item).text = text
    return made


def _persons(marked: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for code, character in marked:
        if character == MISSING:
            yield code, _JUKI_ONLY, ()
        elif character != EQUAL:
            yield code, _DIFFERS, differing(character)
