"""A payload as one flat record, and back: what a file of records holds of a message.

A column is the path of an element without children, below the payload: `氏名`, or `世帯主の氏名及び世帯主との続柄/世帯主の氏名` within a
compound item. An item that is not there is "", for no item of any schema may be empty. What repeats has no column here; `rows` has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from lxml import etree

from hub.codes import kit
from hub.errors import Refused

_STEP: Final = "/"


def flat(payload: etree._Element) -> Mapping[str, str]:
    """Column -> text of every item that is there. Raises `ValueError` when one stands twice."""
    found: dict[str, str] = {}
    _collect(payload, "", found)
    return MappingProxyType(found)


def record(payload: etree._Element, columns: Sequence[str]) -> Mapping[str, str]:
    """The record of `payload` with exactly these columns.

    Raises `Refused` for an item without a column: it would be lost; and `ValueError` as `flat`.
    """
    items = flat(payload)
    for name in items:
        if name not in columns:
            raise Refused(kit.FIELD_VALUE, field=name, kind="columns")
    return MappingProxyType({name: items.get(name, "") for name in columns})


def built(family: str, root: str, items: Mapping[str, str]) -> etree._Element:
    """The payload `root` of the family's version 1 with every item that has a text, in the order of `items`."""
    namespace = f"urn:juki-hub:{family}:1"
    made = etree.Element(f"{{{namespace}}}{root}", nsmap={None: namespace})
    append(made, items)
    return made


def append(parent: etree._Element, items: Mapping[str, str]) -> None:
    """Every item that has a text, below `parent`. A number that ends a column (`照会項目/2`) is no element: the item stands again."""
    for column, text in items.items():
        if text:
            path = column.split(_STEP)
            _placed(parent, path[:-1] if path[-1].isdecimal() else path).text = text


def _collect(parent: etree._Element, path: str, found: dict[str, str]) -> None:
    for element in parent.iterchildren(etree.Element):
        name = path + etree.QName(element).localname
        if len(element):
            _collect(element, name + _STEP, found)
        elif name in found:
            raise ValueError("an item stands twice")
        else:
            found[name] = element.text or ""


def _placed(parent: etree._Element, path: Sequence[str]) -> etree._Element:
    """The new element at the end of `path`, in the compound that was begun last if it is the same."""
    prefix = str(parent.tag).rpartition("}")[0] + "}"
    if len(path) == 1:
        return etree.SubElement(parent, prefix + path[0])
    last = parent[-1] if len(parent) else None
    if last is None or last.tag != prefix + path[0]:
        last = etree.SubElement(parent, prefix + path[0])
    return _placed(last, path[1:])
