"""サービス検索・電子申請機能 (マイナポータル) with the residents at it: `python -m connectors.shinsei.peers.eshin --help`; on a full day.

Residents sign their filings with the cards of a test JPKI, some of them in a way that must not pass. Filings lie here until the ward
has fetched them; the ledger says which it fetched (E1). The CRL is served beside them. Over LGWAN this would be TLS; here it is a
socket of mode 0600.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta

from connectors.juki.full.filings import Filing, Flaw, filings
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain, Play, paged
from connectors.kit.languages.http import HttpService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect, Events
from connectors.kit.simulator import Options, run
from connectors.shinsei.collecting import FILINGS, REVOCATIONS, revocation_event
from connectors.shinsei.filing import FOUR_ITEMS, encode
from connectors.shinsei.office import COLLECTED
from connectors.shinsei.peers import ESHIN
from connectors.shinsei.peers.authority import Authority, SigningCard
from connectors.shinsei.tray import Collected


class Eshin(Plain):
    """Gives filings in the order in which they arrived, as often as it is asked, and notes who fetched them."""

    def __init__(self, town: Town) -> None:
        cast = filings(town) if town.full else ()
        authority = Authority(town.seed, town.day)
        self._crl = authority.revocations(_serials(cast, Flaw.REVOKED))
        cards = _Cards(authority, Authority(town.seed, town.day, "別の認証局"))
        self._filed = tuple(_filed(one, cards) for one in cast)

    def perform(self, effect: Effect) -> Performed:
        if effect.type != COLLECTED:
            raise ValueError("no such effect")
        said = json.loads(effect.content)
        outcome = {"outcome": str(said["result"]), "reason": str(said["code"])}
        return Performed(facts={"flow": COLLECTED} | {name: text for name, text in outcome.items() if text})

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name == REVOCATIONS:
            return paged((self._crl,), after, limit, revocation_event)
        if name != FILINGS:
            raise ValueError("no such feed")
        return paged(self._filed, after, limit, Collected.event)


class _Cards:
    """What each applicant signs with."""

    def __init__(self, authority: Authority, stranger: Authority) -> None:
        self._authority, self._stranger = authority, stranger

    def of(self, one: Filing) -> SigningCard:
        said = dict(one.items)
        four = [said[name] for name in FOUR_ITEMS]
        if one.flaw is Flaw.OTHER_PERSON:
            four[0] = f"{four[0]}の家族"
        ca = self._stranger if one.flaw is Flaw.UNTRUSTED else self._authority
        until = one.at - timedelta(hours=1) if one.flaw is Flaw.EXPIRED else None
        return ca.issue(one.card.signature_serial, four, until=until)


def _filed(one: Filing, cards: _Cards) -> Collected:
    items = dict(one.items)
    if one.flaw is Flaw.MORE_ITEMS:
        items["口座番号"] = "0000000"
    signed = cards.of(one).sign(encode(items))
    if one.flaw is Flaw.CHANGED:
        items["連絡先電話番号"] = "000-0000-9999"
        signed = type(signed)(encode(items), signed.signature, signed.certificate)
    return Collected(one.exchange, one.at, signed)


def _serials(cast: tuple[Filing, ...], flaw: Flaw) -> Iterator[str]:
    return (serial for serial in {one.card.signature_serial for one in cast if one.flaw is flaw})


def plays(options: Options, _tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ESHIN: Eshin(Town.of(options))}


if __name__ == "__main__":
    sys.exit(run(ESHIN, (ESHIN,), plays, speak=HttpService))
