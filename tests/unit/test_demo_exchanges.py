"""connectors.demo.exchanges: an exchange beside the hub counts when both declared ends tell of it, alike, and something caused it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connectors.demo.exchanges import CAUSED, Exchanges, legs_of
from connectors.demo.tally import Reckoning
from connectors.kit.ids import derived_id
from hub.edges import resources
from hub.flows import FlowKind, load

FLOWS = load(resources.flows_file()).flows
MESSAGE = "019d4644-4da0-7beb-b4ba-3671becbb9f8"
HANDED_ON = derived_id(MESSAGE, "A3-5a", MESSAGE, "other-cs")
CODE = derived_id(MESSAGE, "C2b", MESSAGE, "zenkoku")
REQUEST = derived_id(CODE, "C2b", CODE, "nws")
Line = dict[str, str]
Ledgers = dict[str, list[Line]]


def line(id_: str, flow: str = "", type_: str = "", **changes: str) -> Line:
    """One line of a ledger; without a flow it is a message of the hub."""
    made = {"MessageId": id_, "sha256": "a" * 64, "result": "confirmed", "type": type_ or flow}
    return made | ({"flow": flow} if flow else {}) | changes


def a_day() -> Ledgers:
    """A 転入通知 that went on to the other CS, and a 符号 that was asked for, given and received."""
    own = [line(MESSAGE, type_="TN-NOTE"), line(HANDED_ON, "A3-5a"), line(CODE, "C2b")]
    asked = [line(REQUEST, "C2b", sha256="b" * 64)]
    return {
        "cs": own,
        "other-cs": [line(HANDED_ON, "A3-5a")],
        "zenkoku": [line(CODE, "C2b"), *asked],
        "nws": asked,
        "chukan": [line(REQUEST, "C2b", "NWS-CODE", sha256="b" * 64)],
    }


def joined(ledgers: Ledgers, flow: str) -> tuple[Mapping[frozenset[str], int], list[str]]:
    """The legs of a flow with their counts, and what differed."""
    made = Reckoning()
    counts = Exchanges(ledgers).joined(FLOWS[flow], made)
    return counts, made.differences


class TestLegs:
    def test_persons_keep_no_ledger(self) -> None:
        """D3 runs between the centre and the certificate server; whoever stands at the shop is no end."""
        assert legs_of(FLOWS["D3"]) == (frozenset({"j-center", "conbini"}),)

    def test_every_cause_is_on_a_declared_leg(self) -> None:
        """CAUSED speaks of legs that flows.yaml has."""
        assert [one for one in CAUSED if frozenset(one.leg) not in legs_of(FLOWS[one.flow])] == []

    @pytest.mark.parametrize("flow", [one.id for one in FLOWS.values() if one.kind is FlowKind.HUB and legs_of(one)])
    def test_every_leg_of_a_hub_flow_has_its_cause(self, flow: str) -> None:
        """What runs on beside the hub is counted against what the hub carried; C3 begins at the 情報照会者 and has a rule of its own."""
        caused = {frozenset(one.leg) for one in CAUSED if one.flow == flow}

        assert caused == set(legs_of(FLOWS[flow])) or flow == "C3"


class TestJoined:
    def test_an_exchange_that_both_ends_tell_of_counts(self) -> None:
        """One 転入通知, at the CS and at the other CS."""
        assert joined(a_day(), "A3-5a") == ({frozenset({"cs", "other-cs"}): 1}, [])

    @pytest.mark.parametrize("silent", ["cs", "other-cs"])
    def test_one_that_one_end_alone_knows_is_a_difference(self, silent: str) -> None:
        """Whichever end is silent."""
        day = a_day()
        day[silent] = [one for one in day[silent] if one.get("flow") != "A3-5a"]

        assert "exchanges of A3-5a that only one end knows: expected 0, found 1" in joined(day, "A3-5a")[1]

    def test_ends_that_are_not_the_declared_ones_do_not_count(self) -> None:
        """Two ledgers are not enough: the prefecture is no end of a 転入通知."""
        day = a_day()
        day["to-sv"] = day.pop("other-cs")
        counts, differences = joined(day, "A3-5a")

        assert counts == {frozenset({"cs", "other-cs"}): 0}
        assert "exchanges of A3-5a that only one end knows: expected 0, found 1" in differences

    def test_ends_that_know_different_bytes_are_a_difference(self) -> None:
        """The digests stand in both ledgers."""
        day = a_day()
        day["other-cs"][0]["sha256"] = "f" * 64

        assert "exchanges of A3-5a whose ends know different bytes: expected 0, found 1" in joined(day, "A3-5a")[1]

    def test_a_message_that_was_not_handed_on_is_a_difference(self) -> None:
        """Both ends are silent: only the message of the hub tells of it."""
        day = a_day()
        day["cs"], day["other-cs"] = day["cs"][:1], []

        (found,) = joined(day, "A3-5a")[1]
        assert found.startswith("messages of type TN-NOTE without their exchange of A3-5a between cs and other-cs")

    def test_an_exchange_that_no_message_caused_is_a_difference(self) -> None:
        """Two ends may agree on what nobody ordered."""
        day = a_day()
        day["cs"] = day["cs"][1:]

        assert [one for one in joined(day, "A3-5a")[1] if "that no message caused" in one]

    def test_bytes_that_are_no_message_s_are_a_difference(self) -> None:
        """What is handed on is what was carried: both ends say the same, and the message's digest is another."""
        day = a_day()
        day["cs"][0]["sha256"] = "c" * 64

        assert [one for one in joined(day, "A3-5a")[1] if "bytes of A3-5a" in one]

    @pytest.mark.parametrize("silent", ["nws", "chukan"])
    def test_a_chain_is_whole_to_its_last_leg(self, silent: str) -> None:
        """C2b: cs, 機構, network, 中間サーバー; the end may not be missing, though the rest is joined."""
        day = a_day()
        day["cs"][0]["type"] = "CK-FGC"
        assert joined(day, "C2b")[1] == []
        day[silent] = []

        assert [one for one in joined(day, "C2b")[1] if one.startswith("messages of type CK-FGC without")]


class TestPaired:
    """L620: A3-5a and A3-5b of one 異動."""

    def differences(self, flows: tuple[str, ...], conversations: Mapping[str, str] | None = None) -> list[str]:
        """Of a day with one 転入通知 and one update, whose exchanges are those of `flows`."""
        update = "019d4644-4da0-7beb-b4ba-3671becbb9f9"
        ids = {"A3-5a": HANDED_ON, "A3-5b": derived_id(update, "A3-5b", update, "to-sv")}
        own = [line(MESSAGE, type_="TN-NOTE"), line(update, type_="HK-UPD")]
        made = Reckoning()
        ledgers = {"cs": [*own, *(line(ids[flow], flow) for flow in flows)]}
        Exchanges(ledgers).paired(conversations or {MESSAGE: "one", update: "one"}, made)
        return made.differences

    def test_both_of_one_event_are_a_pair(self) -> None:
        """By the conversation that both share."""
        assert self.differences(("A3-5a", "A3-5b")) == []

    @pytest.mark.parametrize(("there", "absent"), [("A3-5a", "A3-5b"), ("A3-5b", "A3-5a")])
    def test_one_alone_is_a_difference(self, there: str, absent: str) -> None:
        """Whichever is missing."""
        assert self.differences((there,)) == [f"異動 with {there} and no {absent}: expected 0, found 1"]

    def test_two_of_different_events_are_no_pair(self) -> None:
        """What was not released by one 異動 does not stand for it."""
        assert len(self.differences(("A3-5a", "A3-5b"), {MESSAGE: "one"})) == 2
