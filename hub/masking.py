"""覆い: what a person may be shown of a payload: every item but the numbers that by themselves point at one person."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from hub.provisions.identifiers import find_number, identifiers_in

MASK = "＊＊＊"


def shown(payload: etree._Element) -> tuple[tuple[str, str], ...]:
    """(path below the payload, text) of every element without children, in order; numbers and texts that hold one masked."""
    return tuple(_shown(payload, ""))


def _shown(parent: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    names = [etree.QName(child).localname for child in parent]
    for place, child in enumerate(parent):
        name = names[place]
        number = f"[{names[:place].count(name) + 1}]" if names.count(name) > 1 else ""
        here = f"{path}/{name}{number}" if path else f"{name}{number}"
        if len(child):
            yield from _shown(child, here)
        else:
            yield here, masked(name, child.text or "")


def masked(name: str, text: str) -> str:
    """The text of an item, or `MASK` where the item is a number or the text holds one."""
    return MASK if text and (identifiers_in([name]) or find_number(text)) else text
