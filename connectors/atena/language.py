"""What the 共通機能 reads of a message: JSON in UTF-8, every item under its name, none left out.

    {"type": "CK-DBM", "from": "juki", "conversation": "…", "items": {"特定個人情報名コード": "TM…", "宛名番号": "…", "副本": {"世帯番号": "…", …}}}

A text is a string, a compound item an object, what repeats a list of either. `from` and `conversation` are for 情報照会 (C6): whoever asked
in a conversation is told its result. The form is ours: that of the real one is not public.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lxml import etree

Items = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One message: its type, who sent it in which conversation, and its items."""

    type: str
    sender: str
    conversation: str
    items: Items = field(repr=False)

    def encode(self) -> bytes:
        said = {"type": self.type, "from": self.sender, "conversation": self.conversation, "items": self.items}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    @classmethod
    def decode(cls, data: bytes) -> Told:
        """Raises `ValueError` for anything that `encode` does not write."""
        match json.loads(data):
            case {
                "type": str(type_),
                "from": str(sender),
                "conversation": str(conversation),
                "items": dict(items),
                **more,
            } if not more and _is_items(items):
                return cls(type_, sender, conversation, items)
            case _:
                raise ValueError("no message")

    def texts(self) -> Mapping[str, Sequence[str]]:
        """Item name -> texts in order, of every item that is a text, within compound items too."""
        found: dict[str, list[str]] = {}
        _collect(self.items, found)
        return MappingProxyType(found)


def items_of(payload: etree._Element) -> Items:
    """Every item of a payload."""
    made: dict[str, Any] = {}
    for child in payload.iterchildren(etree.Element):
        name = etree.QName(child).localname
        value = items_of(child) if len(child) else child.text or ""
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    return made


def _is_items(value: object) -> bool:
    """Texts, objects of items, and lists of two or more of either."""
    match value:
        case dict():
            return all(isinstance(one, str) or _is_items(one) for one in value.values())
        case [_, _, *_]:
            return all(isinstance(one, str) or (isinstance(one, dict) and _is_items(one)) for one in value)
        case _:
            return False


def _collect(items: Items, found: dict[str, list[str]]) -> None:
    for name, value in items.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                found.setdefault(name, []).append(one)
            else:
                _collect(one, found)
