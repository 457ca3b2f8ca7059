"""The distribution carries its schemas and tables of law, in a checkout and in an installed wheel alike."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from hub.edges import resources
from hub.errors import Misconfigured

CHECKOUT = Path(__file__).resolve().parents[2]
XSD = CHECKOUT / "xsd"

# Runs inside the installed wheel: prints where `hub` came from and the digest of every resource.
PROBE = """
import json, sys
from hashlib import sha256
sys.path.insert(0, sys.argv[1])
import hub
from hub.edges import resources
found = dict(resources.xsd_files())
found.update({name: text.encode() for name, text in resources.provision_files().items()})
found["routing.yaml"] = resources.routing_file().encode()
print(json.dumps([hub.__file__, {name: sha256(content).hexdigest() for name, content in found.items()}]))
"""


class TestCheckout:
    def test_gives_every_schema_by_its_path(self) -> None:
        """Each file of xsd/ is there under its path with its exact bytes, in the order of the paths."""
        found = resources.xsd_files()

        assert list(found) == sorted(found)
        assert set(found) == {str(path.relative_to(XSD)) for path in XSD.rglob("*") if path.is_file()}
        assert all(content == (XSD / name).read_bytes() for name, content in found.items())
        assert {"catalogue.yaml", "exchange/1/envelope.xsd"} <= set(found)

    def test_gives_the_tables_of_law(self) -> None:
        """The four tables of rows are among the texts, decoded as UTF-8."""
        found = resources.provision_files()

        assert {f"tables/{table}.yaml" for table in ("kou2", "beppyo", "to-jorei", "ku-jorei")} <= set(found)
        assert "介護保険" in found["tables/beppyo.yaml"]

    def test_gives_the_routes(self) -> None:
        """The routing.yaml of the checkout, decoded as UTF-8."""
        assert resources.routing_file() == (CHECKOUT / "routing.yaml").read_text("utf-8")

    def test_refuses_a_distribution_that_lacks_a_part(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A missing folder is an error with its code, never an empty mapping."""
        monkeypatch.setattr(resources, "PACKAGE", tmp_path / "hub")

        for read in (resources.xsd_files, resources.provision_files, resources.routing_file):
            with pytest.raises(Misconfigured) as caught:
                read()

            assert caught.value.code.id == "HUB-RES-001"


class TestWheel:
    def test_installed_wheel_carries_the_same_resources(self, tmp_path: Path) -> None:
        """The wheel, built and installed away from the checkout, gives byte for byte what the checkout gives."""
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
        (wheel,) = tmp_path.glob("juki_hub-*.whl")
        target = tmp_path / "target"
        _run(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(target), str(wheel))

        home, digests = json.loads(_run(sys.executable, "-I", "-c", PROBE, str(target), cwd=tmp_path))

        here = dict(resources.xsd_files()) | {k: v.encode() for k, v in resources.provision_files().items()}
        here["routing.yaml"] = resources.routing_file().encode()
        assert Path(home).is_relative_to(target)
        assert digests == {name: sha256(content).hexdigest() for name, content in here.items()}


def _run(*command: str, cwd: Path = CHECKOUT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
