"""本人確認情報 as the 都道府県サーバー and the 全国サーバー keep it: what they do with it alike.

Searches and comparisons are answered from the state of the morning; an update is taken and remembered by token.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from connectors.cs.network import ENQUIRY, PERSON, Person, compared, found, indexed, search
from connectors.kit.desk import Performed, Plain
from connectors.kit.errands import taken
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect


class Archive(Plain):
    """One body's. `updates` and `enquiries` are the flows by which it is told and asked."""

    def __init__(
        self,
        persons: Iterable[Person],
        tokens: Tokens,
        updates: Collection[str],
        enquiries: Collection[str],
        missing: Collection[str] = (),
    ) -> None:
        """`missing`: 住民票コード of whom it has no record though the ward sent one."""
        self._index = indexed([one for one in persons if one["住民票コード"] not in missing])
        self._tokens = tokens
        self._updates = frozenset(updates)
        self._enquiries = frozenset(enquiries)

    def perform(self, effect: Effect) -> Performed:
        if effect.type in self._updates:
            code = PERSON.decode(effect.content)["住民票コード"]
            return taken(effect, person=self._tokens.of("person", code))
        if effect.type in self._enquiries:
            one = search(self._index, ENQUIRY.decode(effect.content))
            return taken(effect, found="1" if one else "0")
        if effect.type == "A6-123":
            said = self._compared(effect.content)
            return taken(effect, persons=said["人数"], unequal=said["不一致の人数"])
        raise ValueError("a flow of somebody else")

    def reply(self, effect: Effect) -> Mapping[str, str]:
        if effect.type in self._enquiries:
            return found(search(self._index, ENQUIRY.decode(effect.content)))
        if effect.type == "A6-123":
            return self._compared(effect.content)
        return {}

    def knows(self, code: str) -> bool:
        """Whether somebody had this 住民票コード in the morning."""
        return ("住民票コード", code) in self._index

    def _compared(self, content: bytes) -> Mapping[str, str]:
        persons = list(compared(content))
        equal = sum(_same(one, self._index.get(("住民票コード", one["住民票コード"]))) for one in persons)
        return {"人数": str(len(persons)), "一致した人数": str(equal), "不一致の人数": str(len(persons) - equal)}


def _same(one: Person, ours: Person | None) -> bool:
    return ours is not None and all(one.get(name, "") == text for name, text in ours.items())
