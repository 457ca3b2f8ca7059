"""What this room needs to know of the law: the rows as loaded by the hub, and the items that a department may have.

`hub.provisions.Provisions` fulfils `Law`. The room quotes the affair of a row from there and keeps no copy of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Claim:
    """The row of law that a message claims, quoted in full: the fields of `hub.messages.Basis` by the same names."""

    kind: str
    table: str
    item: str
    affair: str
    information: str


class LawKind(Protocol):
    """The legal kind of a row; `value` is the Japanese word."""

    @property
    def value(self) -> str: ...


class LawRow(Protocol):
    """One row: what a message must quote."""

    @property
    def kind(self) -> LawKind: ...
    @property
    def affair(self) -> str: ...
    @property
    def information(self) -> str: ...


class Law(Protocol):
    """The tables in force."""

    @property
    def rows(self) -> Mapping[tuple[str, str], LawRow]:
        """Every row by (table, item)."""

    def granted(self, table: str, item: str, recipient: str) -> frozenset[str]:
        """The items that `recipient` may have under the row."""


def claim(law: Law, table: str, item: str) -> Claim:
    """The claim of a row. Raises `KeyError` for an unknown row."""
    row = law.rows[table, item]
    return Claim(row.kind.value, table, item, row.affair, row.information)
