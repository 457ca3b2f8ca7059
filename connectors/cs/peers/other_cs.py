"""The CS of other municipalities: 転出証明書情報 (A3-1) and 転入通知 (B10) to the ward's CS, 転入通知 (A3-5a) and 送信依頼 (A3-x2) from it.

What was asked for by a 送信依頼 is sent when that has come. `python -m connectors.cs.peers.other_cs --help`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from connectors.cs import layouts
from connectors.cs.connector import heading
from connectors.cs.network import CS, errand, following
from connectors.cs.peers.serving import Telling, serve_telling
from connectors.juki.town import Town
from connectors.kit.desk import Performed
from connectors.kit.errands import Errand, done, taken
from connectors.kit.feeds import Notice
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect

NAME = "other-cs"
_TOLD = {"A3-5a": "TN-NOTE", "A3-x2": "TS-REQ"}
_FLOWS = {"TS-CERT": "A3-1", "TN-IN": "B10"}


class OtherCs(Telling):
    """All other CS in one."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self.lines: set[str] = set()
        awaited = {one.message_id: one.awaits for one in town.told if one.sender == CS and one.awaits}
        self._first: list[Errand] = []
        self._asked: dict[str, list[Errand]] = {}
        for notice in town.notices(CS, tokens):
            cause = awaited.get(notice.message_id)
            place = self._asked.setdefault(following(cause, "A3-x2", NAME), []) if cause else self._first
            place.append(_errand(notice, tokens))

    def first(self) -> Sequence[Errand]:
        asked = (one for cause, errands in self._asked.items() if cause in self.lines for one in errands)
        return [*self._first, *asked]

    def because(self, effect: Effect) -> Sequence[Errand]:
        return self._asked.get(effect.message, ())

    def perform(self, effect: Effect) -> Performed:
        if effect.type not in _TOLD:
            return done(effect)
        layouts.read(_TOLD[effect.type], effect.content)
        return taken(effect)

    def remember(self, line: Line) -> None:
        self.lines.add(line.message)


def _errand(notice: Notice, tokens: Tokens) -> Errand:
    flow = _FLOWS[notice.type]
    record = layouts.incoming(heading(notice), etree.fromstring(notice.payload))
    content = layouts.INCOMING.layout.encode(record)
    return errand((flow, CS), content, following(notice.message_id, flow, CS), tokens)


if __name__ == "__main__":
    serve_telling(NAME, OtherCs)
