"""What the distribution carries beside its code: schemas, tables of law, routes; read once and handed to the core.

In a checkout `xsd/` and `routing.yaml` stand at the top, where people read them; a wheel holds them in `hub/_data/`
(pyproject.toml). Both give the same (tests/unit/test_resources.py), and a part that is missing is an error, never an empty answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import hub
from hub.codes import res
from hub.errors import Misconfigured

PACKAGE = Path(hub.__file__).resolve().parent


def xsd_files() -> Mapping[str, bytes]:
    """Every schema and every list beside them by its path below `xsd/`, with `/`, in order of the paths.

    Raises `Misconfigured` when there is none.
    """
    return _read(_beside("xsd"), ".xsd", ".yaml")


def provision_files() -> Mapping[str, str]:
    """Every YAML text below `hub/provisions/` by its path there, in order. Raises `Misconfigured` when there is none."""
    found = _read(PACKAGE / "provisions", ".yaml")
    return MappingProxyType({name: content.decode("utf-8") for name, content in found.items()})


def flows_file() -> str:
    """The text of `hub/flows/flows.yaml`. Raises `Misconfigured` when it is not there."""
    path = PACKAGE / "flows" / "flows.yaml"
    if not path.is_file():
        raise Misconfigured(res.MISSING, part=path.name)
    return path.read_text("utf-8")


def routing_file() -> str:
    """The text of the `routing.yaml` that the distribution brings. Raises `Misconfigured` when it is not there."""
    path = _beside("routing.yaml")
    if not path.is_file():
        raise Misconfigured(res.MISSING, part=path.name)
    return path.read_text("utf-8")


def _beside(name: str) -> Path:
    packaged = PACKAGE / "_data" / name
    return packaged if packaged.exists() else PACKAGE.parent / name


def _read(folder: Path, *suffixes: str) -> Mapping[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.suffix in suffixes and path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    if not found:
        raise Misconfigured(res.MISSING, part=folder.name)
    return MappingProxyType(dict(sorted(found.items())))
