"""The catalogue of codes, one module per area; `docs/errors.md` is generated from it (tests/unit/test_codes.py)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from hub.errors import Code


def catalogue() -> Mapping[str, Code]:
    """Every code of every area by its id. Raises `ValueError` when one id stands twice."""
    found: dict[str, Code] = {}
    for area in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{area}")
        for code in vars(module).values():
            if isinstance(code, Code) and found.setdefault(code.id, code) is not code:
                raise ValueError(f"code {code.id} stands twice")
    return MappingProxyType(dict(sorted(found.items())))
