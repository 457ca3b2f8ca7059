"""A 共通機能 that numbers persons: `python -m connectors.atena.simulator --help`. Everybody is registered when the day begins."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping

from connectors.atena.connector import NUMBER
from connectors.atena.numbers import assigned
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain, Play
from connectors.kit.domain import UNKNOWN_PERSON
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED, Effect
from connectors.kit.payload import items, payload_of
from connectors.kit.simulator import Options, run

ENDPOINT = "atena"


class Atena(Plain):
    """Knows whom it has numbered, by token; the number itself follows from 宛名番号 and the key."""

    def __init__(self, registered: Iterable[str], tokens: Tokens, key: bytes) -> None:
        """`registered`: the 宛名番号 of those who were registered before the day."""
        self._tokens = tokens
        self._key = key
        self._registered = {self._person(atena) for atena in registered}

    def perform(self, effect: Effect) -> Performed:
        person = self._person(items(payload_of(effect.content))["宛名番号"])
        if effect.type == "AT-REG":
            return Performed(facts={"person": person})
        if person not in self._registered:
            return Performed(confirmed=False, code=UNKNOWN_PERSON)
        return Performed()

    def remember(self, line: Line) -> None:
        if line.result == CONFIRMED and "person" in line.facts:
            self._registered.add(line.facts["person"])

    def reply(self, effect: Effect) -> Mapping[str, str]:
        return {NUMBER: assigned(self._key, items(payload_of(effect.content))["宛名番号"])}

    def _person(self, atena: str) -> str:
        return self._tokens.of("person", atena)


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play. The key of the numbers comes from the seed: the same town has the same numbers."""
    town = Town.of(options)
    key = hashlib.sha256(f"atena/{options.seed}".encode()).digest()
    return {ENDPOINT: Atena(town.registered(), tokens, key)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays))
