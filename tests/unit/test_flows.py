"""hub.flows: the flows of the document agree with types, law, routes and identifier edges, and with docs/flows.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.app import law
from hub.cli.app import root
from hub.cli.flows import cases_of
from hub.codes import cli
from hub.edges import resources
from hub.errors import Faults
from hub.flows import Flow, FlowKind, load
from hub.messages import LegalKind
from hub.provisions.identifiers import Identifier, carried
from hub.provisions.lawbook import Provisions
from hub.routes import Routes
from hub.routes import load as load_routes
from hub.schemas import Schemas
from scripts import flows_doc

FLOWS = load(resources.flows_file())
HUB = [flow for flow in FLOWS.flows.values() if flow.kind is FlowKind.HUB]
# The flows by kind as the analysis of the document lists them, typed in here so that flows.yaml is held to something else than itself.
# It names C3 twice: its approval is the hub's, the rest of it is beside the hub. A3-x1 (※1, the erasing of L617) has no kind in that
# list, only its line among the flows; it runs at the CS, so it is a partner's.
LISTED = {
    FlowKind.HUB: (
        *("A1-3", "A3-2", "A3-x2", "A3-5a", "A7-1", "B7-1", "B8-3", "B9", "B10", "B11", "B12", "S23"),
        *("C0", "C1", "C2a", "C2b", "C3", "C4", "C6", "C7", "D1", "D2", "E3", "E4", "KK-CHG"),
    ),
    FlowKind.PARTNER: (
        *("A1-4", "A2-234", "A3-1", "A3-x1", "A3-5b", "A3-6", "A4-1", "A5-12", "A6-123", "A7-2", "A8-1"),
        *("B8-2", "C5", "D3", "E1", "E2"),
    ),
    FlowKind.MANUAL: ("A1-1", "A1-2", "A3-3", "A3-4", "B1", "B2", "B3", "B4", "B5", "B6"),
}
# Names in flows.yaml that stand for several endpoints.
GROUPS = {
    "departments": ("介護保険課", "国民健康保険課"),
    "systems": ("kaigo", "kokuho", "jidou", "senkyo", "fukushi", "hoken", "kashitsuke", "seiho"),
}


@pytest.fixture(scope="module")
def provisions() -> Provisions:
    return law.load_provisions()


@pytest.fixture(scope="module")
def zones(provisions: Provisions) -> tuple[Routes, ...]:
    known = frozenset(provisions.rows)
    return tuple(load_routes(resources.routing_file(), "routing.yaml", known).values())


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas.load(resources.xsd_files())


def ways(flow: Flow) -> set[tuple[str, str, str]]:
    """(sender, recipient, type) of every step that the hub carries, groups taken apart."""
    return {
        (source, target, step.type)
        for step in flow.carried
        for source, target in product(GROUPS.get(step.source, (step.source,)), GROUPS.get(step.target, (step.target,)))
    }


def routed(zones: tuple[Routes, ...], sender: str, recipient: str, type_: str) -> str:
    """The id of the route that carries this type between these two, or ""."""
    for zone in zones:
        for route in zone.routes:
            if sender == route.sender and recipient in route.recipients and f"{type_}/1" in route.types:
                return route.id
    return ""


class TestCatalogue:
    def test_has_every_flow_of_the_document_and_no_other(self) -> None:
        """51 flows, each under its own id and kind: 25 carried by the hub, 16 between partners, 10 of persons."""
        listed = {id_: kind for kind, ids in LISTED.items() for id_ in ids}

        assert [len(ids) for ids in LISTED.values()] == [25, 16, 10]
        assert {flow.id: flow.kind for flow in FLOWS.flows.values()} == listed

    def test_only_hub_flows_carry_types(self) -> None:
        """What runs inside 住基ネット or at the 中間サーバー is on no route (X10)."""
        assert all(flow.carried for flow in HUB)
        assert [flow.id for flow in FLOWS.flows.values() if flow.kind is not FlowKind.HUB and flow.carried] == []

    def test_every_name_is_explained(self) -> None:
        """Whoever takes part has a printed name."""
        taking = {name for flow in FLOWS.flows.values() for step in flow.steps for name in (step.source, step.target)}

        assert taking == set(FLOWS.names)

    def test_who_sees_a_flow_takes_part_in_it(self) -> None:
        """An endpoint may observe only what its own partner does; every flow between partners has one that may."""
        for flow in FLOWS.flows.values():
            assert set(flow.seen_by) <= flow.taking_part
            assert flow.kind is not FlowKind.PARTNER or len(flow.seen_by) == 1
            assert flow.kind is not FlowKind.MANUAL or not flow.seen_by

    def test_refuses_an_unknown_field(self) -> None:
        """The file is read strictly."""
        with pytest.raises(Faults):
            load(resources.flows_file().replace("format: 1", "format: 1\nextra: 1"))

    def test_refuses_a_flow_that_stands_twice(self) -> None:
        """One id, one flow."""
        with pytest.raises(ValueError, match="twice"):
            load(resources.flows_file().replace("{id: A1-2,", "{id: A1-1,"))

    @pytest.mark.parametrize("alias", ["A1-4", "A1-3", "B8-1"])
    def test_refuses_an_alias_that_is_taken(self, alias: str) -> None:
        """Neither another flow's id, nor its own, nor an alias that stands somewhere: whoever asks gets one answer."""
        with pytest.raises(ValueError, match="twice"):
            load(resources.flows_file().replace("aliases: [B8-1]", f"aliases: [B8-1, {alias}]"))

    def test_refuses_an_alias_that_is_no_id(self) -> None:
        with pytest.raises(Faults):
            load(resources.flows_file().replace("aliases: [B8-1]", "aliases: [8-①]"))

    def test_knows_one_flow_by_two_ids(self) -> None:
        """8-① of the second half of 別添1 is 1-③ of the first; there is no other alias, and an alias is no flow more."""
        found = {alias: flow.id for flow in FLOWS.flows.values() for alias in flow.aliases}

        assert found == {"B8-1": "A1-3"}
        assert FLOWS.find("B8-1") is FLOWS.find("A1-3") is FLOWS.flows["A1-3"]
        assert FLOWS.find("B8-4") is None


class TestCommand:
    @pytest.mark.parametrize("name", ["A1-3", "B8-1"])
    def test_finds_a_flow_by_its_alias(self, name: str, tmp_path: Path) -> None:
        """`hub flows B8-1` tells of A1-3, and says that both are one."""
        told = CliRunner().invoke(root, ["flows", name, "--home", str(tmp_path), "--json"])
        shown = CliRunner().invoke(root, ["flows", name, "--home", str(tmp_path)])

        assert [(row["id"], row["aliases"]) for row in json.loads(told.stdout)["flows"]] == [("A1-3", ["B8-1"])]
        assert shown.stdout.startswith("A1-3 = B8-1  本人確認情報の更新\n")

    def test_a_flow_that_is_none_is_refused(self, tmp_path: Path) -> None:
        """What the refusal gives as examples are flows."""
        done = CliRunner().invoke(root, ["flows", "B1-3", "--home", str(tmp_path), "--json"])
        named = re.findall(r"\b[A-E][0-9]-[0-9a-z]+", cli.NO_FLOW.remedy_ja + cli.NO_FLOW.remedy_en)

        assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (2, cli.NO_FLOW.id)
        assert len(named) == 4
        assert all(FLOWS.find(name) for name in named)


class TestAgreement:
    @pytest.mark.parametrize("flow", HUB, ids=lambda flow: flow.id)
    def test_types_name_the_flow(self, flow: Flow, schemas: Schemas) -> None:
        """The catalogue of types lets each step carry its type in this flow."""
        assert all(flow.id in schemas.types[step.type, 1].flows for step in flow.carried)

    @pytest.mark.parametrize("flow", HUB, ids=lambda flow: flow.id)
    def test_the_law_has_rows_of_the_same_kind(self, flow: Flow, provisions: Provisions) -> None:
        """The rows of `statutes` that name the flow have its legal kind; a question on the way may be 利用. B7-1 claims 別紙2."""
        kinds = {row.kind for row in provisions.rows.values() if row.flow == flow.id}

        assert kinds - {LegalKind.USE} == (set() if flow.basis else {flow.legal} - {LegalKind.USE})
        assert flow.basis or flow.legal in kinds

    @pytest.mark.parametrize("flow", HUB, ids=lambda flow: flow.id)
    def test_a_route_runs_for_each_step(self, flow: Flow, zones: tuple[Routes, ...]) -> None:
        """Under an id that begins as the flow does; for at least one of a group."""
        for step in flow.carried:
            sources, targets = (GROUPS.get(name, (name,)) for name in (step.source, step.target))
            found = {routed(zones, one, other, step.type) for one, other in product(sources, targets)} - {""}
            assert found
            assert all(name.startswith(flow.id.partition("-")[0]) for name in found)

    @pytest.mark.parametrize("flow", HUB, ids=lambda flow: flow.id)
    def test_numbers_are_those_that_the_code_lets_through(self, flow: Flow) -> None:
        """What flows.yaml says of numbers is what `hub.provisions.identifiers` carries, no more and no less."""
        every = [number.value for number in Identifier]
        found = {number.value for sender, to, type_ in ways(flow) for number in carried(type_, sender, to, every)}

        assert found == set(flow.numbers)

    def test_every_type_but_three_belongs_to_a_flow(self, schemas: Schemas) -> None:
        """JK-REC is the whole record that nothing carries; answers and observations belong to all."""
        types = {name for name, _ in schemas.types}

        assert types - {step.type for flow in HUB for step in flow.carried} == {"JK-REC", "ANSWER", "OB-SEEN"}


def test_docs_flows_is_what_the_generator_prints() -> None:
    """`make docs` writes it; nobody edits it."""
    page = Path(__file__).resolve().parents[2] / "docs" / "flows.md"

    assert page.read_text("utf-8") == flows_doc.render(FLOWS, flows_doc.rows_by_flow())


class TestTests:
    def test_every_test_that_a_flow_names_is_collected(self) -> None:
        """`hub flows` gives node ids: pytest knows each of them, and each flow has at least one that bears its id."""
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--no-header", "tests/e2e/test_full_day.py"]
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=120)
        known = set(done.stdout.splitlines())
        named = {flow.id: cases_of(flow) for flow in FLOWS.flows.values()}

        assert [test for tests in named.values() for test in tests if test not in known] == []
        for id_, tests in named.items():
            assert all(re.search(rf"\[{re.escape(id_)}[ \]]", test) for test in tests)
            assert len(tests) > 0

    def test_every_leg_of_a_hub_flow_is_named(self) -> None:
        """Once as carried often enough and once as proven; the legs beside the hub together."""
        (flow,) = (one for one in HUB if one.id == "C6")

        assert len(cases_of(flow)) == 1 + 2 * len(flow.carried) + 1
