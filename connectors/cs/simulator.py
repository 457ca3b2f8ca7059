"""A CS that checks updates on its own data and hears of arrivals from other CS: `python -m connectors.cs.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from lxml import etree

from connectors.cs.register import Record, Register, record_of
from connectors.juki import payloads
from connectors.juki.day import JST, OPENS
from connectors.juki.event import Clerk, Event, Origin
from connectors.juki.kinds import Kind
from connectors.juki.messages import STATUTES, TS_CERT
from connectors.juki.resident import Resident
from connectors.juki.town import Town, announced, announcement_id, certificate_expiry
from connectors.kit.desk import Performed, Plain, Play
from connectors.kit.feeds import Notice
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.kit.payload import items, payload_of
from connectors.kit.simulator import Options, run

ENDPOINT = "cs"
FEED = "certificates"


class Cs(Plain):
    """The CS of one town: everybody who lives there is recorded when the day begins."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._tokens = tokens
        self._register = Register()
        for resident in town.population.residents:
            self._register.put(record_of(items(payloads.identification_update(_as_recorded(resident, town))), tokens))
        self._certificates = [event for event in town.events if announced(event) is TS_CERT]

    def perform(self, effect: Effect) -> Performed:
        if effect.type != "HK-UPD":
            return Performed()
        update = items(payload_of(effect.xml))
        record = record_of(update, self._tokens)
        code = self._register.verdict(record, update["異動事由"])
        if code:
            return Performed(confirmed=False, code=code)
        return Performed(facts={"person": record.person, "fixed": record.fixed, **_optional(record)})

    def remember(self, line: Line) -> None:
        facts = line.facts
        if line.result == CONFIRMED and "person" in facts:
            present = facts.get("present", "1") == "1"
            self._register.put(Record(facts["person"], facts["fixed"], present, facts.get("former", "")))

    def feed(self, name: str, after: str, limit: int) -> Events:
        start = int(after or "0")
        if name != FEED or not 0 <= start <= len(self._certificates):
            raise ValueError("no such feed or place")
        page = self._certificates[start : start + limit]
        cursor = start + len(page)
        return Events([asdict(self._notice(event)) for event in page], str(cursor), cursor == len(self._certificates))

    def _notice(self, event: Event) -> Notice:
        return Notice(
            flow=TS_CERT.flow,
            type=TS_CERT.type,
            recipient=TS_CERT.recipient,
            table=STATUTES,
            item=TS_CERT.item,
            person=self._tokens.of("person", event.after.juuminhyou_code),
            payload=etree.tostring(payloads.moving_certificate(event), encoding="unicode"),
            created_at=event.at.isoformat(),
            conversation_id=event.conversation,
            message_id=announcement_id(event, TS_CERT),
            reason_code=event.kind.name,
            reason=event.kind.form.text,
            expires_at=certificate_expiry(event).isoformat(),
        )


def _optional(record: Record) -> dict[str, str]:
    """What a ledger line says only where it is not the usual."""
    return ({} if record.present else {"present": "0"}) | ({"former": record.former} if record.former else {})


def _as_recorded(resident: Resident, town: Town) -> Event:
    """The update that would record this resident as they are when the day begins."""
    return Event(
        id="initial",
        number=0,
        at=datetime.combine(town.day, OPENS, JST),
        kind=Kind.TENNYUU,
        person=resident.atena,
        before=None,
        after=resident,
        origin=Origin.JUKI,
        clerk=Clerk("", "", ""),
        conversation="",
    )


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Cs(Town(options.seed, options.residents, options.events, options.day), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays))
