"""connectors.demo.tally: how each flow ended, counted from the plan and the leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.cs.network import following
from connectors.demo.beside import letters, reconciled
from connectors.demo.plan import ACCEPTED, Line
from connectors.demo.tally import Reckoning, reckon
from hub.exchangelog.checkpoint import Checkpoint
from tests.exchangelog_samples import ORIGIN, Place, answer, permit, uuid7

EDITED = "送付先情報 at the card system that are not what 住記 signed: expected 0, found 1"
SEEN = Checkpoint(ORIGIN, 1, bytes(32))


def line(number: int) -> Line:
    return Line(uuid7(number), "C0", "kikan", "juki", "atena", "AT-REG", ACCEPTED, effect="confirmed")


class TestFlows:
    def test_a_delivery_without_answer_is_outstanding(self) -> None:
        """Of three deliveries one was confirmed, one rejected, and of one nothing is known yet."""
        leaves = [("kikan", permit(Place(number, 0), number)) for number in (1, 2, 3)]
        answered = [("kikan", answer(Place(4, 0), 9, SEEN))]  # confirms the first, rejects the second

        made = reckon([line(number) for number in (1, 2, 3)], [*leaves, *answered], {}, {}, {})

        assert dict(made.flows["C0"]) == {
            "sent": 3,
            "accepted": 3,
            "acknowledged": 1,
            "rejected": 1,
            "outstanding": 1,
        }


class TestLetters:
    """S18: the CS edits nothing between 住記 and the card system, or the reckoning finds it."""

    @pytest.mark.parametrize(
        ("change", "found"),
        [({}, []), ({"sha256": "f" * 64}, [EDITED]), ({"MessageId": uuid7(9)}, [EDITED])],
        ids=["as signed", "edited", "of nobody"],
    )
    def test_what_the_card_system_has_is_what_was_signed(self, change: dict[str, str], found: list[str]) -> None:
        """By the digest in the log, which the CS cannot write."""
        leaf = replace(permit(Place(1, 0), 1, "cs"), type="SF-SEND")
        line = {"MessageId": following(leaf.message, "A7-2", "card"), "sha256": leaf.digest, "flow": "A7-2"}
        made = Reckoning()

        letters([("juki-net", leaf)], {"card": [line | change, {"MessageId": "x", "sha256": "", "flow": "A8-1"}]}, made)

        assert made.differences == found


class TestReconciled:
    """S23: what the CS counted as it compared and what 住記 counted in the results."""

    @pytest.mark.parametrize(("heard", "differences"), [("2", 0), ("1", 1)])
    def test_both_must_count_the_same(self, heard: str, differences: int) -> None:
        """Over all parts; a question that was rejected counts nobody, and what the CS counts beside the hub (A6) is none of it."""
        parts = [{"persons": "9", "unequal": "2", "own": "0"}, {"persons": "3", "unequal": "0", "own": "1"}]
        beside = {"type": "A6-123", "persons": "12", "unequal": "5", "flow": "A6-123"}
        asked = [*({"type": "SG-CHK", **part} for part in parts), {"type": "SG-CHK"}, beside]
        told = [{"type": "SG-RES", **part} for part in (parts[0] | {"unequal": heard}, parts[1])]
        made = Reckoning()

        counts = reconciled({"cs": asked, "juki": told}, made)

        assert counts == {"persons": 12, "unequal": 2, "own": 1}
        assert len(made.differences) == differences
