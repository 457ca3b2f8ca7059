"""提供の求め at the 中間サーバー (C3): held against the list and the 提供許可証, approved by the ward, answered from the copy.

All state comes from ledger lines. The public key of the 情報照会者 stands in its line; who it is about stands there by token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any, Final

from connectors.chukan.inquirers import is_of_its_body
from connectors.chukan.permits import is_permitted
from connectors.chukan.provision import Enquiry, Provision, only, sealed
from connectors.chukan.records import Records
from connectors.chukan.trust import Trust
from connectors.kit.desk import Performed
from connectors.kit.domain import CONTENT_CHANGED, NO_FUGOU, NO_GROUND, NO_MATCH, NO_PERMIT, NOT_THE_BODYS
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED
from connectors.kit.shown import content_digest

_FLOW: Final = "C3"
AND: Final = "、"  # between the names of items in a ledger line
_APPROVED: Final = "1"
_NOT_APPROVED: Final = "9"


class Enquiries:
    """What other bodies asked on this day, and how far it is with each."""

    def __init__(
        self,
        planned: Collection[str],
        copies: Mapping[str, Callable[[], Mapping[str, str]]],
        tokens: Tokens,
        records: Records,
        trust: Trust,
    ) -> None:
        """`planned`: MessageIds of the day's enquiries; `copies` gives a person's copy, by the token of their 符号.

        `trust`: the keys and the list that a 提供の求め is held against.
        """
        self._planned = frozenset(planned)
        self._copies = copies
        self._tokens = tokens
        self._records = records
        self._trust = trust
        self._lines: dict[str, Line] = {}
        self._permits: set[str] = set()
        self._by_number: dict[str, str] = {}
        self._approved: dict[str, str] = {}  # 提供の求め -> token of the values that were approved, "" for none
        self._received: set[str] = set()
        #: MessageIds of the 提供の求め on which the ward has decided, in that order.
        self.decided: list[str] = []

    def taken(self, request: str) -> bool:
        """Whether the 提供の求め came, and its approval may be asked for."""
        return request in self._lines

    @property
    def settled(self) -> bool:
        """Whether every 提供の求め of the day has come to its end."""
        return self._received >= self._planned

    def verdict(self, asked: Enquiry) -> Performed:
        """The list, the 提供許可証 and 経路情報 (S13), the body's own word for its key (S2), the 符号. Refusals are recorded like the rest (S11)."""
        facts = {
            "flow": _FLOW,
            "number": self._tokens.of("enquiry", asked.number),
            "permit": self._tokens.of("permit", asked.permit),
            "person": self._tokens.of("fugou", asked.person),
            **{name: str(value) for name, value in asdict(asked).items() if name in _SHOWN},
            "items": AND.join(asked.items),
        }
        code = self._code(asked, facts)
        return Performed(confirmed=not code, code=code, facts=facts)

    def approval(self, record: Mapping[str, Any]) -> Performed:
        """提供承認回答 to an approval that was asked for; with another 提供許可証 it is not ours.

        Approved are the values of which the persons were told the digest; if the copy has changed, nothing is provided.
        """
        request = self._by_number.get(self._tokens.of("enquiry", record["EnquiryNumber"]))
        permit = self._tokens.of("permit", record["PermitNumber"])
        if request is None or self._lines[request].facts["permit"] != permit:
            return Performed(confirmed=False, code=NO_MATCH)
        told = self._told(request)
        if record["Approval"] == _APPROVED:
            digest = content_digest(record["EnquiryNumber"], record["PermitNumber"], told)
            if record["ContentDigest"] != digest:
                facts = {"approves": request, "approval": _NOT_APPROVED}
                return Performed(confirmed=False, code=CONTENT_CHANGED, facts=facts)
        return Performed(facts={"approves": request, "approval": record["Approval"], "shown": self._shown(told)})

    def remember(self, line: Line) -> None:
        """One line of the ledger, in its order."""
        facts = line.facts
        if "permit" in facts:
            self._records.asked(line)
            if line.result == CONFIRMED:
                self._lines[line.message] = line
                self._permits.add(facts["permit"])
                self._by_number[facts["number"]] = line.message
        elif "approves" in facts:
            self._approved[facts["approves"]] = facts.get("shown", "") if facts["approval"] == _APPROVED else ""
            self.decided.append(facts["approves"])
        elif "received" in facts:
            self._receive(facts["received"])

    def provision(self, request: str) -> Mapping[str, str]:
        """提供, sealed to the 情報照会者; nothing of the person where the ward did not approve these values (不開示)."""
        if not self._given(request):
            return asdict(Provision(request, ""))
        key = self._lines[request].facts["key"]
        return asdict(Provision(request, sealed(self._told(request), key, request)))

    def _told(self, request: str) -> Mapping[str, str]:
        """What would be told: the items that were asked for, as the copy has them now."""
        facts = self._lines[request].facts
        return only(self._copies[facts["person"]](), facts["items"].split(AND))

    def _shown(self, told: Mapping[str, str]) -> str:
        """A token of these values, which a ledger line may hold."""
        return self._tokens.of("shown", json.dumps(dict(told), ensure_ascii=False, sort_keys=True))

    def _given(self, request: str) -> bool:
        """Whether what would be told now is what was approved."""
        return bool(self._approved[request]) and self._approved[request] == self._shown(self._told(request))

    def _code(self, asked: Enquiry, facts: Mapping[str, str]) -> str:
        if not self._trust.allowed.names(asked.affair, asked.information):
            return NO_GROUND
        if not is_permitted(asked, self._trust.network) or facts["permit"] in self._permits:
            return NO_PERMIT
        # A 照会番号 serves once: else the network could lay what a body signed once before us again, about somebody else.
        if not is_of_its_body(asked, self._trust.bodies) or facts["number"] in self._by_number:
            return NOT_THE_BODYS
        return "" if facts["person"] in self._copies else NO_FUGOU

    def _receive(self, request: str) -> None:
        self._received.add(request)
        if request in self._lines:
            self._records.provided(self._lines[request], given=self._given(request))


_SHOWN: Final = frozenset({"body", "affair", "information", "route", "key"})
