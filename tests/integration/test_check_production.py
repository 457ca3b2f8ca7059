"""`hub check` of a home in production: what its operators.yaml must say (S4, S27, S28), every fault at once and by its place."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.app import root

RULES = """\
format: 1
endpoints:
  cs: {terminals: [CS-01, connector-cs], authentication: [biometric, connector-key]}
"""


def home(place: Path, zone: str, environment: str) -> Path:
    words = ["init", "--zone", zone, "--environment", environment, "--home", str(place / "home"), "--json"]
    assert CliRunner().invoke(root, words, prog_name="hub").exit_code == 0
    return place / "home"


def check(place: Path, lang: str = "en") -> tuple[int, list[tuple[str, str]]]:
    """Exit code, and code and text of each fault."""
    words = ["check", "--home", str(place), "--json", "--lang", lang]
    done = CliRunner().invoke(root, words, prog_name="hub")
    return done.exit_code, [(one["code"], one["text"]) for one in json.loads(done.stdout).get("errors", ())]


class TestProduction:
    def test_a_new_home_of_the_cs_is_at_fault(self, tmp_path: Path) -> None:
        """Its file restricts nothing: S4 is named with file and path, in both languages."""
        made = home(tmp_path, "juki-net", "production")
        (english, japanese) = check(made), check(made, "ja")

        assert (english[0], japanese[0]) == (2, 2)
        assert (
            "HUB-OPR-009",
            "operators.yaml: endpoints.cs.authentication is missing; production needs it (S4).",
        ) in english[1]
        assert (
            "HUB-OPR-009",
            "operators.yaml: endpoints.cs.authentication がありません。本番環境では要ります(S4)",
        ) in japanese[1]

    def test_every_fault_comes_at_once(self, tmp_path: Path) -> None:
        """The terminals of 申請管理 and of the eight that enquire, and the decisions that nobody of the ward made."""
        code, found = check(home(tmp_path, "kikan", "production"))

        assert code == 2
        assert Counter(name for name, _ in found) == {"HUB-OPR-009": 9, "HUB-CFG-010": 1}
        assert any("endpoints.shinsei.terminals" in text and "S27" in text for _, text in found)
        assert any("endpoints.zei.terminals" in text and "S28" in text for _, text in found)

    def test_the_rule_mends_it(self, tmp_path: Path) -> None:
        """What is left are the decisions that nobody of the ward made, which are no matter of this file."""
        made = home(tmp_path, "juki-net", "production")
        (made / "operators.yaml").write_text(RULES, "utf-8")

        assert [name for name, _ in check(made)[1]] == ["HUB-CFG-010"]

    def test_a_password_beside_it_is_at_fault(self, tmp_path: Path) -> None:
        """生体認証 or, for a connector, its key; anything else opens the CS."""
        made = home(tmp_path, "juki-net", "production")
        (made / "operators.yaml").write_text(RULES.replace("biometric", "biometric, password"), "utf-8")

        assert (
            "HUB-OPR-010",
            "operators.yaml: password at endpoints.cs.authentication admits too much for production (S4).",
        ) in check(made)[1]


@pytest.mark.parametrize("environment", ["test", "demo"])
def test_elsewhere_an_open_home_is_no_fault(environment: str, tmp_path: Path) -> None:
    """Whoever tries the hub out may leave the rules open."""
    assert check(home(tmp_path, "juki-net", environment)) == (0, [])
