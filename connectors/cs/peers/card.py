"""The 個人番号カード管理システム (機構): 送付先情報 (A7-2), 継続利用 (A3-6), card events (A8-1). `python -m connectors.cs.peers.card --help`."""

from __future__ import annotations

import hashlib

from connectors.cs.network import CARD
from connectors.cs.peers.serving import serve
from connectors.juki.full import behind
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain
from connectors.kit.domain import NO_MATCH
from connectors.kit.errands import refused, taken
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect
from connectors.kit.payload import payload_of

NAME = "card"


class Card(Plain):
    """Who has a card in the morning decides what can be done with it."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._bearers = behind.bearers(town)
        self._tokens = tokens

    def perform(self, effect: Effect) -> Performed:
        if effect.type == "A7-2":
            return _letter(effect)
        said = CARD.decode(effect.content)
        person = self._tokens.of("person", said["住民票コード"])
        if effect.type == "A3-6":
            return taken(effect, person=person)
        if (said["処理区分"] == "KOUFU") is (said["住民票コード"] in self._bearers):
            return refused(effect, NO_MATCH)
        return taken(effect, person=person, act=said["処理区分"])


def _letter(effect: Effect) -> Performed:
    """送付先情報 is what 住記 signed, to the byte (S18). Raises `ValueError` for anything else."""
    if hashlib.sha256(effect.content).hexdigest() != effect.sha256:
        raise ValueError("not the bytes that were signed")
    return taken(effect, persons=payload_of(effect.content).findtext("{*}対象となる人数") or "")


if __name__ == "__main__":
    serve(NAME, Card)
