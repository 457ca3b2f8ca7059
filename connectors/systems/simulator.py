"""Department systems, one ledger each: all in one process, or those named by --endpoint. `python -m connectors.systems.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from connectors.juki.town import Town
from connectors.kit.desk import Desk, Performed, Plain, Play, paged
from connectors.kit.domain import NO_MATCH
from connectors.kit.feeds import Notice
from connectors.kit.languages import rows
from connectors.kit.languages.files import FileService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect, Events
from connectors.kit.simulator import Options, Service, run
from connectors.systems.files import SHOUKAI, announcements, forms

ENDPOINTS = ("kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho", "jidou", "senkyo")
_NUMBER = "照会番号"


class System(Plain):
    """Announces its own 資格情報 and 情報照会. A 照会結果 for a question that it never asked matches nothing it has."""

    def __init__(self, endpoint: str, notices: Collection[Notice]) -> None:
        """Raises `ValueError` for a notice that no feed of this system can hold."""
        kinds = announcements(endpoint)
        self._records = {
            name: [one.record_of(notice) for notice in notices if notice.type == one.type]
            for name, one in kinds.items()
        }
        if sum(map(len, self._records.values())) != len(notices):
            raise ValueError("a notice that no feed holds")
        self._asked = frozenset(one[_NUMBER] for one in self._records.get(SHOUKAI, ()))

    def perform(self, effect: Effect) -> Performed:
        numbers = {said[_NUMBER] for said in rows.read(effect.content)}
        if len(numbers) != 1:
            raise ValueError("one result at a time")
        return Performed() if numbers <= self._asked else Performed(confirmed=False, code=NO_MATCH)

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name not in self._records:
            raise ValueError("no such feed")
        return paged(self._records[name], after, limit, dict)


def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
    """Folders for each system below `place`."""
    return FileService(place, desks, {name: forms(name) for name in desks})


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play for every endpoint, or for those named by --endpoint."""
    town = Town.of(options)
    return {name: System(name, town.notices(name, tokens)) for name in options.endpoints or ENDPOINTS}


if __name__ == "__main__":
    sys.exit(run("systems", ENDPOINTS, plays, speak=speak))
