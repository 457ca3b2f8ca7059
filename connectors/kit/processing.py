"""One batch of deliveries, from bytes to one committed transaction: check, deduplicate, handle, answer, commit.

A message counts as handled when its dedup row, its answer and its follow-ups are committed together. Before that, a
crash brings it again, and the partner's idempotency key (MessageId) keeps its effect single. After it, the same message
again gets the same answer again, and no room hears of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.kit.acceptance import Acceptance
from connectors.kit.answering import Answering, Settled
from connectors.kit.compose import outgoing
from connectors.kit.fetching import Fetching
from connectors.kit.identity import Identity
from connectors.kit.observing import Watch
from connectors.kit.room import Opened, Outcome, Room, rejected
from connectors.kit.store import EndpointStore, Handled
from connectors.kit.witness import Witness
from hub.codes import kit
from hub.errors import IntegrityError
from hub.messages import Delivery


@dataclass(frozen=True, slots=True)
class Processed:
    """What a batch came to: messages handled now, messages handled before, messages put into the outbox."""

    fresh: int
    repeated: int
    outgoing: int


class Processing:
    """The receiving half of a worker, without thread or clock."""

    def __init__(
        self,
        identity: Identity,
        room: Room,
        store: EndpointStore,
        witness: Witness,
        acceptance: Acceptance,
        answering: Answering,
        fetching: Fetching,
    ) -> None:
        self._identity = identity
        self._room = room
        self._store = store
        self._witness = witness
        self._acceptance = acceptance
        self._answering = answering
        self._fetching = fetching
        self._watches = any(isinstance(feed, Watch) for feed in room.feeds())

    def process(self, deliveries: Sequence[Delivery], at: datetime) -> Processed:
        """Handles a batch and commits it. An empty batch is a mistake of the caller.

        Raises `Unavailable` when the partner, the proofs or the store cannot be reached: nothing of the batch counts.
        Raises `IntegrityError` when something lies: nothing of the batch was performed, or it is the partner that lies.
        """
        opened = self._acceptance.open(deliveries, at)
        known = self._store.known({one.header.message_id for one in opened})
        before = {(row.sender, row.message_id): row for row in known}
        fresh = self._fresh(opened, before)
        if self._watches and fresh:
            # Before the partner hears of them: what it tells of their consequences must find them here, also after a kill.
            self._store.remember({one.header.message_id: one.header.conversation_id for one in fresh})
        settled = self._settle(fresh, {row.message_id: row.sender for row in reversed(known) if _owns(row)})
        follow_ups = [outgoing(d, self._identity) for one in settled for d in one.outcome.follow_ups]
        if self._witness.last is None:
            raise IntegrityError(kit.ROOM_CONTRACT, endpoint=self._identity.endpoint, rule="empty batch")
        handled, answers = self._answering.answers(settled, self._witness.last, at)
        again = {before[_key(one)].answer_id for one in opened if _key(one) in before}
        done = {one.digest for one in opened if one.header.attachments}
        self._store.commit_batch(handled, (*follow_ups, *answers), self._witness.note, sorted(again), done)
        return Processed(len(fresh), len(opened) - len(fresh), len(follow_ups) + len(answers) + len(again))

    def _fresh(self, opened: Sequence[Opened], before: dict[tuple[str, str], Handled]) -> list[Opened]:
        """The messages never handled, each once; other bytes under a known id are a broken promise of the hub."""
        digests = {key: row.digest for key, row in before.items()}
        fresh: list[Opened] = []
        for one in opened:
            first = digests.setdefault(_key(one), one.digest)
            if first != one.digest:
                raise IntegrityError(kit.OTHER_BYTES, endpoint=self._identity.endpoint)
            if _key(one) not in before and all(_key(one) != _key(other) for other in fresh):
                fresh.append(one)
        return fresh

    def _settle(self, fresh: Sequence[Opened], owners: dict[str, str]) -> list[Settled]:
        """Outcomes in order. MessageId alone is the partner's key, so the first sender of an id keeps it for good."""
        outcomes: dict[tuple[str, str], Outcome] = {}
        allowed: list[Opened] = []
        for one in fresh:
            if owners.setdefault(one.header.message_id, one.header.sender) != one.header.sender:
                outcomes[_key(one)] = rejected(kit.ID_OF_OTHER_SENDER.id)
            elif not self._fetching.wanted(one):
                outcomes[_key(one)] = rejected(kit.ATTACHED_UNWANTED.id)
            else:
                allowed.append(one)
        outcomes |= dict(zip(map(_key, allowed), self._handled(allowed), strict=True))
        return [Settled(one, outcomes[_key(one)]) for one in fresh]

    def _handled(self, allowed: Sequence[Opened]) -> Sequence[Outcome]:
        outcomes = self._room.handle(self._fetching.complete(allowed)) if allowed else ()
        if len(outcomes) != len(allowed):
            raise IntegrityError(kit.ROOM_CONTRACT, endpoint=self._identity.endpoint, rule="one outcome per message")
        for outcome in outcomes:
            if not outcome.level.final:
                raise IntegrityError(kit.ROOM_CONTRACT, endpoint=self._identity.endpoint, rule="a final level")
        return outcomes


def _key(one: Opened) -> tuple[str, str]:
    return one.header.sender, one.header.message_id


def _owns(row: Handled) -> bool:
    return row.code != kit.ID_OF_OTHER_SENDER.id
