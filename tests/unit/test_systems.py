"""Every system of the document has a room, a process and a picture: connectors/README.md against flows, routes and the demo."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from connectors.demo.processes import Simulator, simulators
from hub.app.law import load_provisions, read_routes
from hub.edges import resources
from hub.flows import load

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = ROOT / "connectors"
PERSONS = {"住民", "窓口", "責任者"}
GROUP = "systems"  # 部署のシステム: the flows name them together
DEPARTMENTS = ("住宅課", "介護保険課")
ROW = re.compile(r"^\| ([a-z-]+) \| ([^|]+) \| ([^|]+) \| \[([a-z/]+)\]\(([a-z/]+)/README\.md\) \|$", re.MULTILINE)
LISTED: dict[str, tuple[str, str, str]] = {
    code: (name.strip(), place.strip(), room)
    for code, name, place, room, _ in ROW.findall((CONNECTORS / "README.md").read_text("utf-8"))
}
ROUTES = read_routes(resources.routing_file(), "routing.yaml", load_provisions())
ENDPOINTS = {one.code: one.room for zone in ROUTES.values() for one in zone.endpoints.values()}
STARTED = simulators(DEPARTMENTS, full=True)


def process_of(code: str) -> list[Simulator]:
    """The processes that are this system's."""
    own = [one for one in STARTED if code in one.endpoints]
    return own or [one for one in STARTED if one.place == code]


def section(code: str) -> str:
    """What the README of the system's room says of it: its own section, or the page where the room is its alone."""
    room = LISTED[code][2]
    page = (CONNECTORS / room / "README.md").read_text("utf-8")
    if room == code:
        return page
    found = re.search(rf"^(#+) {code} .*?(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    return str(found.group()) if found else ""


class TestList:
    def test_every_partner_of_a_flow_is_listed(self) -> None:
        """Whoever takes part in a flow of the document and is no person."""
        flows = load(resources.flows_file()).flows.values()
        taking_part = {one for flow in flows for step in flow.steps for one in (step.source, step.target)}

        assert taking_part - PERSONS - {GROUP} <= LISTED.keys()

    def test_every_endpoint_of_a_route_is_listed_with_its_room(self) -> None:
        """Departments of 別紙2 stand together under the 庁内連携 (ADR 12)."""
        expected = {code: room for code, room in ENDPOINTS.items() if room != "departments"}

        assert expected.items() <= {code: room for code, (_, _, room) in LISTED.items()}.items()
        assert "departments" in LISTED

    def test_every_system_behind_a_partner_is_listed_in_its_room(self) -> None:
        """What `PEERS` of a room start, and nothing that they do not."""
        behind = {code for code, (_, _, room) in LISTED.items() if room.endswith("/peers")}

        assert behind == {one.place for one in STARTED if one.name.startswith("peer-")}
        for code in behind:
            (one,) = process_of(code)
            assert one.module.startswith(f"connectors.{LISTED[code][2].replace('/', '.')}.")

    @pytest.mark.parametrize("code", LISTED)
    def test_says_where_the_document_names_it(self, code: str) -> None:
        """A line of the document."""
        assert re.fullmatch(r"L\d+(、L\d+)*", LISTED[code][1])


class TestRooms:
    @pytest.mark.parametrize("code", LISTED)
    def test_has_a_connector_and_a_process_of_its_own(self, code: str) -> None:
        """One process that no other system shares; the room of an endpoint has connector and simulator."""
        (one,) = process_of(code)
        others = set(one.endpoints) - {code, *DEPARTMENTS}

        assert importlib.util.find_spec(one.module) is not None
        assert importlib.util.find_spec(f"connectors.{LISTED[code][2].split('/')[0]}.connector") is not None
        assert not others

    @pytest.mark.parametrize("code", LISTED)
    def test_has_a_picture(self, code: str) -> None:
        """A fenced block of arrows in the part of the README that is about it."""
        blocks = re.findall(r"^```(?:mermaid|text)?\n(.*?)^```$", section(code), re.MULTILINE | re.DOTALL)

        assert any(re.search(r"--|──|─[▶►]|◀", block) for block in blocks)

    def test_every_process_is_a_listed_systems(self) -> None:
        """Nothing is started that the list does not name."""
        named = {one.name for code in LISTED for one in process_of(code)}

        assert {one.name for one in STARTED} == named

    def test_ledger_keys_are_apart(self) -> None:
        """Of systems that share a place, each has its own."""
        shared = [one for one in STARTED if one.shares_its_place]

        assert len({one.endpoints for one in shared}) == len(shared) == 10
        assert {one.place for one in shared} == {"systems", "gakkou"}


class TestOrdinaryDay:
    def test_a_room_is_a_process(self) -> None:
        """Nobody is behind anybody, and no room is split."""
        started = simulators(DEPARTMENTS, full=False)

        assert {one.place for one in started} == set(ENDPOINTS.values())
        assert len(started) == len(set(ENDPOINTS.values()))
        assert not any(one.shares_its_place for one in started)
