"""Which record items a payload carries, by the element names of xsd/item-names.yaml.

An item is a direct child of the record. In a message to several persons the record is a `対象者`, in a 副本登録 the `副本`: their
children count, they themselves do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

RECORDS: Final = frozenset({"対象者", "副本"})


def items_of(payload: _Element) -> frozenset[str]:
    """The item names that stand in `payload`, whatever their values; the payload is taken to fit its schema."""
    return frozenset(_items(payload))


def _items(record: _Element) -> Iterator[str]:
    for child in record:
        name = str(child.tag).rpartition("}")[2]
        if name in RECORDS:
            yield from _items(child)
        else:
            yield name
