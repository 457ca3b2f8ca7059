"""The full day: what other bodies tell the ward, a file for each group of them; `told(town)` is all of it in order of time.

Each file has one function `told(town) -> Iterable[Told]` and is named in `GROUPS`. Everything follows from the town's seed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from connectors.juki.told import Told

if TYPE_CHECKING:
    from connectors.juki.town import Town

GROUPS: tuple[str, ...] = ()


def told(town: Town) -> tuple[Told, ...]:
    """Everything of a full day, in order of time. Raises `ValueError` when two messages bear one name."""
    found = [one for group in GROUPS for one in importlib.import_module(f"{__name__}.{group}").told(town)]
    if len({one.id for one in found}) != len(found):
        raise ValueError("two messages of one name")
    return tuple(sorted(found, key=lambda one: (one.at, one.id)))
