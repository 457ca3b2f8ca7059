"""The synthetic town as every simulator of the day sees it: who lives there, what happens, and what others announce of it.

Simulators of several partners play the same day from the same seed; this is the one module that they share, and no
connector imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from lxml import etree

from connectors.juki import full, generation, integrated, payloads
from connectors.juki.day import JST, OPENS, make_day
from connectors.juki.event import Clerk, Event, Origin
from connectors.juki.kinds import Kind
from connectors.juki.messages import MJ_IN, STATUTES, TS_CERT, Way
from connectors.juki.population import Population, make_population
from connectors.juki.resident import Resident
from connectors.juki.told import Follow, Told
from connectors.kit.feeds import Notice
from connectors.kit.ids import computed_id
from connectors.kit.ledger import Tokens
from connectors.kit.simulator import Options

_CERTIFICATE_DAYS = 30


@dataclass(frozen=True)
class Town:
    """One day in one town; the same arguments give the same town in every process."""

    seed: int
    residents: int
    number_of_events: int
    day: date
    full: bool = False

    @classmethod
    def of(cls, options: Options) -> Town:
        """The town that a simulator was started for."""
        return cls(options.seed, options.residents, options.events, options.day, options.full)

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """What other bodies tell the ward on a full day, in order of time; nothing on an ordinary one."""
        return full.told(self) if self.full else ()

    def notices(self, sender: str, tokens: Tokens) -> tuple[Notice, ...]:
        """All that `sender` announces, in order of time: what the day makes it tell, and on a full day the rest."""
        made = [(event.at, notice(event, tokens)) for event in self.announcements(sender)]
        made += [(one.at, one.notice(tokens)) for one in self.told if one.sender == sender]
        return tuple(one for _, one in sorted(made, key=lambda pair: (pair[0], pair[1].message_id)))

    @cached_property
    def population(self) -> Population:
        return make_population(self.seed, self.residents)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        return tuple(make_day(self.population, self.seed, self.number_of_events, self.day))

    def integrated(self, atena: str) -> str:
        """The 団体内統合宛名番号 that the 共通機能 of this town assigns to a 宛名番号."""
        return integrated.assigned(integrated.key_of(self.seed), atena)

    def own_number(self, number: str) -> str:
        """The 宛名番号 behind a 団体内統合宛名番号. Raises `ValueError` for what is no number."""
        return integrated.undone(integrated.key_of(self.seed), number)

    def generated(self, code: str, reason: str) -> str:
        """The 個人番号 that the 機構 makes for a 住民票コード and 生成要求事由. Raises `ValueError` for what is none of either."""
        return generation.generated(code, reason)

    @cached_property
    def awaited(self) -> Mapping[str, str]:
        """Id of an event -> the MessageId of what 住記 must have been told before: its announcement, or its number (B11)."""
        found = {one.id: announcement_id(one, way) for one in self.events if (way := announced(one)) is not None}
        return {**found, **(full.awaited(self) if self.full else {})}

    @cached_property
    def caused(self) -> tuple[tuple[str, Follow], ...]:
        """On a full day: what connectors must send because of messages of 住記's own day, by the MessageId of the cause."""
        return full.caused(self) if self.full else ()

    def registered(self) -> tuple[str, ...]:
        """The 宛名番号 of everybody who lives here when the day begins."""
        return tuple(one.atena for one in self.population.residents)

    def first_updates(self) -> Iterator[etree._Element]:
        """The 本人確認情報更新 that would have recorded everybody as they are when the day begins."""
        for one in self.population.residents:
            yield payloads.identification_update(self._recorded(one))

    def first_certificates(self) -> Iterator[etree._Element]:
        """The 証明書元情報 that would have told of everybody as they are when the day begins."""
        for one in self.population.residents:
            yield payloads.certificate_source(self._recorded(one))

    def announcements(self, sender: str) -> tuple[Event, ...]:
        """The events of which `sender` (moj, cs) tells 住記, in the order of the day."""
        return tuple(event for event in self.events if (way := announced(event)) is not None and way.sender == sender)

    def _recorded(self, one: Resident) -> Event:
        return Event(
            id="initial",
            number=0,
            at=datetime.combine(self.day, OPENS, JST),
            kind=Kind.TENNYUU,
            person=one.atena,
            before=None,
            after=one,
            origin=Origin.JUKI,
            clerk=Clerk("", "", ""),
            conversation="",
        )


def announced(event: Event) -> Way | None:
    """The message by which somebody else tells 住記 of the event; None where the counter itself is told."""
    if event.kind is Kind.TENSHUTSU_SHOUMEI:
        return TS_CERT
    if event.origin is Origin.MOJ and not event.planned:
        return MJ_IN
    return None


def announcement_id(event: Event, way: Way) -> str:
    """The MessageId of the announcement, as the plan of the day has it."""
    return computed_id(event.at_ms, event.id, way.flow, way.sender, way.recipient)


def notice(event: Event, tokens: Tokens) -> Notice:
    """The announcement of the event as its sender's simulator gives it. Raises `ValueError` for an event without one."""
    way = announced(event)
    if way is None:
        raise ValueError("nobody announces this event")
    build = payloads.moving_certificate if way is TS_CERT else payloads.immigration_notice
    return Notice(
        flow=way.flow,
        type=way.type,
        recipient=way.recipient,
        table=STATUTES,
        item=way.item,
        person=tokens.of("person", event.person),
        payload=etree.tostring(build(event), encoding="unicode"),
        created_at=event.at.isoformat(),
        conversation_id=event.conversation,
        message_id=announcement_id(event, way),
        reason_code=event.kind.name,
        reason=event.kind.form.text,
        expires_at=_expiry(event).isoformat() if way is TS_CERT else "",
    )


def _expiry(event: Event) -> datetime:
    """When a 転出証明書情報 is erased without 転入: 30 days after 転出予定年月日, which is not counted (L617; 民法140条)."""
    last = event.after.address_since + timedelta(days=_CERTIFICATE_DAYS)
    return datetime.combine(last + timedelta(days=1), time(), JST)
