"""Finding items by name, and naming a place. All names are known here: the payload fits its schema."""

from __future__ import annotations

from collections.abc import Mapping

from lxml.etree import QName, _Element

from hub.errors import Code, Refused

# The items of one record by their names; where a name repeats (対象者), the last.
Record = Mapping[str, _Element]


def record_of(element: _Element) -> Record:
    """The children of `element` by their names without namespace."""
    return {name_of(child): child for child in element}


def name_of(element: _Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def refused(code: Code, element: _Element, of: str = "") -> Refused:
    """`code` at `element`; `of` is the name of the item that it contradicts."""
    return Refused(code, path=_path(element), of=of) if of else Refused(code, path=_path(element))


def _path(element: _Element) -> str:
    """`/送付先情報/対象者[2]/個人番号`: from the payload down, whether or not it stands in an envelope."""
    namespace = QName(element).namespace
    steps = []
    step: _Element | None = element
    while step is not None and QName(step).namespace == namespace:
        earlier = sum(1 for _ in step.itersiblings(str(step.tag), preceding=True))
        steps.append(name_of(step) + (f"[{earlier + 1}]" if earlier else ""))
        step = step.getparent()
    return "/" + "/".join(reversed(steps))
