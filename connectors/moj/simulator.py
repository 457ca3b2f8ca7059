"""A 法務省 that tells the town of new 在留期間 and 在留資格: `python -m connectors.moj.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict

from connectors.juki.town import Town
from connectors.kit.desk import Plain, Play, paged
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Events
from connectors.kit.simulator import Options, run
from connectors.moj.connector import FEED

ENDPOINT = "moj"


class Moj(Plain):
    """Its notices of the day, in order; what it is told it takes."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._notices = town.notices(ENDPOINT, tokens)

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name != FEED:
            raise ValueError("no such feed")
        return paged(self._notices, after, limit, asdict)


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Moj(Town.of(options), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays))
