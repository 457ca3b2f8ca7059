"""A 税務システム that reads what it is told and tells of tax certificates on a full day: `python -m connectors.zei.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from connectors.juki.town import Town
from connectors.kit.desk import Desk, Performed, Plain, Play, paged
from connectors.kit.languages import rows
from connectors.kit.languages.files import FileService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect, Events
from connectors.kit.simulator import Options, Service, run
from connectors.zei.columns import CERTIFIED, ENQUIRED, FORMS

ENDPOINT = "zei"
_ALWAYS: Mapping[str, str] = {"JK-CHG": "異動事由", "CK-SKR": "照会番号"}


class Zei(Plain):
    """Its records of the day, in order, in two feeds; what it is told it reads and takes."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        told = town.notices(ENDPOINT, tokens)
        kinds = zip(FORMS, (CERTIFIED, ENQUIRED), strict=True)
        self._records = {name: [kind.record_of(one) for one in told if one.type == kind.type] for name, kind in kinds}

    def perform(self, effect: Effect) -> Performed:
        read = rows.read(effect.content)
        if not read or not all(one.get(_ALWAYS[effect.type]) for one in read):
            raise ValueError("no record of this type")
        return Performed()

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name not in self._records:
            raise ValueError("no such feed")
        return paged(self._records[name], after, limit, dict)


def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
    """Files in folders at `place`."""
    return FileService(place, desks, dict.fromkeys(desks, FORMS))


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Zei(Town.of(options), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays, speak=speak))
