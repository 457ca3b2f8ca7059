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


def with_item(payload: etree._Element, old: str, new: str, text: str) -> etree._Element:
    """A copy of the payload in which the one item `old` is replaced, at its place, by item `new`.

    Raises `ValueError` unless exactly one element bears the name `old`.
    """
    made = copy.deepcopy(payload)
    found = [element for element in made.iter(etree.Element) if etree.QName(element).localname == old]
    if len(found) != 1:
        raise ValueError("not exactly one such item")
    element = found[0]
    element.tag = f"{{{etree.QName(element).namespace}}}{new}"
    element.text = text
    return made
