"""The full day: what other bodies tell the ward, a file for each group of them; `told(town)` is all of it in order of time.

Each file has one function `told(town) -> Iterable[Told]` and is named in `GROUPS`. Everything follows from the town's seed.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from connectors.juki.full import cs, nws
from connectors.juki.told import Follow, Told

if TYPE_CHECKING:
    from connectors.juki.town import Town

GROUPS: tuple[str, ...] = (
    "certificates",
    "cs",
    "departments",
    "filings",
    "immigration",
    "nws",
)


def told(town: Town) -> tuple[Told, ...]:
    """Everything of a full day, in order of time. Raises `ValueError` when two messages bear one name."""
    found = [one for group in GROUPS for one in importlib.import_module(f"{__name__}.{group}").told(town)]
    if len({one.id for one in found}) != len(found):
        raise ValueError("two messages of one name")
    return tuple(sorted(found, key=lambda one: (one.at, one.id)))


def caused(town: Town) -> tuple[tuple[str, Follow], ...]:
    """(MessageId, what follows from it) for messages of 住記's own day from which more follows than on an ordinary one."""
    return tuple((one.cause, one.follow) for one in nws.fugou(town))


def awaited(town: Town) -> Mapping[str, str]:
    """Id of an event -> the MessageId of the 番号通知 without which 住記 cannot tell of it."""
    return cs.awaited(town)
