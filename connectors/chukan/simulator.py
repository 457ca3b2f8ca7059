"""A 中間サーバー that holds copies, answers other bodies from them, and asks for its ward: `python -m connectors.chukan.simulator --help`.

On a full day it speaks to the 情報提供ネットワークシステム beside its socket (`connectors.chukan.peers`): a 提供の求め is held against the
照会許可用照合リスト, sent for approval (feed `approvals`), and answered from the copy when the ward has approved. The feed ends
when every 提供の求め of the day is settled. It answers from the copies of the morning, for its ledger holds no personal data.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from connectors.chukan import language, provision
from connectors.chukan.connector import APPROVALS, NOTICES, partner
from connectors.chukan.copies import Copies
from connectors.chukan.enquiries import Enquiries
from connectors.chukan.peers import founding
from connectors.chukan.provision import CODE, CODE_REQUEST, ENQUIRY, PROVISIONS, RECEIPT, RESULT
from connectors.chukan.records import Records
from connectors.chukan.trust import FOLDER, Trust
from connectors.juki.full import nws
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain, Play, paged
from connectors.kit.domain import NO_FUGOU, NO_MATCH
from connectors.kit.errands import Asking
from connectors.kit.languages.http import HttpService
from connectors.kit.ledger import Line, Tokens
from connectors.kit.observing import CONVERSATION, OBSERVATIONS, Sightings
from connectors.kit.partner import CONFIRMED, Effect, Events, Result
from connectors.kit.simulator import Options, run

ENDPOINT: Final = "chukan"
NETWORK: Final = "nws"
RECORDS: Final = "chukan-kiroku.jsonl"
SEEN: Final = MappingProxyType({"C3": NETWORK, "C5": ENDPOINT})  # what it tells its connector of


class Network(Protocol):
    """The 情報提供ネットワークシステム, as the 中間サーバー asks it."""

    def ask(self, effect: Effect) -> Result:
        """Its answer. Raises `ConnectionError` when it cannot be reached: then whoever waits here is to ask again."""


class Chukan(Plain):
    """The 中間サーバー of one body (X7)."""

    def __init__(self, town: Town, tokens: Tokens, network: Network, records: Path, trust: Trust) -> None:
        """`records`: the file of its 情報提供等記録; `trust`: what was registered with it before the day."""
        self._tokens = tokens
        self._sightings = Sightings(SEEN)
        self._network = network
        self._copies = Copies()
        cast = nws.enquiries(town) if town.full else ()
        kept = Records(records, self._sightings)
        self.enquiries = Enquiries({one.id for one in cast}, copies_of(town, tokens), tokens, kept, trust)
        notices = town.notices(ENDPOINT, tokens)
        self._notices = [language.announced(one) for one in notices if one.flow != "C3"]
        by_message = {one.message_id: language.announced(one) for one in notices if one.flow == "C3"}
        self._approvals = [
            (one.id, by_message[told.message_id])
            for told in town.told
            if told.flow == "C3"
            for one in cast
            if told.person == one.process
        ]
        self._conversations = {request: str(said["conversation"]) for request, said in self._approvals}
        self._asked = {said["record"]["EnquiryNumber"] for said in self._notices if said["interface"] == "4J"}
        without = nws.without_fugou(town) if town.full else frozenset()
        self._without = {self._number(town.integrated(person)) for person in without}
        self._results: dict[str, Mapping[str, str]] = {}

    def perform(self, effect: Effect) -> Performed:
        rule = _RULES.get(effect.type)
        if rule is None:
            raise ValueError("no such effect")
        return rule(self, effect)

    def remember(self, line: Line) -> None:
        facts = line.facts
        if line.result == CONFIRMED and "copy" in facts:
            self._copies.take(facts["copy"], int(facts["version"]))
        self._sightings.take(line)
        self.enquiries.remember(line)

    def reply(self, effect: Effect) -> Mapping[str, str]:
        if effect.type != "CK-SKI":
            return {}
        return self._results.pop(effect.message, None) or self._network.ask(_outward(effect)).reply

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name == NOTICES:
            return paged(self._notices, after, limit, dict)
        if name == PROVISIONS:
            return paged(self.enquiries.decided, after, limit, self.enquiries.provision)
        if name == OBSERVATIONS:
            return self._sightings.page(after, limit, quiet=self.enquiries.settled)
        if name != APPROVALS:
            raise ValueError("no such feed")
        start = int(after or "0")
        if not 0 <= start <= len(self._approvals):
            raise ValueError("no such place")
        ready = takewhile(lambda one: self.enquiries.taken(one[0]), self._approvals[start : start + limit])
        page = [said for _, said in ready]
        place = start + len(page)
        return Events(page, str(place), place == len(self._approvals) and self.enquiries.settled)

    # --- the rules ----------------------------------------------------------------------------------------------------

    def copy(self, effect: Effect) -> Performed:
        """副本登録: form check and 版 (C1)."""
        record = language.read("CK-DBM", effect.content)
        person = self._number(record["IntegratedAddressNumber"])
        code = self._copies.verdict(record, person)
        if code:
            return Performed(confirmed=False, code=code)
        return Performed(facts={"copy": person, "version": record["SPIMajorVersion"]})

    def approval(self, effect: Effect) -> Performed:
        """提供承認回答: of an approval that was asked for (C3)."""
        return self.enquiries.approval(language.read("CK-TKR", effect.content))

    def four_items(self, effect: Effect) -> Performed:
        """四情報回答: to a question of ours (C4)."""
        record = language.read("CK-4R", effect.content)
        return Performed() if record["EnquiryNumber"] in self._asked else Performed(confirmed=False, code=NO_MATCH)

    def own_enquiry(self, effect: Effect) -> Performed:
        """情報照会 of the ward (C6): through the network, about a person whose 符号 is there."""
        record = language.read("CK-SKI", effect.content)
        if self._number(record["IntegratedAddressNumber"]) in self._without:
            return Performed(confirmed=False, code=NO_FUGOU)
        result = self._network.ask(_outward(effect))
        if not result.confirmed:
            return Performed(confirmed=False, code=result.code)
        self._results[effect.message] = result.reply
        return Performed()

    def enquiry(self, effect: Effect) -> Performed:
        """提供の求め of another body (C3)."""
        verdict = self.enquiries.verdict(provision.Enquiry.decode(effect.content))
        return replace(verdict, facts={**verdict.facts, **self._conversation(effect.message)})

    def receipt(self, effect: Effect) -> Performed:
        """The 情報照会者 has what it may have (C3)."""
        request = provision.Receipt.decode(effect.content).request
        return Performed(facts={"flow": "C3", "received": request, **self._conversation(request)})

    def code(self, effect: Effect) -> Performed:
        """符号, from the network (the end of C2b)."""
        said = provision.Code.decode(effect.content)
        code = self._tokens.of("process", said.process)
        return Performed(facts={"flow": CODE_REQUEST, "code": code, "fugou": self._tokens.of("fugou", said.fugou)})

    # --- inside -------------------------------------------------------------------------------------------------------

    def _number(self, number: str) -> str:
        return self._tokens.of("number", number)

    def _conversation(self, request: str) -> Mapping[str, str]:
        """The fact in which conversation the approval of a 提供の求め is asked for; none where none is."""
        found = self._conversations.get(request)
        return {CONVERSATION: found} if found else {}


_RULES: Final[Mapping[str, Callable[[Chukan, Effect], Performed]]] = MappingProxyType(
    {
        "CK-DBM": Chukan.copy,
        "CK-TKR": Chukan.approval,
        "CK-4R": Chukan.four_items,
        "CK-SKI": Chukan.own_enquiry,
        ENQUIRY: Chukan.enquiry,
        RECEIPT: Chukan.receipt,
        CODE: Chukan.code,
    }
)


def _outward(effect: Effect) -> Effect:
    """The question as the network is asked it."""
    return Effect(effect.message, RESULT, effect.sha256, effect.content)


def _morning(town: Town, person: str) -> Mapping[str, str]:
    """The copy of a resident of the morning, by item name."""
    return dict(nws.household_of(town, town.population.by_atena[person]))


def copies_of(town: Town, tokens: Tokens) -> Mapping[str, Callable[[], Mapping[str, str]]]:
    """The copy of each person who is asked about, by the token of their 符号."""
    people = {one.person for one in (nws.enquiries(town) if town.full else ())}
    codes = {tokens.of("fugou", nws.fugou_of(town.integrated(person))): person for person in people}
    return {code: partial(_morning, town, person) for code, person in codes.items()}


def stock(options: Options, tokens: Tokens) -> tuple[Mapping[str, Callable[[], Mapping[str, str]]], Mapping[str, str]]:
    """What its screen needs of the day: the copies, and 提供許可証番号 by 照会番号, of which the ledger has tokens alone."""
    town = Town.of(options)
    cast = nws.enquiries(town) if town.full else ()
    return copies_of(town, tokens), {one.number: one.permit for one in cast}


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play, with the network at `nws.sock` and what is registered in `chukan-setup`, both beside the socket."""
    begun = (options.ledger_dir / f"{ENDPOINT}.jsonl").stat().st_size > 0
    trust = founding.trust(options.socket.with_name(FOLDER), options.seed, begun=begun)
    network = Asking(partner(options.socket.with_name(f"{NETWORK}.sock"), NETWORK))
    return {ENDPOINT: Chukan(Town.of(options), tokens, network, options.ledger_dir / RECORDS, trust)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays, speak=HttpService))
