"""Reading and rewriting payloads: elements bear the Japanese item names of 別添2, so items are found by name."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lxml import etree

from hub import envelope
from hub.errors import Refused
from hub.messages import Header
from hub.xmlsig.precheck import parse


def payload_of(raw: bytes) -> etree._Element:
    """The payload of a signed envelope that was believed already. Raises `ValueError` for anything else."""
    try:
        return envelope.payload_of(parse(raw))
    except (Refused, IndexError) as error:
        raise ValueError("not an envelope") from error


def header_of(raw: bytes) -> Header:
    """The header of a signed envelope that was believed already. Raises `ValueError` for anything else."""
    try:
        return envelope.parse_header(parse(raw))
    except (Refused, IndexError) as error:
        raise ValueError("not an envelope") from error


def items(payload: etree._Element) -> Mapping[str, str]:
    """Item name -> text, of every element that has no children. Raises `ValueError` when one name stands twice."""
    found: dict[str, str] = {}
    for element in payload.iter(etree.Element):
        if len(element) == 0:
            name = etree.QName(element).localname
            if name in found:
                raise ValueError("an item stands twice")
            found[name] = element.text or ""
    return MappingProxyType(found)


def lists(payload: etree._Element) -> Mapping[str, Sequence[str]]:
    """Item name -> texts in document order, of every element that has no children; for payloads in which items repeat."""
    found: dict[str, list[str]] = {}
    for element in payload.iter(etree.Element):
        if len(element) == 0:
            found.setdefault(etree.QName(element).localname, []).append(element.text or "")
    return MappingProxyType(found)


Items = Mapping[str, "str | Sequence[str] | Items | Sequence[Items]"]


def composed(family: str, root: str, items: Items) -> etree._Element:
    """The payload `root` of the family's version 1, items in order: a text, texts that repeat, or items within (one or several)."""
    namespace = f"urn:juki-hub:{family}:1"
    made = etree.Element(f"{{{namespace}}}{root}", nsmap={None: namespace})
    _append(made, f"{{{namespace}}}", items)
    return made


def _append(parent: etree._Element, prefix: str, items: Items) -> None:
    for name, value in items.items():
        for one in [value] if isinstance(value, str | Mapping) else value:
            child = etree.SubElement(parent, prefix + name)
            if isinstance(one, str):
                child.text = one
            else:
                _append(child, prefix, one)


def with_item(payload: etree._Element, old: str, new: str, text: str) -> etree._Element:
    """A copy of the payload in which the one item `old` is replaced, at its place, by item `new`.

    Raises `ValueError` unless exactly one element bears the name `old`.
    """
    made = copy.deepcopy(payload)
    element = _only(made, old)
    element.tag = f"{{{etree.QName(element).namespace}}}{new}"
    element.text = text
    return made


def with_item_behind(payload: etree._Element, before: str, new: str, text: str) -> etree._Element:
    """A copy of the payload with the item `new` directly behind the one item `before`. Raises `ValueError` as `with_item`."""
    made = copy.deepcopy(payload)
    element = _only(made, before)
    added = etree.Element(f"{{{etree.QName(element).namespace}}}{new}")
    added.text = text
    element.addnext(added)
    return made


def _only(payload: etree._Element, name: str) -> etree._Element:
    found = [element for element in payload.iter(etree.Element) if etree.QName(element).localname == name]
    if len(found) != 1:
        raise ValueError("not exactly one such item")
    return found[0]
