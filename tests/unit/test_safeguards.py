"""scripts/safeguards.yaml: every safeguard of the document has something behind it, and what it names exists."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from hub.codes import catalogue, opr
from hub.errors import Code, Faults
from hub.yamltext import parse
from scripts import safeguards_doc
from scripts.safeguards_doc import Safeguard

ROOT = Path(__file__).resolve().parents[2]
ROWS = safeguards_doc.load()
WHOLE = "id: S1, place: L1, what: a, state: built, control: b, tests: [c]"


def spellings(code: str) -> list[str]:
    """How a test may name a code: its id, its constant with the area, or (HUB-DOM) the twin in connectors/kit/domain.py."""
    area = code.split("-")[1].lower()
    constants = vars(importlib.import_module(f"hub.codes.{area}")).items()
    names = [name for name, value in constants if isinstance(value, Code) and value.id == code]
    return [code, *(name if area == "dom" else f"{area}.{name}" for name in names)]


def tried_in(row: Safeguard, code: str) -> list[str]:
    """The files of tests of a row that name a code."""
    wanted = re.compile("|".join(rf"(?<![\w.]){re.escape(one)}(?!\w)" for one in spellings(code)))
    files = dict.fromkeys(test.partition("::")[0] for test in row.tests)
    return [file for file in files if wanted.search((ROOT / "tests" / file).read_text("utf-8"))]


def test_every_safeguard_has_a_row() -> None:
    """S1 to S40, each once, in order."""
    assert [row.id for row in ROWS] == [f"S{number}" for number in range(1, 41)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_not_empty(row: Safeguard) -> None:
    """Built has tests and nothing left, partly has tests and says what is left, organisational names who answers."""
    assert bool(row.tests) is (row.state != "organisational")
    assert bool(row.left) is (row.state == "partly")
    assert bool(row.confirms) is (row.state == "organisational")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_its_tests_exist(row: Safeguard) -> None:
    """A file of tests, or a class or function in it."""
    for name in row.tests:
        file, _, member = name.partition("::")
        tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
        assert not member or member in names, name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_its_codes_are_tried(row: Safeguard) -> None:
    """Each is of the catalogue, and a test of that row names it."""
    assert [code for code in row.codes if code not in catalogue()] == []
    assert [code for code in row.codes if not tried_in(row, code)] == []


def test_terminals_of_two_safeguards_have_two_codes() -> None:
    """S27 (LGWAN) and S28 (enquiries) are not the same refusal of a message; a rule that is missing is missed alike."""
    lgwan, enquiries = (set(row.codes) for row in ROWS if row.id in ("S27", "S28"))

    assert lgwan & enquiries == {opr.RULE_MISSING.id, opr.RULE_OPEN.id}


@pytest.mark.parametrize(
    "more",
    [
        "",
        "codes: []",
        "codes: [HUB-OPR-001], unrefused: x",
        "codes: [HUB-OPR-001, HUB-OPR-001]",
        "codes: [OPR-001]",
        "codes: HUB-OPR-001",
        'unrefused: " "',
        "codes: [HUB-OPR-001], code: x",
    ],
)
def test_a_row_refuses_or_says_why_not(more: str) -> None:
    """Codes, each once and in their form, or the reason why there are none; never neither, never both."""
    with pytest.raises(Faults):
        parse(safeguards_doc.Safeguard, f"{{{WHOLE}{more and ', '}{more}}}", "a.yaml")

    assert parse(safeguards_doc.Safeguard, f"{{{WHOLE}, codes: [HUB-OPR-001]}}", "a.yaml").codes == ["HUB-OPR-001"]


def test_docs_safeguards_is_what_the_generator_prints() -> None:
    """`make docs` writes it; nobody edits it."""
    assert (ROOT / "docs" / "safeguards.md").read_text("utf-8") == safeguards_doc.render(ROWS)
