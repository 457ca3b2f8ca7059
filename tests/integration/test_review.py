"""`hub review`: who looked at what and why; what a fault or a leak touched, by recipient, row of law and items."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.test_person_search import AUDITOR, NUMBER, OTHER, ask, send, token
from tests.integration.test_witness import hub


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four messages about two persons, and an auditor who searched twice."""
    home = tmp_path_factory.mktemp("review") / "home"
    hub("init", "--development", "--home", str(home))
    hub("person", "add", AUDITOR, "--role", "auditor", "--home", str(home))
    for number in (NUMBER, OTHER, NUMBER, NUMBER):
        send(home, token(home, number))
    for reason in ("開示請求 R8-17", "苦情 R8-3"):
        ask(home, token(home, NUMBER), reason=reason)
    return home


def rows(said: dict[str, object], name: str) -> list[dict[str, object]]:
    found = said[name]
    assert isinstance(found, list)
    return found


class TestReveals:
    def test_who_what_and_why(self, home: Path) -> None:
        """The newest first, with the name of the register and the reason that was signed."""
        found = rows(hub("review", "reveals", "--home", str(home)), "looks")

        assert [(one["action"], one["persons"], one["about"], one["reason"]) for one in found] == [
            ("search.person", [AUDITOR], "persons:1", "苦情 R8-3"),
            ("search.person", [AUDITOR], "persons:1", "開示請求 R8-17"),
        ]

    def test_in_a_time(self, home: Path) -> None:
        assert rows(hub("review", "reveals", "--to", "2020-01-01", "--home", str(home)), "looks") == []

    def test_a_key_that_the_register_has_lost(self, home: Path, tmp_path: Path) -> None:
        """The entry names the key, whoever took the name away."""
        copy = Path(shutil.copytree(home, tmp_path / "home"))
        (copy / "persons" / "register.json").write_text('{"persons": []}', "utf-8")
        found = rows(hub("review", "reveals", "--home", str(copy)), "looks")

        assert all(len(str(name)) == 16 for one in found for name in one["persons"])  # type: ignore[attr-defined]


class TestAffected:
    def test_by_recipient_and_row(self, home: Path) -> None:
        """How many messages, where they stand, and at most about how many persons: never who."""
        said = hub("review", "affected", "--endpoint", "atena", "--home", str(home))
        (row,) = rows(said, "exchanges")

        assert (row["sender"], row["recipient"], row["type"], row["count"]) == ("juki", "atena", "AT-REG", 4)
        assert row["provision"] == "statutes/bangou-9-1"
        assert (said["count"], said["persons_at_most"]) == (4, 2)

    def test_nothing_in_another_time_or_place(self, home: Path) -> None:
        for words in (("--endpoint", "zei"), ("--to", "2020-01-01")):
            said = hub("review", "affected", *words, "--home", str(home))

            assert (said["exchanges"], said["persons_at_most"]) == ([], 0)
