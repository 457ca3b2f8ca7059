"""What a sending room must quote of the law: the row behind each flow, in full, as the hub loaded it.

`hub.provisions.Provisions` fulfils `Law`; whoever puts the connector together hands it in, so no room keeps a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hub.messages import Basis

__all__ = ["Basis", "Law", "LawKind", "LawRow", "basis"]


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


def basis(law: Law, table: str, item: str) -> Basis:
    """根拠 that names this row. Raises `KeyError` for an unknown row."""
    row = law.rows[table, item]
    return Basis(row.kind.value, table, item, row.affair, row.information)
