"""A payload as records in which something may repeat: what a file of records holds of a message, where `flat` is not enough.

Columns are those of `connectors.kit.flat`. One compound that repeats (`detail`) has a record for each time it is there, and what
stands beside it is the same in all of them. Any other item that repeats has a column for each time: `照会項目/1`, `照会項目/2` …
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from connectors.kit.flat import append
from hub.codes import kit
from hub.errors import Refused

_STEP = "/"
Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """The records of one kind of payload: its family and root, the columns in the order of its schema, the detail or ""."""

    family: str
    root: str
    columns: Sequence[str]
    detail: str = ""

    def records(self, payload: etree._Element) -> Sequence[Record]:
        """At least one, each with exactly the columns. Raises `Refused` for an item without a column: it would be lost."""
        head: dict[str, str] = {}
        details: list[dict[str, str]] = []
        for element in payload.iterchildren(etree.Element):
            name = etree.QName(element).localname
            if name == self.detail:
                details.append({})
            self._collect(element, name, details[-1] if name == self.detail else head)
        return [self._whole(head | one) for one in details or [{}]]

    def payload(self, records: Sequence[Record]) -> etree._Element:
        """The payload behind the records of one message. Raises `ValueError` where they are not those of one."""
        heads, details = (
            [{name: text for name, text in one.items() if self._within(name) is inner} for one in records]
            for inner in (False, True)
        )
        if not heads or any(one != heads[0] for one in heads) or any(set(one) != set(self.columns) for one in records):
            raise ValueError("not the records of one message")
        namespace = f"urn:juki-hub:{self.family}:1"
        made = etree.Element(f"{{{namespace}}}{self.root}", nsmap={None: namespace})
        append(made, heads[0])
        for one in details:
            self._detailed(made, one, alone=len(details) == 1)
        return made

    # --- inside -------------------------------------------------------------------------------------------------------

    def _within(self, column: str) -> bool:
        return self.detail != "" and column.startswith(self.detail + _STEP)

    def _collect(self, element: etree._Element, path: str, found: dict[str, str]) -> None:
        if len(element):
            for child in element.iterchildren(etree.Element):
                self._collect(child, f"{path}{_STEP}{etree.QName(child).localname}", found)
            return
        column = next((one for one in self._columns_of(path) if one not in found), None)
        if column is None:
            raise Refused(kit.FIELD_VALUE, field=path, kind="columns")
        found[column] = element.text or ""

    def _columns_of(self, path: str) -> Sequence[str]:
        if path in self.columns:
            return (path,)
        numbered = (one.rpartition(_STEP) for one in self.columns)
        return [f"{item}{_STEP}{number}" for item, _, number in numbered if item == path and number.isdecimal()]

    def _whole(self, found: Record) -> Record:
        return MappingProxyType({name: found.get(name, "") for name in self.columns})

    def _detailed(self, parent: etree._Element, items: Record, *, alone: bool) -> None:
        """One detail below `parent`; a message without any has one record whose detail is blank."""
        cut = len(self.detail) + len(_STEP)
        inner = {name[cut:]: text for name, text in items.items() if text}
        if inner:
            append(etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{self.detail}"), inner)
        elif not alone:
            raise ValueError("a record without its detail")
