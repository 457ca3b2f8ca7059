"""Exchanges beside the hub, leg by leg: each stands in the ledgers of both ends that flows.yaml declares, under one digest.

A leg is a step that the hub does not carry, between two systems; a system's step with itself has one end. Where messages of
the hub cause the exchanges of a leg, each has its own and there are no others: ids follow from the message's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from connectors.demo.tally import Reckoning
from connectors.kit.ids import derived_id
from connectors.kit.partner import CONFIRMED
from hub.flows import Flow

Leg = frozenset[str]
# A ledger that is the second one of its system -> the system.
_SECOND: Final = MappingProxyType({"chukan-kiroku": "chukan", "conbini-koufu": "conbini"})
# A leg whose exchanges are written down under another flow: the prefecture hears of an update once, of a 特例転入 as A3-5b.
_UNDER: Final = MappingProxyType({("B8-2", frozenset({"cs", "to-sv"})): ("A1-4", "A3-5b")})
_WHOLE: Final = frozenset({"A2-234"})  # every exchange takes every leg


@dataclass(frozen=True, slots=True)
class Said:
    """What one ledger says of one exchange."""

    type: str
    sha256: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Caused:
    """The exchanges of a leg that follow from the messages of `type` in the ledger of `at`, hop by hop: (flow, to).

    `always`: from rejected ones too. `same`: the bytes are the message's own, and so is the digest.
    """

    flow: str
    leg: tuple[str, str]
    type: str
    at: str
    hops: tuple[tuple[str, str], ...]
    always: bool = False
    same: bool = False

    def id(self, message: str) -> str:
        """The exchange's id: of one hop, `derived_id` of the flow, the message and the system that is told."""
        for flow, to in self.hops:
            message = derived_id(message, flow, message, to)
        return message


_CODE: Final = ("C2b", "zenkoku")
CAUSED: Final = (
    Caused("A3-1", ("other-cs", "cs"), "TS-CERT", "juki", (("A3-1", "cs"),), always=True),
    Caused("B10", ("other-cs", "cs"), "TN-IN", "juki", (("B10", "cs"),), always=True),
    Caused("A3-5a", ("cs", "other-cs"), "TN-NOTE", "cs", (("A3-5a", "other-cs"),), same=True),
    Caused("A3-x2", ("cs", "other-cs"), "TS-REQ", "cs", (("A3-x2", "other-cs"),), same=True),
    Caused("A7-2", ("cs", "card"), "SF-SEND", "cs", (("A7-2", "card"),), same=True),
    Caused("A7-2", ("cs", "zenkoku"), "SF-SEND", "cs", (("A7-2", "zenkoku"),)),
    Caused("B8-2", ("cs", "zenkoku"), "HK-UPD", "cs", (("B8-2", "zenkoku"),)),
    Caused("B11", ("cs", "zenkoku"), "BN-REQ", "cs", (), always=True, same=True),
    Caused("C2b", ("cs", "zenkoku"), "CK-FGC", "cs", (_CODE,), same=True),
    Caused("C2b", ("zenkoku", "nws"), "CK-FGC", "cs", (_CODE, ("C2b", "nws"))),
    Caused("C2b", ("nws", "chukan"), "CK-FGC", "cs", (_CODE, ("C2b", "nws"))),
    Caused("C6", ("chukan", "nws"), "CK-SKI", "chukan", (), same=True),
)


class Exchanges:
    """What all ledgers of a day say, by id and system."""

    def __init__(self, ledgers: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._said: dict[str, dict[str, Said]] = defaultdict(dict)
        self._of: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for ledger, lines in ledgers.items():
            system = _SECOND.get(ledger, ledger)
            for line in lines:
                id_ = line["MessageId"]
                self._said[id_][system] = Said(line.get("type", ""), line["sha256"], line["result"] == CONFIRMED)
                if "flow" in line:
                    self._of[line["flow"]][id_].add(system)

    def joined(self, flow: Flow, made: Reckoning) -> Mapping[Leg, int]:
        """Leg -> how many exchanges both its ends know. Whatever does not agree is a difference."""
        legs = legs_of(flow)
        torn = unequal = 0
        for id_, tellers in self._of[flow.id].items():
            met = frozenset[str]().union(*(leg for leg in legs if self._knows(id_, leg)))
            torn += not tellers <= met or (flow.id in _WHOLE and met != frozenset[str]().union(*legs))
            unequal += len({said.sha256 for said in self._said[id_].values()}) > 1
        made.differ(f"exchanges of {flow.id} that only one end knows", 0, torn)
        made.differ(f"exchanges of {flow.id} whose ends know different bytes", 0, unequal)
        for cause in (one for one in CAUSED if one.flow == flow.id):
            self._hold(cause, made)
        if flow.id == "C3":
            self._provisions(made)
        return {leg: len(self._met(flow.id, leg)) for leg in legs}

    def paired(self, conversations: Mapping[str, str], made: Reckoning) -> None:
        """A3-5a and A3-5b of one 異動 (L620): both or none. `conversations`: of each message that the hub permitted."""
        notices, updates = (
            {
                conversations.get(message, message)
                for message, said in self._messages(type_, "cs", always=False)
                if derived_id(message, flow, message, to) in self._of[flow]
            }
            for type_, flow, to in (("TN-NOTE", "A3-5a", "other-cs"), ("HK-UPD", "A3-5b", "to-sv"))
        )
        made.differ("異動 with A3-5a and no A3-5b", 0, len(notices - updates))
        made.differ("異動 with A3-5b and no A3-5a", 0, len(updates - notices))

    def exchanges(self, flow: str) -> int:
        """How many exchanges the ledgers tell of under this flow."""
        return len(self._of[flow])

    def _met(self, flow: str, leg: Leg) -> set[str]:
        flows = _UNDER.get((flow, leg), (flow,))
        return {id_ for one in flows for id_ in self._of[one] if self._knows(id_, leg)}

    def _knows(self, id_: str, leg: Leg) -> bool:
        return leg <= self._said[id_].keys()

    def _messages(self, type_: str, at: str, *, always: bool) -> Iterator[tuple[str, Said]]:
        for id_, said in self._said.items():
            if at in said and said[at].type == type_ and (always or said[at].confirmed):
                yield id_, said[at]

    def _hold(self, cause: Caused, made: Reckoning) -> None:
        found = self._met(cause.flow, frozenset(cause.leg))
        wanted = {cause.id(id_): said for id_, said in self._messages(cause.type, cause.at, always=cause.always)}
        name = f"{cause.flow} between {' and '.join(cause.leg)}"
        made.differ(f"messages of type {cause.type} without their exchange of {name}", 0, len(wanted.keys() - found))
        made.differ(f"exchanges of {name} that no message caused", 0, len(found - wanted.keys()))
        if cause.same:
            digests = {said.sha256 for id_ in found & wanted.keys() for said in self._said[id_].values()}
            made.differ(
                f"bytes of {name} that are no message's", 0, len(digests - {one.sha256 for one in wanted.values()})
            )

    def _provisions(self, made: Reckoning) -> None:
        """C3: whoever asked was answered through the network, which told the 中間サーバー so; what it took was approved."""
        asked = self._met("C3", frozenset({"shoukai", "nws"}))
        handed_on = asked | {derived_id(id_, "received", id_) for id_ in asked}
        received = self._met("C3", frozenset({"nws", "chukan"}))
        made.differ("提供の求め and receipts of C3 that one side of the network lacks", 0, len(handed_on ^ received))
        taken = sum(self._said[id_]["chukan"].confirmed for id_ in asked)
        made.differ(
            "提供の求め of C3 that were taken", sum(1 for _ in self._messages("CK-TKY", "atena", always=True)), taken
        )


def legs_of(flow: Flow) -> tuple[Leg, ...]:
    """The legs of a flow beside the hub, each once, however often something passes between its ends."""
    return tuple(dict.fromkeys(frozenset({step.source, step.target}) for step in flow.beside))
