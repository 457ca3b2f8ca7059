"""原本: the records of the register along one day, as 住記 holds what it is told and asked against them.

A record of the day is known from its beginning where it matters whether somebody lives here at all: zones are processes of their
own, and no outcome may depend on which of them is faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.juki.event import Event, Origin
from connectors.juki.resident import Resident

if TYPE_CHECKING:
    from connectors.juki.town import Town

Basic = tuple[str, str, str, str]
Foreigner = tuple[str, str, str, str]


class Original:
    """The register of a town. Nothing is worked out before it is asked for: an ordinary day asks for little."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def at(self, atena: str, moment: datetime) -> Resident | None:
        """The record at that moment of the day; for somebody who arrives later the first one; None for nobody of the day."""
        changes = self._changes.get(atena, ())
        before = [event for event in changes if event.at <= moment]
        if before:
            return before[-1].after
        return self._morning.get(atena) or (changes[0].after if changes else None)

    @cached_property
    def foreigners(self) -> frozenset[Foreigner]:
        """(氏名アルファベット, 生年月日, 性別, 国籍地域) of every record of the day."""
        return frozenset(foreigner(one) for one in self._records() if one.foreign)

    @cached_property
    def basics(self) -> frozenset[Basic]:
        """(氏名, 生年月日, 性別, 住所) of every record of the day."""
        return frozenset((one.name, one.birth, one.sex.value, one.address.text) for one in self._records())

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Every 住所 where somebody lives on this day."""
        return frozenset(address for _, _, _, address in self.basics)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every 住民票コード of the day."""
        return frozenset(one.juuminhyou_code for one in self._records())

    @cached_property
    def numbers(self) -> frozenset[tuple[str, str]]:
        """(個人番号, 生年月日) of every record of the day."""
        return frozenset((one.kojin_bangou, one.birth) for one in self._records())

    @cached_property
    def _morning(self) -> dict[str, Resident]:
        return {one.atena: one for one in self._town.population.residents}

    @cached_property
    def _changes(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for event in self._town.events:
            if not event.planned and event.origin is not Origin.CS:
                found.setdefault(event.person, []).append(event)
        return found

    def _records(self) -> Iterator[Resident]:
        yield from self._town.population.residents
        events: Sequence[Event] = self._town.events
        yield from (event.after for event in events)


def foreigner(one: Resident) -> Foreigner:
    """By which a 法務省通知 is matched."""
    foreign = one.foreign
    return (foreign.alphabet if foreign else "", one.birth, one.sex.value, foreign.nationality if foreign else "")
