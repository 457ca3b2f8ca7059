"""What a full day's report makes of the legs between partner systems: counted, and one that carries less is a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.demo import beside
from connectors.demo.tally import Reckoning
from hub.edges import resources
from hub.flows import load

FLOWS = load(resources.flows_file())


def line(id_: str, flow: str = "C2b") -> dict[str, str]:
    return {"MessageId": id_, "flow": flow}


def whole() -> dict[str, list[dict[str, str]]]:
    """The ledgers of one 符号 that arrived."""
    return {
        "cs": [line("a")],
        "zenkoku": [line("a"), line("b")],
        "nws": [line("b")],
        "chukan": [line("b")],
    }


def reckoned(ledgers: Mapping[str, Sequence[Mapping[str, Any]]], home: Path) -> tuple[dict[str, int], list[str]]:
    """The legs of C2b, and what differs about them."""
    steps, made = home / "steps.jsonl", Reckoning()
    steps.write_text("", "utf-8")
    report = beside.reckon(FLOWS, ledgers, steps, made)
    return report["C2b"]["legs"], [one for one in made.differences if one.startswith("legs of C2b")]


class TestLegs:
    def test_each_is_counted(self, tmp_path: Path) -> None:
        """By the exchanges that both its ends tell of."""
        legs, differences = reckoned(whole(), tmp_path)

        assert legs == {"cs > zenkoku": 1, "zenkoku > nws": 1, "nws > chukan": 1}
        assert differences == []

    @pytest.mark.parametrize("end", ["cs", "nws", "chukan"])
    def test_what_gets_lost_on_the_way_is_a_difference(self, end: str, tmp_path: Path) -> None:
        """One of two that an end does not know."""
        ledgers = {name: [*lines, *(line(f"{one['MessageId']}2") for one in lines)] for name, lines in whole().items()}
        _, before = reckoned(ledgers, tmp_path)
        ledgers[end].pop()
        _, differences = reckoned(ledgers, tmp_path)

        assert before == []
        assert len(differences) == 1

    def test_a_chain_over_which_nothing_went_is_a_difference(self, tmp_path: Path) -> None:
        """All legs alike and empty is no agreement."""
        _, differences = reckoned({name: [] for name in whole()}, tmp_path)

        assert len(differences) == 1
        assert "nothing went over" in differences[0]

    def test_a_line_of_the_hub_is_an_end_too(self, tmp_path: Path) -> None:
        """B11: the CS's line is that of the message, and names no flow."""
        ledgers = {"cs": [{"MessageId": "a"}], "zenkoku": [line("a", "B11")]}
        steps = tmp_path / "steps.jsonl"
        steps.write_text("", "utf-8")

        assert beside.reckon(FLOWS, ledgers, steps, Reckoning())["B11"]["legs"] == {
            "cs > zenkoku": 1,
            "zenkoku > cs": 1,
        }
