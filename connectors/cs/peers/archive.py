"""本人確認情報 as the 都道府県サーバー and the 全国サーバー keep it: what they do with it alike.

Searches and comparisons are answered from the state of the morning. An update is taken and remembered by token: whose it is, and
the four items that it leaves, which is enough to say whether somebody else's are the latest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from connectors.cs.network import DIFFERING, ENQUIRY, PERSON, Person, compared, found, four, indexed, search
from connectors.kit.desk import Performed, Plain
from connectors.kit.errands import taken
from connectors.kit.ledger import Line, Tokens
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
        self._latest: dict[str, str] = {}

    def perform(self, effect: Effect) -> Performed:
        if effect.type in self._updates:
            one = PERSON.decode(effect.content)
            person = self._tokens.of("person", one["住民票コード"])
            return taken(effect, person=person, four=self._tokens.of("four", *four(one)))
        if effect.type in self._enquiries:
            sought = search(self._index, ENQUIRY.decode(effect.content))
            return taken(effect, found="1" if sought else "0")
        if effect.type == "A6-123":
            said = self._compared(effect.content)
            return taken(effect, persons=said["人数"], unequal=said[DIFFERING])
        raise ValueError("a flow of somebody else")

    def remember(self, line: Line) -> None:
        if "four" in line.facts:
            self._latest[line.facts["person"]] = line.facts["four"]

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
        return told(len(persons), sum(not _same(one, self._record(one)) for one in persons))

    def current(self, content: bytes) -> Mapping[str, str]:
        """How many of the persons have the latest four items (A7-2)."""
        persons = list(compared(content))
        return told(len(persons), sum(not self._is_latest(one) for one in persons))

    def _is_latest(self, one: Person) -> bool:
        ours = self._record(one)
        latest = self._latest.get(self._tokens.of("person", one["住民票コード"]))
        if latest is not None:
            return latest == self._tokens.of("four", *four(one))
        return ours is not None and four(ours) == four(one)

    def _record(self, one: Person) -> Person | None:
        return self._index.get(("住民票コード", one["住民票コード"]))


def told(persons: int, unequal: int) -> Mapping[str, str]:
    """The reply to a comparison."""
    return {"人数": str(persons), "一致した人数": str(persons - unequal), DIFFERING: str(unequal)}


def _same(one: Person, ours: Person | None) -> bool:
    return ours is not None and all(one.get(name, "") == text for name, text in ours.items())
