"""A 住記 that lives through one simulated day: `python -m connectors.juki.simulator --help`.

One feed, `day`: every event in the order of the day, the same for both zones. An event of which somebody else tells us
(法務省通知, 転出証明書情報), or on a full day one that tells a number which the 機構 must make first (B11), holds the feed back until
that message has been performed here, so that causality holds although the zones are two processes, and no outcome depends on
which of them is faster. A notice that was rejected changes nothing. What it
is told and asked beside that it takes or rejects by `connectors.juki.checks`. The other feeds (`connectors.juki.said`) are what it
tells beside its 異動, a feed for each kind. All of it goes by files of records.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from connectors.juki import eventrecord, heard, said
from connectors.juki.checks import Checks
from connectors.juki.event import Event
from connectors.juki.town import Town
from connectors.kit.desk import Desk, Performed, Plain, Play
from connectors.kit.languages.files import FileService
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.kit.simulator import Options, Service, run

ENDPOINT = "juki"
_Record = tuple[str, Mapping[str, str]]  # the MessageId that it awaits or "", and the record


class Juki(Plain):
    """The register's side of the day. What it has been told is what its ledger says."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._events: Sequence[Event] = town.events
        self._awaited = town.awaited
        self._checks = Checks(town, tokens)
        self._told: dict[str, bool] = {}
        self._beside = _beside(town, tokens)

    def perform(self, effect: Effect) -> Performed:
        return self._checks.verdict(heard.read(effect))

    def reply(self, effect: Effect) -> Mapping[str, str]:
        return self._checks.four_items(heard.read(effect)) if effect.type == "CK-4J" else {}

    def remember(self, line: Line) -> None:
        self._told[line.message] = line.result == CONFIRMED
        self._checks.remember(line)

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name in self._beside:
            return self._told_beside(self._beside[name], after, limit)
        place = int(after or "0")
        if name != said.DAY or not 0 <= place <= len(self._events):
            raise ValueError("no such feed or place")
        page: list[Mapping[str, Any]] = []
        while place < len(self._events) and len(page) < limit:
            event = self._events[place]
            happened = self._happened(event)
            if happened is None:
                break
            if happened:
                page.append(eventrecord.encode(event))
            place += 1
        return Events(page, str(place), place == len(self._events))

    def _told_beside(self, records: Sequence[_Record], after: str, limit: int) -> Events:
        """One that awaits a message holds its feed back until that was taken."""
        start = int(after or "0")
        if not 0 <= start <= len(records):
            raise ValueError("no such place")
        ready = list(takewhile(lambda one: not one[0] or one[0] in self._told, records[start : start + limit]))
        place = start + len(ready)
        return Events([record for _, record in ready], str(place), place == len(records))

    def _happened(self, event: Event) -> bool | None:
        """None while we have not been told of it."""
        awaited = self._awaited.get(event.id)
        return True if awaited is None else self._told.get(awaited)


def _beside(town: Town, tokens: Tokens) -> Mapping[str, Sequence[_Record]]:
    """What 住記 tells on a full day beside its 異動, by feed."""
    made: dict[str, list[_Record]] = {name: [] for name in said.FEEDS if name != said.DAY}
    for one in town.told:
        if one.sender == ENDPOINT:
            name, records = said.records_of(one.notice(tokens))
            made[name] += [(one.awaits, record) for record in records]
    return made


def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
    """Files in folders at `place`."""
    return FileService(place, desks, dict.fromkeys(desks, said.forms()))


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play; both zones' connectors speak to it."""
    return {ENDPOINT: Juki(Town.of(options), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays, speak=speak))
