"""回答: what a connector says became of the messages it was handed (docs/spec/message.md section 7).

One answer speaks to one sender, of up to 1,000 messages, and carries the newest checkpoint believed. Its id is derived
from what it answers, so the same batch answered again after a crash bears the same id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.kit.compose import Draft, Outgoing, answer_payload, outgoing
from connectors.kit.identity import Identity
from connectors.kit.ids import answer_id
from connectors.kit.operators import Automaton
from connectors.kit.room import Opened, Outcome
from connectors.kit.store import Handled
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.text import base64_text
from hub.messages import ANSWER_TYPE, Answer, AnswerLine

MAX_LINES = 1000
_VERSION = 1
_REASON = ("KAITOU", "受け取った電文への回答")


@dataclass(frozen=True, slots=True)
class Settled:
    """An opened message and what became of it."""

    opened: Opened
    outcome: Outcome


class Answering:
    """Makes the answers of one endpoint, `lines` messages each at most."""

    def __init__(self, identity: Identity, automaton: Automaton, lines: int = 1) -> None:
        if not 1 <= lines <= MAX_LINES:
            raise ValueError("an answer has 1 to 1000 lines")
        self._identity = identity
        self._automaton = automaton
        self._lines = lines

    def answers(
        self, settled: Sequence[Settled], seen: Checkpoint, at: datetime
    ) -> tuple[tuple[Handled, ...], tuple[Outgoing, ...]]:
        """The dedup rows of these messages and the signed answers that say the same."""
        handled: list[Handled] = []
        made: list[Outgoing] = []
        for group in self._groups(settled):
            sender = group[0].opened.header.sender
            id_ = answer_id(self._identity.endpoint, sender, [one.opened.header.message_id for one in group])
            made.append(outgoing(self._draft(id_, group, seen, at), self._identity))
            handled += [_handled(one, id_) for one in group]
        return tuple(handled), tuple(made)

    def _groups(self, settled: Sequence[Settled]) -> Iterator[Sequence[Settled]]:
        by_sender: dict[str, list[Settled]] = {}
        for one in settled:
            by_sender.setdefault(one.opened.header.sender, []).append(one)
        for group in by_sender.values():
            for start in range(0, len(group), self._lines):
                yield group[start : start + self._lines]

    def _draft(self, id_: str, group: Sequence[Settled], seen: Checkpoint, at: datetime) -> Draft:
        first = group[0].opened.header
        alone = len(group) == 1
        lines = tuple(
            AnswerLine(one.opened.header.message_id, one.opened.digest, one.outcome.level, one.outcome.code)
            for one in group
        )
        return Draft(
            flow="",
            type=ANSWER_TYPE,
            version=_VERSION,
            recipient=first.sender,
            basis=None,
            subjects=(),
            payload=answer_payload(Answer(seen.origin, seen.size, base64_text(seen.root), lines)),
            created_at=at,
            conversation_id=first.conversation_id if alone else id_,
            message_id=id_,
            operator=self._automaton.acting(*_REASON),
            in_reply_to=first.message_id if alone else None,
        )


def _handled(one: Settled, answer: str) -> Handled:
    header = one.opened.header
    return Handled(header.message_id, header.sender, one.opened.digest, one.outcome.level, one.outcome.code, answer)
