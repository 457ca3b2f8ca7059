"""A 法務省 that tells the town of new 在留期間 and 在留資格: `python -m connectors.moj.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from connectors.juki.town import Town
from connectors.kit.desk import Desk, Performed, Plain, Play, paged
from connectors.kit.domain import NO_MATCH
from connectors.kit.languages.files import FileService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect, Events
from connectors.kit.simulator import Options, Service, run
from connectors.moj.connector import FEED
from connectors.moj.layouts import NOTICE, Forms, own_gaiji

ENDPOINT = "moj"
_CARD = "在留カードの番号"


class Moj(Plain):
    """Its notices of the day, in order. A 市町村通知 with the number of a 在留カード that it never issued matches nobody."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._records = [NOTICE.record_of(one) for one in town.notices(ENDPOINT, tokens)]
        self._forms = Forms(own_gaiji())
        self._cards = frozenset(_cards(town))

    def perform(self, effect: Effect) -> Performed:
        card = self._forms.read(effect.content)[_CARD]
        if card and card not in self._cards:
            return Performed(confirmed=False, code=NO_MATCH)
        return Performed()

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name != FEED:
            raise ValueError("no such feed")
        return paged(self._records, after, limit, dict)


def _cards(town: Town) -> Iterator[str]:
    """Every card that anybody of the town has or gets today."""
    for one in (*town.population.residents, *(event.after for event in town.events)):
        if one.foreign is not None:
            yield one.foreign.status.card


def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
    """Files in folders at `place`."""
    return FileService(place, desks, {name: {FEED: Forms(own_gaiji()).notices} for name in desks})


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Moj(Town.of(options), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays, speak=speak))
