"""`hub demo --full` shows every flow of the document: carried and answered, between partners, or by persons."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from hub.app.evidence import open_archive
from hub.edges import resources
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Hold, Permit, Release
from hub.exchangelog.tree import leaf_hash, verify_inclusion
from hub.flows import FlowKind, load
from tests.e2e import order
from tests.e2e.demorun import ZONES, Day, Run, call, demo, hub

FULL = Day(150, 120, 7)
FLOWS = load(resources.flows_file()).flows
AT_LEAST = 20


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A full day that was played to its end."""
    return demo(FULL, tmp_path_factory.mktemp("full"), "--full", "--json")


@pytest.fixture(scope="module")
def report(full: Run) -> dict[str, Any]:
    assert full.exit == 0, full.said.decode()
    return full.report


def leaves(full: Run) -> Iterator[tuple[str, int, entries.Entry]]:
    for zone in ZONES:
        with open_archive(full.home / "zones" / zone) as archive, archive.journal.snapshot() as log:
            yield from [(zone, row.index, entries.parse(row.leaf)) for row in log.entries()]


class TestFlows:
    def test_every_flow_of_the_document_is_reported(self, report: dict[str, Any]) -> None:
        """With its kind."""
        assert {name: report["flows"][name]["kind"] for name in FLOWS} == {
            name: flow.kind.value for name, flow in FLOWS.items()
        }

    @pytest.mark.parametrize("name", [flow.id for flow in FLOWS.values() if flow.kind is FlowKind.HUB])
    def test_the_hub_carried_it_at_least_twenty_times(self, name: str, report: dict[str, Any]) -> None:
        """Delivered and answered; what was rejected was rejected as planned."""
        counts = report["flows"][name]
        assert counts["acknowledged"] + counts.get("rejected", 0) >= AT_LEAST, counts
        assert counts.get("outstanding", 0) == 0

    @pytest.mark.parametrize("name", [flow.id for flow in FLOWS.values() if flow.kind is not FlowKind.HUB])
    def test_it_was_seen_beside_the_hub(self, name: str, report: dict[str, Any]) -> None:
        """In the ledgers of both ends, or among the recorded steps."""
        assert report["flows"][name]["observed"] > 0

    def test_nothing_differs(self, report: dict[str, Any]) -> None:
        """Plan, ledgers, leaves and peers tell one story, and both logs verify."""
        assert report["differences"] == []
        assert report["outstanding"] == 0
        assert all(report["zones"][zone]["log"]["verified"] for zone in ZONES)

    def test_hub_flows_tells_the_counts(self, full: Run, report: dict[str, Any]) -> None:
        """`hub flows --home` reads them from the demo's home."""
        done = call([*hub("flows", full.home), "--json"], full.temp)
        told = {row["id"]: row["count"] for row in json.loads(done.stdout)["flows"]}
        assert told["A1-3"] == report["flows"]["A1-3"]["acknowledged"] > 0
        assert told["A1-4"] == report["flows"]["A1-4"]["observed"] > 0


class TestEvidence:
    def test_every_delivery_is_provable(self, full: Run) -> None:
        """Index by index: an inclusion proof of each permit up to the newest checkpoint, which the log's key signed."""
        permits: Counter[str] = Counter()
        for zone in ZONES:
            with open_archive(full.home / "zones" / zone) as archive:
                with archive.journal.snapshot() as log:
                    found = [(row.index, row.leaf) for row in log.entries()]
                for index, leaf in found:
                    if isinstance(entry := entries.parse(leaf), Permit):
                        stamp = archive.prove(index)
                        head = Checkpoint.verified(stamp.note, archive.log_key.key)
                        verify_inclusion(leaf_hash(stamp.leaf), index, head.size, stamp.path, head.root)
                        permits[entry.type] += 1
        assert permits["CK-TKY"] >= AT_LEAST

    def test_what_was_held_was_released_by_two(self, full: Run) -> None:
        """Each hold has its release, and each release two keys (C3, S14)."""
        found = list(leaves(full))
        holds = {(zone, one.entry) for zone, _, one in found if isinstance(one, Hold)}
        releases = [(zone, one) for zone, _, one in found if isinstance(one, Release)]
        assert holds == {(zone, one.entry) for zone, one in releases}
        assert len(holds) > 0
        assert {len(one.keys) for _, one in releases} == {2}

    def test_every_lane_kept_its_order(self, full: Run) -> None:
        """As accepted, as performed; the plan of a full day is not in order of time across its groups."""
        assert order.violations(full.home)["performed"] == 0
