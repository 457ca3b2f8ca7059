"""Which messages follow from an event: flow, type, sender, recipient, the row of law they claim, and how their payload is made.

Decided by what changed, not by the kind alone: a 世帯変更 is no 本人確認情報, a フリガナ no business of the 法務省. The whole day can be planned
before anything runs, for ids and outcomes depend on the event only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Final

from lxml import etree

from connectors.juki import payloads
from connectors.juki.event import Event, Origin
from connectors.juki.kinds import LETTERED, Kind
from connectors.juki.resident import Resident
from connectors.juki.subscriptions import Subscription
from connectors.kit.ids import computed_id, follow_up_id
from connectors.kit.law import Basis, Law, basis


@dataclass(frozen=True, slots=True)
class Way:
    """A flow that one row of `statutes` carries: (flow, type, sender, recipient, item of the table)."""

    flow: str
    type: str
    sender: str
    recipient: str
    item: str


HK_UPD: Final = Way("A1-3", "HK-UPD", "juki", "cs", "juki-30-6")
TS_CERT: Final = Way("A3-2", "TS-CERT", "cs", "juki", "juki-24-2")
TN_NOTE: Final = Way("A3-5a", "TN-NOTE", "juki", "cs", "juki-9-1")
SF_SEND: Final = Way("A7-1", "SF-SEND", "juki", "cs", "bangou-7-1")
MJ_OUT: Final = Way("B8-3", "MJ-OUT", "juki", "moj", "nyukan-61-8-2")
MJ_IN: Final = Way("B9", "MJ-IN", "moj", "juki", "juki-30-50")
AT_REG: Final = Way("C0", "AT-REG", "juki", "atena", "bangou-9-1")
CK_DBM: Final = Way("C1", "CK-DBM", "juki", "atena", "bangou-19-8-fukuhon")
CK_DBM_ONWARD: Final = Way("C1", "CK-DBM", "atena", "chukan", "bangou-19-8-fukuhon")
CV_UPD: Final = Way("D1", "CV-UPD", "juki", "conbini", "conbini-1")
STATUTES: Final = "statutes"

_BUILDERS: Final[Mapping[Way, Callable[[Event], etree._Element]]] = MappingProxyType(
    {
        HK_UPD: payloads.identification_update,
        TS_CERT: payloads.moving_certificate,
        TN_NOTE: payloads.arrival_notice,
        SF_SEND: payloads.letter,
        MJ_OUT: payloads.municipal_notice,
        MJ_IN: payloads.immigration_notice,
        AT_REG: payloads.name_registration,
        CK_DBM: payloads.copy_registration,
        CV_UPD: payloads.certificate_source,
    }
)


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message that follows from `event`, about the person of the event. Version 1 of its type.

    `rejection` is the code with which the recipient must reject it, empty when it must take it. `cause` is the id of the message because
    of which the sender's connector makes this one; then that connector builds the payload (here: atena -> chukan, where
    宛名番号 gives way to 団体内統合宛名番号), and `payload` is None.
    """

    flow: str
    type: str
    sender: str
    recipient: str
    basis: Basis
    event: Event
    message_id: str
    rejection: str = ""
    cause: str = ""
    permitted: frozenset[str] = frozenset()
    build: Callable[[Event], etree._Element] | None = field(default=None, repr=False)

    @property
    def person(self) -> str:
        """宛名番号; never to be sent as Subject: see `connectors.kit.Identity.subject`."""
        return self.event.person

    @property
    def conversation_id(self) -> str:
        """That of the 届出."""
        return self.event.conversation

    def payload(self) -> etree._Element | None:
        """A new payload element, the same to the byte each time; None where the sender makes it out of `cause`."""
        return self.build(self.event) if self.build else None


class Planner:
    """Turns events into messages. Raises `KeyError` at once when the tables lack a row that a flow needs."""

    def __init__(self, law: Law, subscriptions: tuple[Subscription, ...]) -> None:
        ways = (*_BUILDERS, CK_DBM_ONWARD)
        self._statutes = {way: basis(law, STATUTES, way.item) for way in ways}
        self._subscriptions = tuple((one, basis(law, one.table, one.item)) for one in subscriptions)

    def messages(self, event: Event) -> tuple[PlannedMessage, ...]:
        """What follows from `event`, in the order in which it is sent."""
        if event.planned:
            return (self._message(HK_UPD, event, rejection=event.planned),)
        return tuple(self._follow(event))

    def _follow(self, event: Event) -> Iterator[PlannedMessage]:
        for way in ways(event):
            message = self._message(way, event)
            yield message
            if way is CK_DBM:
                yield self._message(CK_DBM_ONWARD, event, cause=message.message_id)
        if event.after != event.before:
            yield from self._notices(event)

    def _message(self, way: Way, event: Event, *, rejection: str = "", cause: str = "") -> PlannedMessage:
        made = computed_id(event.at_ms, event.id, way.flow, way.sender, way.recipient)
        return PlannedMessage(
            flow=way.flow,
            type=way.type,
            sender=way.sender,
            recipient=way.recipient,
            basis=self._statutes[way],
            event=event,
            message_id=follow_up_id(cause, way.recipient) if cause else made,
            rejection=rejection,
            cause=cause,
            build=None if cause else _BUILDERS[way],
        )

    def _notices(self, event: Event) -> Iterator[PlannedMessage]:
        told: set[str] = set()
        for subscription, claimed in self._subscriptions:
            if subscription.department in told or not subscription.hears(event):
                continue
            told.add(subscription.department)
            yield PlannedMessage(
                flow="B7-1",
                type="JK-CHG",
                sender="juki",
                recipient=subscription.department,
                basis=claimed,
                event=event,
                message_id=computed_id(event.at_ms, event.id, "B7-1", "juki", subscription.department),
                permitted=subscription.items,
                build=partial(payloads.change_notice, permitted=subscription.items),
            )


# --- what follows -------------------------------------------------------------------------------------------------------


def ways(event: Event) -> Iterator[Way]:
    """What follows from the event under a statute, in the order in which it is sent; 庁内連携 (B7-1) comes beside it."""
    before, after = event.before, event.after
    if event.kind is Kind.TENSHUTSU_SHOUMEI:
        yield TS_CERT
        return
    if event.origin is Origin.MOJ:
        yield MJ_IN
    if after != before:
        yield from _changes(event, before, after)
    if event.kind in LETTERED:
        yield SF_SEND


def _changes(event: Event, before: Resident | None, after: Resident) -> Iterator[Way]:
    if _differ(before, after, _identification):
        yield HK_UPD
    if event.kind is Kind.TENNYUU_TOKUREI:
        yield TN_NOTE  # ⑤a and ⑤b go out by one event (L620)
    if _differ(before, after, _certificate):
        yield CV_UPD
    # Loop suppression: what the 法務省 told us is not told back (domain analysis 5.4).
    if after.foreign and event.origin is not Origin.MOJ and _differ(before, after, _municipal):
        yield MJ_OUT
    if after.present and _differ(before, after, _basic):
        yield AT_REG
    if after.present and _differ(before, after, _household):
        yield CK_DBM


def _differ(before: Resident | None, after: Resident, view: Callable[[Resident], object]) -> bool:
    return before is None or view(before) != view(after)


def _identification(one: Resident) -> object:
    """本人確認情報 (住基法30条の5第1項): what 30条の6 wants told. 世帯 and 続柄 are not part of it."""
    numbers = (one.juuminhyou_code, one.kojin_bangou)
    return (one.name, one.kana, one.old_name, one.birth, one.sex, one.address, one.state, numbers)


def _basic(one: Resident) -> object:
    return (one.kojin_bangou, one.name, one.birth, one.sex, one.address.text)


def _household(one: Resident) -> object:
    """住民票関係情報 (住基法7条4号), and whether it may be answered from automatically (S14)."""
    return (one.household, one.relation, one.order, one.suppressed)


def _certificate(one: Resident) -> object:
    return tuple(payloads.certificate_items(one))


def _municipal(one: Resident) -> object:
    # The day of filing alone is no change: a 世帯変更 has one, and it is not the 法務省's business.
    return tuple(pair for pair in payloads.municipal_items(one) if pair[0] != "届出の年月日")
