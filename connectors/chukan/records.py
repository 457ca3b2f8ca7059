"""情報提供等記録 (番号法23条, C5): who asked for what about whom by token, when, and whether it was provided; a ledger of its own.

It follows from the lines of the 中間サーバー's ledger, so after a kill the missing ones are written when those are played again.
Refusals and 不開示 are recorded as well (S11). A line holds no personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from connectors.kit.ids import derived_id
from connectors.kit.ledger import Ledger, Line
from connectors.kit.observing import CONVERSATION, Sightings
from connectors.kit.partner import CONFIRMED

FLOW: Final = "C5"
_PARTS: Final = ("person", "body", "affair", "information", "items", "at", CONVERSATION)


class Records:
    """The records of one body, appended to as they arise; their ledger begins with the first of them."""

    def __init__(self, path: Path, sightings: Sightings | None = None) -> None:
        """`sightings` hear of every record, in the order of what it follows from."""
        self._path = path
        self._sightings = sightings

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self._path)

    @cached_property
    def _written(self) -> set[str]:
        return {line.message for line in self._ledger.lines}

    def asked(self, line: Line) -> None:
        """A 提供の求め, taken or refused."""
        self._write(line.message, "asked", line.sha256, _parts(line) | ({"refused": line.code} if line.code else {}))

    def provided(self, enquiry: Line, *, given: bool) -> None:
        """What became of it in the end."""
        self._write(enquiry.message, "provided", enquiry.sha256, _parts(enquiry) | {"provided": "1" if given else "0"})

    def _write(self, cause: str, kind: str, digest: str, facts: Mapping[str, str]) -> None:
        message = derived_id(cause, "record", kind, cause)
        line = Line(message, digest, CONFIRMED, facts={"flow": FLOW, "record": kind, **facts})
        if message not in self._written:
            self._ledger.append([line])
            self._written.add(message)
        if self._sightings is not None:
            self._sightings.take(line)


def _parts(line: Line) -> dict[str, str]:
    return {name: line.facts[name] for name in _PARTS if name in line.facts}
