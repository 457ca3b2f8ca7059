"""`hub log journey` with what a person had revealed for it: who acted, and the contents with every number masked."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.masking import MASK
from tests.integration.test_person_search import AUDITOR, NUMBER, error, send, token
from tests.integration.test_witness import EXAMPLE, hub

SECRET = ("個人番号", "住民票コード")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("journey") / "home"
    hub("init", "--development", "--home", str(home))
    hub("person", "add", AUDITOR, "--role", "auditor", "--home", str(home))
    send(home, token(home, NUMBER))
    return home


def journey(home: Path, *words: str, code: int = 0) -> dict[str, object]:
    (waiting, *_) = rows(hub("inbox", "atena", "--home", str(home)), "messages")
    return hub("log", "journey", str(waiting["message"]), *words, "--home", str(home), code=code)


def rows(said: dict[str, object], name: str) -> list[dict[str, Any]]:
    found = said[name]
    assert isinstance(found, list)
    return found


def numbers() -> set[str]:
    """The values of the example that point at one person."""
    found = {etree.QName(one).localname: (one.text or "").strip() for one in etree.parse(EXAMPLE).iter()}
    return {found[name] for name in SECRET if found.get(name)}


def test_without_a_person_nothing_is_opened(home: Path) -> None:
    """Entries and proofs; and no entry about looking."""
    before = hub("log", "checkpoint", "--home", str(home))["size"]
    (line,) = rows(journey(home), "lines")

    assert line["checkpoint"] > line["index"]
    assert "operator" not in line
    assert hub("log", "checkpoint", "--home", str(home))["size"] == before


def test_who_acted_and_what_was_in_it(home: Path, tmp_path: Path) -> None:
    """Numbers are masked, in the page as well; the look is an entry with the reason that was signed."""
    page = tmp_path / "page.html"
    said = journey(home, "--person", AUDITOR, "--reason", "苦情 R8-3", "-o", str(page))
    (line,) = rows(said, "lines")
    text = page.read_text("utf-8")
    (look, *_) = rows(hub("review", "reveals", "--home", str(home)), "looks")

    assert line["operator"]["staff"] == getpass.getuser()
    assert "salt" not in line["operator"]
    assert MASK in line["items"].values()
    assert numbers()
    assert not any(number in text or number in str(said) for number in numbers())
    assert getpass.getuser() in text
    assert (look["action"], look["reason"]) == ("reveal", "苦情 R8-3")


def test_a_look_needs_a_reason_and_a_role(home: Path) -> None:
    hub("person", "add", "見本 窓口", "--role", "operator", "--home", str(home))
    assert error(journey(home, "--person", AUDITOR, code=2)) == "HUB-HLD-005"
    assert error(journey(home, "--person", "見本 窓口", "--reason", "x", code=3)) == "HUB-PER-002"
