"""The 都道府県サーバー (東京都): A1-4, A3-5b, A4-1, A6-123. `python -m connectors.cs.peers.to_sv --help`."""

from __future__ import annotations

from connectors.cs.network import TOKYO, neighbour, person
from connectors.cs.peers.archive import Archive
from connectors.cs.peers.serving import serve
from connectors.juki.full import behind
from connectors.juki.town import Town
from connectors.kit.ledger import Tokens
from connectors.kit.payload import items

NAME = "to-sv"


def server(town: Town, tokens: Tokens) -> Archive:
    """Everybody of the ward, and the neighbours of other municipalities of 東京都."""
    own = [person(items(update)) for update in town.first_updates()]
    others = [one for one in map(neighbour, behind.neighbours(town)) if one is not None]
    near = [one for place, one in others if place.startswith(TOKYO)]
    return Archive([*own, *near], tokens, ("A1-4", "A3-5b"), ("A4-1",), behind.missing_at_prefecture(town))


if __name__ == "__main__":
    serve(NAME, server)
