"""The import contracts of pyproject.toml bite: each is broken by one stray import, put into a copy of the sources."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A file of the copy, the import that strays into it, and the contract that must notice.
STRAYS = (
    ("hub/exchangelog/__init__.py", "hub.stages", "Imports point inwards"),
    ("hub/edges/__init__.py", "hub.stages", "Edges fulfil ports and know no stage"),
    ("hub/stages/__init__.py", "connectors.kit", "The hub never imports a connector"),
    ("hub/newcomer.py", "socket", "The core has no clock, network, disk"),
    ("hub/stages/__init__.py", "signxml", "signxml lives in hub.xmlsig"),
    ("hub/stages/__init__.py", "xmlschema", "xmlschema lives in hub.schemas"),
    ("connectors/kit/__init__.py", "xml.etree", "One XML parser"),
    ("hub/provisions/__init__.py", "ruamel.yaml", "YAML is read in hub.yamltext"),
    ("connectors/juki/__init__.py", "sqlalchemy", "The journal's database lives in hub.edges"),
    ("hub/edges/newcomer.py", "pika", "The broker lives in hub.edges.amqp"),
    ("hub/edges/newcomer.py", "prometheus_client", "Metrics and log set-up live in hub.observe"),
    ("hub/edges/newcomer.py", "typer", "The terminal lives in hub.cli"),
    ("connectors/conbini/__init__.py", "pyhanko", "pyHanko lives in the document"),
    ("hub/edges/newcomer.py", "psycopg", "psycopg lives in hub.edges.postgres"),
    ("connectors/kit/__init__.py", "hub.edges", "The kit imports the hub's values and formats"),
    ("connectors/juki/__init__.py", "hub.messages", "A room imports the kit"),
    ("connectors/juki/__init__.py", "connectors.cs", "No room imports another"),
    ("hub/edges/newcomer.py", "bench", "Nothing imports the benchmark"),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What lint-imports says about a copy of the sources in which every stray import stands."""
    copy = tmp_path_factory.mktemp("strays")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for top in ("hub", "connectors"):
        shutil.copytree(ROOT / top, copy / top, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("connectors/juki/__init__.py", "connectors/cs/__init__.py", *(file for file, _, _ in STRAYS)):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).touch()
    for name, stray, _ in STRAYS:
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {stray}\n")
    program = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return re.sub(r"\s+", " ", done.stdout)


class TestContracts:
    @pytest.mark.parametrize(("file", "stray", "contract"), STRAYS, ids=[contract for _, _, contract in STRAYS])
    def test_a_stray_import_breaks_its_contract(self, report: str, file: str, stray: str, contract: str) -> None:
        """One import in the wrong room is enough, and the report names the room and what it reached for."""
        summary, details = report.split("Broken contracts", maxsplit=1)
        reached = stray if stray.startswith(("hub", "connectors")) else stray.partition(".")[0]

        assert re.search(rf"{re.escape(contract)}((?!KEPT|BROKEN).)* BROKEN", summary)
        assert f"- {_module(file)} -> {reached} (l." in details

    def test_every_contract_has_its_stray(self) -> None:
        """No contract is written down without an import that proves it."""
        names = re.findall(r'^name = "(.*)"$', (ROOT / "pyproject.toml").read_text("utf-8"), flags=re.MULTILINE)
        contracts = [name for name in names if name != "juki-hub"]

        assert len(contracts) == len(STRAYS)
        assert all(name.startswith(contract) for name, (_, _, contract) in zip(contracts, STRAYS, strict=True))


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
