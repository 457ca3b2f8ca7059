"""A CS that checks updates on its own data and hears of arrivals from other CS: `python -m connectors.cs.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict

from connectors.cs.connector import FEED
from connectors.cs.register import Record, Register, record_of
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain, Play, paged
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.kit.payload import items, payload_of
from connectors.kit.simulator import Options, run

ENDPOINT = "cs"


class Cs(Plain):
    """The CS of one town: everybody who lives there is recorded when the day begins."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._tokens = tokens
        self._register = Register()
        for update in town.first_updates():
            self._register.put(record_of(items(update), tokens))
        self._notices = town.notices(ENDPOINT, tokens)

    def perform(self, effect: Effect) -> Performed:
        if effect.type != "HK-UPD":
            return Performed()
        update = items(payload_of(effect.content))
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
        if name != FEED:
            raise ValueError("no such feed")
        return paged(self._notices, after, limit, asdict)


def _optional(record: Record) -> dict[str, str]:
    """What a ledger line says only where it is not the usual."""
    return ({} if record.present else {"present": "0"}) | ({"former": record.former} if record.former else {})


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Cs(Town.of(options), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays))
