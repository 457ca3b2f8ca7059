"""The synthetic town as every simulator of the day sees it: who lives there, what happens, and what others announce of it.

Simulators of several partners play the same day from the same seed; connectors never import this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from connectors.juki.day import JST, make_day
from connectors.juki.event import Event, Origin
from connectors.juki.kinds import Kind
from connectors.juki.messages import MJ_IN, TS_CERT, Way
from connectors.juki.population import Population, make_population
from connectors.juki.tokens import message_id

_CERTIFICATE_DAYS = 30


@dataclass(frozen=True)
class Town:
    """One day in one town; the same arguments give the same town in every process."""

    seed: int
    residents: int
    number_of_events: int
    day: date

    @cached_property
    def population(self) -> Population:
        return make_population(self.seed, self.residents)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        return tuple(make_day(self.population, self.seed, self.number_of_events, self.day))


def announced(event: Event) -> Way | None:
    """The message by which somebody else tells 住記 of the event; None where the counter itself is told."""
    if event.kind is Kind.TENSHUTSU_SHOUMEI:
        return TS_CERT
    if event.origin is Origin.MOJ and not event.planned:
        return MJ_IN
    return None


def announcement_id(event: Event, way: Way) -> str:
    """The MessageId of the announcement, as the plan of the day has it."""
    return message_id(event.at_ms, event.id, way.flow, way.sender, way.recipient)


def certificate_expiry(event: Event) -> datetime:
    """When a 転出証明書情報 is erased without 転入: 30 days after 転出予定年月日, which is not counted (L617; 民法140条)."""
    last = event.after.address_since + timedelta(days=_CERTIFICATE_DAYS)
    return datetime.combine(last + timedelta(days=1), time(), JST)
