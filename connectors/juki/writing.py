"""Pairs of (item name, value) -> a payload element. The namespace is the default one, so that an element reads as its item."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from connectors.juki.items import Pair


def element(family: str, root: str, pairs: Iterable[Pair]) -> etree._Element:
    """`root` in `urn:juki-hub:<family>:1` with the items that have a value, in order."""
    namespace = f"urn:juki-hub:{family}:1"
    made = etree.Element(f"{{{namespace}}}{root}", nsmap={None: namespace})
    append(made, pairs)
    return made


def append(parent: etree._Element, pairs: Iterable[Pair]) -> None:
    """The items that have a value as children of `parent`, in its namespace."""
    prefix = str(parent.tag).rpartition("}")[0] + "}"
    for name, value in pairs:
        if not value:
            continue
        child = etree.SubElement(parent, prefix + name)
        if isinstance(value, str):
            child.text = value
        else:
            append(child, value)
