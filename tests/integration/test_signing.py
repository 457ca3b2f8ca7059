"""Who may sign by hand: a development home for all, an endpoint's home for itself, and a home with several keys for nobody."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.app.founding import Founding, found
from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.codes import cfg
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SystemClock

CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> HomePaths:
    """A development home. It is copied, never changed."""
    place = tmp_path_factory.mktemp("signing") / "home"
    return found(Founding(place, CONFIG, resources.routing_file(), SystemClock().now() - timedelta(hours=1)))


@pytest.fixture
def paths(founded: HomePaths, tmp_path: Path) -> HomePaths:
    """A copy of it."""
    return HomePaths(Path(shutil.copytree(founded.root, tmp_path / "home")))


def operative(paths: HomePaths, *keep: str) -> HomePaths:
    """It is no development home any more, and these endpoints' keys are left in it."""
    paths.config.write_text(paths.config.read_text("utf-8").replace("development: true", "development: false"), "utf-8")
    for key in paths.endpoint_keys():
        if key.parent.name not in keep:
            shutil.rmtree(key.parent)
    return paths


def said(paths: HomePaths, *words: str) -> tuple[int, str]:
    """Exit code, and the code of the error if there is one."""
    done = CliRunner().invoke(root, [*words, "--json", "--home", str(paths.root)])
    return done.exit_code, json.loads(done.stdout).get("error", {}).get("code", "")


def sign(paths: HomePaths, as_: str = "juki") -> tuple[int, str]:
    way = ("--as", as_, "--to", "atena", "--item", "bangou-9-1", "--type", "AT-REG")
    return said(paths, "sign", str(EXAMPLE), *way, "-o", str(paths.root.parent / "m.xml"))


class TestSigning:
    def test_a_development_home_signs_for_all(self, paths: HomePaths) -> None:
        """It holds every key of the zone on purpose, and `hub check` finds no fault."""
        signed = [sign(paths, one) for one in ("juki", "atena")]

        assert len(paths.endpoint_keys()) > 2
        assert (signed, said(paths, "check")) == ([(0, "")] * 2, (0, ""))

    def test_an_endpoints_own_home_signs_for_it_alone(self, paths: HomePaths) -> None:
        """One key: its endpoint signs, another is not known there."""
        own = operative(paths, "juki")

        assert (sign(own), sign(own, "atena")) == ((0, ""), (2, cfg.NOT_DEVELOPMENT.id))
        assert said(own, "check") == (0, "")

    def test_a_home_without_keys_signs_for_nobody(self, paths: HomePaths) -> None:
        """The hub's home in operation."""
        bare = operative(paths)

        assert (sign(bare), said(bare, "check")) == ((2, cfg.NOT_DEVELOPMENT.id), (0, ""))

    def test_a_home_with_several_keys_signs_for_nobody(self, paths: HomePaths) -> None:
        """Two keys are too many where it is no development home: neither message nor answer, and `hub check` says so."""
        message = str(paths.root.parent / "m.xml")
        assert sign(paths)[0] == 0
        assert said(paths, "submit", message)[0] == 0
        with_both = operative(paths, "juki", "atena")
        waiting = json.loads(CliRunner().invoke(root, ["inbox", "atena", "--json", "--home", str(paths.root)]).stdout)
        answered = said(with_both, "answer", "atena", waiting["messages"][0]["message"])

        assert (sign(with_both), answered) == ((2, cfg.SEVERAL_KEYS.id), (2, cfg.SEVERAL_KEYS.id))
        assert said(with_both, "check") == (2, cfg.SEVERAL_KEYS.id)
