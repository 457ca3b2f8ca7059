"""A 申請管理システム: `python -m connectors.shinsei.simulator --help`. On a full day it fetches filings from the サービス検索・電子申請機能.

That one (connectors.shinsei.peers.eshin) listens as eshin.sock beside our own socket, and may start before or after us.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.juki.full import filings
from connectors.juki.town import Town
from connectors.kit.desk import Desk, Play
from connectors.kit.languages.http import HttpPartner, HttpService
from connectors.kit.ledger import Tokens
from connectors.kit.patience import background
from connectors.kit.simulator import Options, Service, run
from connectors.shinsei.collecting import Collecting
from connectors.shinsei.jpki import Verifier
from connectors.shinsei.links import Links
from connectors.shinsei.office import Office
from connectors.shinsei.peers import ESHIN
from connectors.shinsei.peers.authority import Authority

ENDPOINT = "shinsei"


class Fetching:
    """The service of an office that fetches filings while it serves."""

    def __init__(self, service: Service, collecting: Collecting) -> None:
        self._service, self._collecting = service, collecting

    def serve(self) -> None:
        background(self._collecting.run, "collecting")
        self._service.serve()

    def stop(self) -> None:
        self._collecting.stop()
        self._service.stop()

    def close(self) -> None:
        self._service.close()


def office(town: Town, tokens: Tokens) -> Office:
    """The office of a town. It pins the certificate of the test CA, and knows who was linked before the day."""
    if not town.full:
        return Office(tokens, Links(tokens))
    to_come = frozenset(one.message_id for one in town.told if one.type == "SN-LINK")
    links = Links(tokens, filings.linked_before(town))
    return Office(tokens, links, Verifier(Authority(town.seed, town.day).certificate), to_come)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    made: list[Office] = []

    def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
        made.append(office(Town.of(options), tokens))
        return {ENDPOINT: made[0]}

    def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
        service = HttpService(place, desks)
        if made[0].complete:
            return service
        eshin = HttpPartner(place.with_name(f"{ESHIN}.sock"), ESHIN)
        return Fetching(service, Collecting(eshin, desks[ENDPOINT], made[0]))

    return run(ENDPOINT, (ENDPOINT,), plays, arguments, speak)


if __name__ == "__main__":
    sys.exit(main())
