"""scripts/safeguards.yaml: every safeguard of the document has something behind it, and what it names exists."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scripts import safeguards_doc
from scripts.safeguards_doc import Safeguard

ROOT = Path(__file__).resolve().parents[2]
ROWS = safeguards_doc.load()


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


def test_docs_safeguards_is_what_the_generator_prints() -> None:
    """`make docs` writes it; nobody edits it."""
    assert (ROOT / "docs" / "safeguards.md").read_text("utf-8") == safeguards_doc.render(ROWS)
