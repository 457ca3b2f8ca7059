"""The files of xsd/ as the hub is given them, and what is compiled from them once a session."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from hub.schemas import Schemas

XSD = Path(__file__).resolve().parents[1] / "xsd"


@cache
def files() -> Mapping[str, bytes]:
    """Path below xsd/ -> bytes."""
    paths = sorted(path for path in XSD.rglob("*") if path.suffix in {".xsd", ".yaml"})
    return MappingProxyType({path.relative_to(XSD).as_posix(): path.read_bytes() for path in paths})


@cache
def schemas() -> Schemas:
    """All schemas, compiled."""
    return Schemas.load(files())
