"""A 印鑑登録システム that tells of registrations on a full day: `python -m connectors.inkan.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from connectors.inkan.connector import FEED
from connectors.inkan.layouts import CERTIFIED, form
from connectors.juki.town import Town
from connectors.kit.desk import Desk, Plain, Play, paged
from connectors.kit.languages.files import FileService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Events
from connectors.kit.simulator import Options, Service, run

ENDPOINT = "inkan"


class Inkan(Plain):
    """Its records of the day, in order."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._records = [CERTIFIED.record_of(one) for one in town.notices(ENDPOINT, tokens)]

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name != FEED:
            raise ValueError("no such feed")
        return paged(self._records, after, limit, dict)


def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
    """Files in folders at `place`."""
    return FileService(place, desks, {name: {FEED: form()} for name in desks})


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Inkan(Town.of(options), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays, speak=speak))
