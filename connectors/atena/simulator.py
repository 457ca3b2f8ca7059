"""A 共通機能 that numbers persons and knows who asked what: `python -m connectors.atena.simulator --help`.

Everybody who lives here when the day begins is registered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from connectors.atena.connector import APPROVAL, ASKER, NUMBER, OWN, PROCESS
from connectors.atena.language import Told
from connectors.juki.full import nws
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain, Play
from connectors.kit.domain import NO_GROUND, NO_MATCH, UNKNOWN_PERSON
from connectors.kit.languages.http import HttpService
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED, Effect
from connectors.kit.simulator import Options, run

ENDPOINT: Final = "atena"
_RESIDENT_REGISTER: Final = "juki"
_BY_OWN: Final = frozenset({"CK-DBM"})
_BY_NUMBER: Final = frozenset({"CK-4J", "CK-SKI", "CK-EXP"})


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the 共通機能 numbers: 宛名番号 to number and back; `process` gives the 処理通番 by MessageId, None where nobody asks for 符号."""

    number: Callable[[str], str]
    own: Callable[[str], str]
    process: Callable[[str], str] | None = None

    @classmethod
    def of(cls, town: Town) -> Numbering:
        """That of a town. 符号 are asked for on a full day."""
        process = partial(nws.process_number, town, "C2") if town.full else None
        return cls(town.integrated, town.own_number, process)


class Atena(Plain):
    """Knows by token whom it has numbered, and by conversation who asked; a number itself follows from 宛名番号."""

    def __init__(self, registered: Iterable[str], tokens: Tokens, numbering: Numbering) -> None:
        """`registered`: the 宛名番号 of those who were registered before the day."""
        self._tokens = tokens
        self._numbering = numbering
        self._registered = {self._person(own) for own in registered}
        self._first: set[str] = set()
        self._askers: dict[str, str] = {}

    def perform(self, effect: Effect) -> Performed:
        told = _read(effect)
        said = told.texts()
        if effect.type == "AT-REG":
            person = self._person(said[OWN][0])
            return Performed(facts={"person": person, **({} if person in self._registered else {"first": "1"})})
        if effect.type in _BY_OWN | _BY_NUMBER and self._whose(effect, said) not in self._registered:
            return Performed(confirmed=False, code=UNKNOWN_PERSON)
        if effect.type == "CK-SKI":
            return self._enquiry(told)
        if effect.type == "CK-SKR" and told.conversation not in self._askers:
            return Performed(confirmed=False, code=NO_MATCH)
        return Performed()

    def remember(self, line: Line) -> None:
        if line.result != CONFIRMED:
            return
        facts = line.facts
        if "person" in facts:
            self._registered.add(facts["person"])
        if "first" in facts:
            self._first.add(line.message)
        if "asker" in facts:
            self._askers[facts["conversation"]] = facts["asker"]

    def reply(self, effect: Effect) -> Mapping[str, str]:
        told = _read(effect)
        said = told.texts()
        if effect.type == "CK-TKY":
            # An affair whose row the ward has not confirmed gets nothing (別紙1の152の項).
            return {APPROVAL: "9" if said["事務名"][0] == nws.UNCONFIRMED else "1"}
        if effect.type == "CK-SKR":
            return {ASKER: self._askers[told.conversation]}
        if effect.type in {"CK-4J", "CK-EXP"}:
            return {OWN: self._numbering.own(said[NUMBER][0])}
        if effect.type in {"AT-REG", "CK-DBM"}:
            return {NUMBER: self._numbering.number(said[OWN][0]), **self._process(effect)}
        return {}

    def _enquiry(self, told: Told) -> Performed:
        if told.sender == _RESIDENT_REGISTER:
            return Performed(confirmed=False, code=NO_GROUND)  # never for 住民基本台帳事務 (L169)
        return Performed(facts={"asker": told.sender, "conversation": told.conversation})

    def _process(self, effect: Effect) -> Mapping[str, str]:
        """処理通番 where this registration was the person's first."""
        process = self._numbering.process
        return {PROCESS: process(effect.message)} if process and effect.message in self._first else {}

    def _whose(self, effect: Effect, said: Mapping[str, Iterable[str]]) -> str:
        if effect.type in _BY_OWN:
            (own,) = said[OWN]
            return self._person(own)
        (number,) = said[NUMBER]
        return self._person(self._numbering.own(number))

    def _person(self, own: str) -> str:
        return self._tokens.of("person", own)


def _read(effect: Effect) -> Told:
    """The message behind an effect. Raises `ValueError` for anything else."""
    told = Told.decode(effect.content)
    if told.type != effect.type:
        raise ValueError("another type")
    return told


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play. The numbers come from the seed: the same town has the same numbers."""
    town = Town.of(options)
    return {ENDPOINT: Atena(town.registered(), tokens, Numbering.of(town))}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays, speak=HttpService))
