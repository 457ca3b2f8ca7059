"""hub.app.intaking: what a worker takes together."""

from __future__ import annotations

import pytest

from hub.app.intaking import ALONE, PARTS, _groups
from hub.edges.amqp.consumer import Arrival
from hub.frames import Kind

KINDS = {"p": Kind.PART.value, "m": Kind.SUBMISSION.value, "?": ""}


def arrivals(said: str) -> list[Arrival]:
    """Parts (p), messages (m) and what is neither (?), redelivered too often where in capitals."""
    return [
        Arrival("in.juki.0", KINDS[one.lower()], "", "", b"", ALONE if one.isupper() else 0, tag, 1)
        for tag, one in enumerate(said)
    ]


class TestGroups:
    @pytest.mark.parametrize(
        ("said", "wanted"),
        [
            ("", []),
            ("mmm", ["mmm"]),
            ("mmppm", ["mm", "pp", "m"]),
            ("m?m", ["m?m"]),
            ("p" * (PARTS + 1) + "m", ["p" * PARTS, "p", "m"]),
            ("mMmm", ["m", "M", "mm"]),
            ("pPpm", ["p", "P", "p", "m"]),
            ("MM", ["M", "M"]),
        ],
    )
    def test_keep_the_order_and_few_parts_in_memory(self, said: str, wanted: list[str]) -> None:
        """A message never overtakes the parts before it; what was redelivered too often goes alone."""
        held = arrivals(said)
        groups = [list(group) for group in _groups(held)]

        assert ["".join(said[one.tag] for one in group) for group in groups] == wanted
        assert [one for group in groups for one in group] == held
