"""connectors.demo.tally: how each flow ended, counted from the plan and the leaves."""

from __future__ import annotations

from connectors.demo.plan import ACCEPTED, Line
from connectors.demo.tally import reckon
from hub.exchangelog.checkpoint import Checkpoint
from tests.exchangelog_samples import ORIGIN, Place, answer, permit, uuid7

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
