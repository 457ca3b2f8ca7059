"""A journal in memory that misbehaves on purpose, for tests of everything that stands on `hub.ports`.

It is also the plainest statement of what a journal does: `MemoryJournal` looks at every row for every question, and the
SQLite one must answer the same (tests/conformance/test_journal.py).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum

from hub.codes import jnl
from hub.edges.journal.shape import check
from hub.errors import IntegrityError, Unavailable
from hub.messages import Delivery, Part
from hub.ports import (
    STOPPED,
    UNSETTLED,
    CheckpointRow,
    Commit,
    Ending,
    EntryRow,
    Head,
    Known,
    NodeRow,
    OutgoingRow,
    OutgoingState,
    PartRow,
    Pending,
    RebucketRow,
    SecretRow,
    SettleRow,
    Standing,
    TieRow,
)

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = "memory"


class Fault(Enum):
    """How a commit goes wrong; the caller sees `Unavailable` either way, and only `head` tells which it was."""

    LOST = "failed and not persisted"
    KEPT = "failed but persisted"


def spurious(seed: int, share: float = 0.1) -> Iterator[Fault | None]:
    """Endless faults at random, so that nobody relies on a commit to happen once (after golang.org/x/mod/sumdb/storage)."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    while True:
        yield dice.choice(list(Fault)) if dice.random() < share else None


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A delivery and how it stands."""

    row: OutgoingRow
    state: str = "pending"
    code: str = ""
    by: int | None = None
    attempts: int = 0
    next_at: datetime = _ALWAYS

    @property
    def open(self) -> bool:
        return self.state in UNSETTLED


@dataclass(frozen=True, slots=True)
class _Kept:
    """A part of an attachment, its bucket, and its entry once it has one."""

    part: Part
    sender: str
    retention: str
    due: date
    index: int | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """Everything stored; a commit makes a new one or raises."""

    head: Head = field(default_factory=lambda: Head(0, (), ""))
    entries: tuple[EntryRow, ...] = ()
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    checkpoints: tuple[CheckpointRow, ...] = ()
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    secrets: dict[tuple[int, str], SecretRow] = field(default_factory=dict)
    outgoing: dict[int, _Waiting] = field(default_factory=dict)
    parts: dict[int, _Kept] = field(default_factory=dict)


class MemoryJournal:
    """Fulfils Log, Checkpoints, NodeReader, Memory, Outgoing, Parts, Retention and History. One thread at a time."""

    def __init__(self, faults: Iterable[Fault | None] = ()) -> None:
        self._faults = iter(faults)
        self._state = _State()
        self._keys = 0

    def fail_next(self, *faults: Fault | None) -> None:
        """The next commits meet these faults, one each; None lets one pass."""
        self._faults = iter(faults)

    # --- Log, Checkpoints, NodeReader, History ------------------------------------------------------------------------

    def head(self) -> Head:
        return self._state.head

    def commit(self, commit: Commit) -> None:
        check(commit)
        fault = next(self._faults, None)
        state = _committed(self._state, commit)
        if fault is not Fault.LOST:
            self._state = state
        if fault is not None:
            raise Unavailable(jnl.IN_DOUBT, place=_PLACE, reason=fault.name)

    def root_at(self, size: int) -> bytes | None:
        return next((row.root for row in self._state.checkpoints if row.size == size), None)

    def nodes(self, nodes: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
        for level, index in nodes:
            if (level, index) not in self._state.nodes:
                raise IntegrityError(jnl.NODES_MISSING, level=level, index=index)
        return tuple(self._state.nodes[place] for place in nodes)

    @contextmanager
    def snapshot(self) -> Iterator[MemorySnapshot]:
        yield MemorySnapshot(self._state)

    def secret(self, index: int, slot: str) -> bytes | None:
        row = self._state.secrets.get((index, slot))
        return None if row is None else row.plain

    # --- Memory, Outgoing ---------------------------------------------------------------------------------------------

    def known(self, keys: Collection[tuple[str, str]]) -> tuple[Known, ...]:
        return tuple(self._state.known[place] for place in sorted(set(keys)) if place in self._state.known)

    def ready(
        self, recipients: Collection[str], busy: Collection[int], now: datetime, limit: int
    ) -> tuple[Pending, ...]:
        queues: dict[str, list[_Waiting]] = defaultdict(list)
        for one in _leading(self._state):
            name, free = one.row.recipient, one.row.index not in busy and one.next_at <= now
            if name in recipients and one.state == "pending" and free:
                queues[name].append(one)
        turns = [(turn, name, one) for name, queue in queues.items() for turn, one in enumerate(queue)]
        chosen = [one for _, _, one in sorted(turns, key=lambda place: place[:2])[:limit]]
        return tuple(self._pending(one) for one in sorted(chosen, key=lambda one: one.row.index))

    def count_ready(self, recipient: str, now: datetime) -> int:
        return len(self.ready([recipient], (), now, len(self._state.outgoing)))

    def leading(self, message_id: str, recipient: str) -> tuple[Pending, ...]:
        named = (message_id, recipient, "pending")
        found = [one for one in _leading(self._state) if (one.row.message_id, one.row.recipient, one.state) == named]
        return tuple(self._pending(one) for one in sorted(found, key=lambda one: one.row.index))

    def postpone(self, index: int, until: datetime, code: str) -> None:
        one = self._state.outgoing.get(index)
        if one is not None and one.open:
            later = replace(one, code=code, attempts=one.attempts + 1, next_at=until)
            self._state = replace(self._state, outgoing={**self._state.outgoing, index: later})

    def addressed(self, message_id: str, sender: str, recipient: str) -> OutgoingState | None:
        known = self._state.known.get((sender, message_id))
        one = self._state.outgoing.get(known.index) if known else None
        if known is None or one is None or one.row.recipient != recipient:
            return None
        row = one.row
        return OutgoingState(known.index, known.digest, one.state, row.retention, row.expires_at, row.conversation_id)

    def states(self, indexes: Collection[int]) -> dict[int, str]:
        return {index: self._state.outgoing[index].state for index in indexes if index in self._state.outgoing}

    def conversations(self, message_id: str, recipient: str) -> frozenset[str]:
        rows = (one.row for one in self._state.outgoing.values())
        return frozenset(
            row.conversation_id for row in rows if (row.message_id, row.recipient) == (message_id, recipient)
        )

    def stopped(self) -> tuple[Standing, ...]:
        return tuple(self._standing(one) for _, one in sorted(self._state.outgoing.items()) if one.state in STOPPED)

    def standing(self, message_id: str) -> tuple[Standing, ...]:
        found = [one for _, one in sorted(self._state.outgoing.items()) if one.row.message_id == message_id]
        return tuple(self._standing(one) for one in found)

    def unordered(self, sender: str, recipient: str, types: Collection[str], before: int) -> tuple[Pending, ...]:
        wanted = (sender, recipient, None)
        return tuple(
            self._pending(one)
            for index, one in sorted(self._state.outgoing.items())
            if index < before
            and one.state in ("pending", *STOPPED)
            and one.row.type in types
            and (one.row.sender, one.row.recipient, one.row.lane) == wanted
        )

    def endings(self) -> tuple[Ending, ...]:
        return tuple(
            Ending(index, one.row.sender, one.row.recipient, one.row.ends, one.state, one.code)
            for index, one in sorted(self._state.outgoing.items())
            if one.row.ends
        )

    def finish(self, endings: Collection[int]) -> None:
        done = {
            index: replace(one, row=replace(one.row, ends=frozenset()))
            for index, one in self._state.outgoing.items()
            if index in endings
        }
        self._state = replace(self._state, outgoing=self._state.outgoing | done)

    def tally(self) -> dict[str, dict[str, int]]:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for one in self._state.outgoing.values():
            counts[one.row.recipient][one.state] += 1
        return {name: dict(counts[name]) for name in counts}

    # --- Parts --------------------------------------------------------------------------------------------------------

    def keep(self, sender: str, parts: Sequence[Part], due: date, most: int) -> int:
        fault = next(self._faults, None)
        kept = dict(self._state.parts)
        for part in parts:
            here = {_place(one.sender, one.part) for one in kept.values()}
            spooled = sum(one.index is None and one.sender == sender for one in kept.values())
            if _place(sender, part) not in here and spooled < most:
                self._keys += 1
                kept[self._keys] = _Kept(part, sender, "spool", due)
        count = len(kept) - len(self._state.parts)
        if fault is not Fault.LOST:
            self._state = replace(self._state, parts=kept)
        if fault is not None:
            raise Unavailable(jnl.IN_DOUBT, place=_PLACE, reason=fault.name)
        return count

    def loose(self, sender: str, message: str) -> tuple[PartRow, ...]:
        found = [
            PartRow(key_id, one.part.sha256, one.part.size, one.part.position)
            for key_id, one in self._state.parts.items()
            if one.index is None and (one.sender, one.part.message) == (sender, message)
        ]
        return tuple(sorted(found, key=lambda row: (row.sha256, row.position)))

    def content(self, part: PartRow) -> bytes | None:
        one = self._state.parts.get(part.key_id)
        return None if one is None else one.part.content

    def handed(self, index: int, recipient: str, sha256: str, position: int) -> bytes | None:
        waiting = self._state.outgoing.get(index)
        if waiting is None or not waiting.open or waiting.row.recipient != recipient:
            return None
        wanted = (index, sha256, position)
        found = (one.part for one in self._state.parts.values() if _of_entry(one) == wanted)
        return next((part.content for part in found), None)

    def forget(self, messages: Collection[str]) -> int:
        before = len(self._state.parts)
        self._state = _dropped(self._state, messages)
        return before - len(self._state.parts)

    def concerning(self, subjects: Collection[str]) -> tuple[int, ...]:
        """As `hub.ports.History` has it."""
        secrets = self._state.secrets.items()
        return tuple(sorted({index for (index, _), row in secrets if set(row.subjects) & set(subjects)}))

    # --- Retention ----------------------------------------------------------------------------------------------------

    def due(self, today: date) -> tuple[tuple[str, date, int], ...]:
        places = [(row.due, row.retention) for row in self._state.secrets.values()]
        places += [(one.due, one.retention) for one in self._state.parts.values()]
        buckets = Counter(place for place in places if place[0] <= today)
        return tuple((retention, day, count) for (day, retention), count in sorted(buckets.items()))

    def waiting(self, retention: str, due: date) -> tuple[int, ...]:
        bodies = [index for index, slot in self._bucket(retention, due) if slot == "body"]
        outgoing = self._state.outgoing
        return tuple(index for index in sorted(bodies) if index in outgoing and outgoing[index].open)

    def shred(self, retention: str, due: date) -> int:
        bucket = self._bucket(retention, due)
        state = _erased(self._state, bucket)
        stays = {key: one for key, one in state.parts.items() if (one.retention, one.due) != (retention, due)}
        count = len(bucket) + len(state.parts) - len(stays)
        self._state = replace(state, parts=stays)
        return count

    def _bucket(self, retention: str, due: date) -> list[tuple[int, str]]:
        secrets = self._state.secrets
        return [place for place, row in secrets.items() if (row.retention, row.due) == (retention, due)]

    def _standing(self, one: _Waiting) -> Standing:
        row, lane = one.row, (one.row.recipient, one.row.lane)
        later = [
            other
            for other in self._state.outgoing.values()
            if other.open and other.row.index > row.index and (other.row.recipient, other.row.lane) == lane
        ]
        digest = self._state.known[row.sender, row.message_id].digest
        head = (row.index, row.message_id, digest, row.type, row.sender, row.recipient, one.state, one.code)
        return Standing(*head, one.by if one.state in STOPPED else None, 0 if row.lane is None else len(later))

    def _pending(self, one: _Waiting) -> Pending:
        row = one.row
        body = self._state.secrets[row.index, "body"].plain
        head = (row.index, row.message_id, row.type, row.version, row.sender, row.recipient)
        delivery = Delivery(*head, row.lane or b"", body, row.stamp, one.attempts + 1)
        rest = (row.conversation_id, row.retention, row.decided_on, row.citation_digest, row.expires_at)
        return Pending(delivery, *rest)


@dataclass(frozen=True, slots=True)
class MemorySnapshot:
    """The log at one moment."""

    state: _State

    def head(self) -> Head:
        return self.state.head

    def entries(self, start: int | None = None, stop: int | None = None) -> Iterator[EntryRow]:
        return iter(self.state.entries[start or 0 : stop])

    def nodes(self) -> Iterator[NodeRow]:
        return (NodeRow(level, index, hash_) for (level, index), hash_ in sorted(self.state.nodes.items()))

    def checkpoints(self) -> Iterator[CheckpointRow]:
        return iter(self.state.checkpoints)


def _committed(state: _State, commit: Commit) -> _State:
    _require_size(state, commit)
    if any((row.sender, row.message_id) in state.known for row in commit.known):
        raise IntegrityError(jnl.CONFLICT, place=_PLACE)
    grown = replace(
        state,
        head=Head(commit.checkpoint.size, commit.edge, commit.checkpoint.note),
        entries=state.entries + commit.entries,
        nodes=state.nodes | {(row.level, row.index): row.hash for row in commit.nodes},
        checkpoints=(*state.checkpoints, commit.checkpoint),
        known=state.known | {(row.sender, row.message_id): row for row in commit.known},
        secrets=state.secrets | {(row.index, row.slot): row for row in commit.secrets},
        outgoing=state.outgoing | {row.index: _Waiting(row) for row in commit.outgoing},
    )
    tied = _dropped(_tied(_settled(grown, commit.settled), commit.tied), commit.dropped)
    return _rebucketed(tied, commit.rebucketed)


def _tied(state: _State, rows: Sequence[TieRow]) -> _State:
    parts = dict(state.parts)
    for row in rows:
        for key_id in row.keys:
            if key_id not in parts or parts[key_id].index is not None:
                raise IntegrityError(jnl.CONFLICT, place=_PLACE)
            parts[key_id] = replace(parts[key_id], index=row.index, retention=row.retention, due=row.due)
    return replace(state, parts=parts)


def _dropped(state: _State, messages: Collection[str]) -> _State:
    stays = {key: one for key, one in state.parts.items() if one.index is not None or one.part.message not in messages}
    return replace(state, parts=stays)


def _place(sender: str, part: Part) -> tuple[str, str, str, int, int]:
    return part.message, sender, part.sha256, part.size, part.position


def _of_entry(one: _Kept) -> tuple[int | None, str, int]:
    return one.index, one.part.sha256, one.part.position


def _require_size(state: _State, commit: Commit) -> None:
    if state.head.size != commit.expected_size:
        raise IntegrityError(jnl.SIZE_DIFFERS, stored=state.head.size, expected=commit.expected_size)


def _settled(state: _State, settled: Sequence[SettleRow]) -> _State:
    idle = [row for row in settled if row.index not in state.outgoing or not state.outgoing[row.index].open]
    if idle:
        raise IntegrityError(jnl.NOT_WAITING, count=len(idle))
    moved = {
        row.index: replace(
            state.outgoing[row.index], state=row.state, code=row.code, by=row.answer_index, next_at=_ALWAYS
        )
        for row in settled
    }
    return replace(state, outgoing=state.outgoing | moved)


def _rebucketed(state: _State, rows: Sequence[RebucketRow]) -> _State:
    there = [row for row in rows if (row.index, row.slot) in state.secrets]
    moved = {
        (row.index, row.slot): replace(state.secrets[row.index, row.slot], retention=row.retention, due=row.due)
        for row in there
        if row.due is not None
    }
    gone = [(row.index, row.slot) for row in there if row.due is None]
    outgoing = {
        row.index: replace(waiting, row=replace(waiting.row, retention=row.retention))
        for row in rows
        if row.reclassed and row.slot == "body" and (waiting := state.outgoing.get(row.index)) is not None
    }
    bodies = {row.index: row for row in rows if row.slot == "body"}
    parts = {
        key: one
        for key, kept in state.parts.items()
        if (one := _with_body(kept, None if kept.index is None else bodies.get(kept.index))) is not None
    }
    held = replace(state, secrets=state.secrets | moved, parts=parts, outgoing=state.outgoing | outgoing)
    return _erased(held, gone)


def _with_body(one: _Kept, row: RebucketRow | None) -> _Kept | None:
    """A part goes where the body of its entry goes."""
    if row is None:
        return one
    return None if row.due is None else replace(one, retention=row.retention, due=row.due)


def _erased(state: _State, places: Collection[tuple[int, str]]) -> _State:
    secrets = {place: row for place, row in state.secrets.items() if place not in places}
    ended = {
        index: replace(state.outgoing[index], state="expired", code=jnl.BODY_ERASED.id, by=None, next_at=_ALWAYS)
        for index, slot in places
        if slot == "body" and index in state.outgoing and state.outgoing[index].open
    }
    return replace(state, secrets=secrets, outgoing=state.outgoing | ended)


def _leading(state: _State) -> Iterator[_Waiting]:
    """The first unsettled delivery of each lane, and every unsettled one without a lane."""
    lanes: set[tuple[str, bytes]] = set()
    for _, one in sorted(state.outgoing.items()):
        if one.open and (one.row.lane is None or (one.row.recipient, one.row.lane) not in lanes):
            yield one
        if one.open and one.row.lane is not None:
            lanes.add((one.row.recipient, one.row.lane))
