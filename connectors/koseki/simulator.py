"""A 戸籍システム that tells of 届出 and certificates on a full day: `python -m connectors.koseki.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from connectors.juki.town import Town
from connectors.kit.desk import Desk, Plain, Play, paged
from connectors.kit.languages.files import FileService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Events
from connectors.kit.simulator import Options, Service, run
from connectors.koseki.connector import CERTIFICATES, NOTICES
from connectors.koseki.layouts import CERTIFIED, NOTIFIED, forms

ENDPOINT = "koseki"


class Koseki(Plain):
    """Its records of the day, in order, in two feeds."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        told = town.notices(ENDPOINT, tokens)
        kinds = {CERTIFICATES: CERTIFIED, NOTICES: NOTIFIED}
        self._records = {
            name: [kind.record_of(one) for one in told if one.type == kind.type] for name, kind in kinds.items()
        }

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name not in self._records:
            raise ValueError("no such feed")
        return paged(self._records[name], after, limit, dict)


def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
    """Files in folders at `place`."""
    forms_ = dict(zip((CERTIFICATES, NOTICES), forms(), strict=True))
    return FileService(place, desks, dict.fromkeys(desks, forms_))


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Koseki(Town.of(options), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays, speak=speak))
