"""Intake: a group of submissions through the pipeline and into the log in one commit, then one receipt each.

Order: judge each, then in one turn: ask the memory, sign one tree head for all, store everything in one transaction; and only
then tell anybody (design section 2). What needs no journal, most of the work, is done before the turn, so that several
workers do it at once. After a fault whose outcome is unknown, the journal's head says which way it went.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub import attachments, holds, lanes, observations, pipeline, retention, telling
from hub.calendar import jst_day
from hub.codes import dup, msg
from hub.envelope import format_time
from hub.errors import Refused, Unavailable
from hub.exchangelog.entry import Admin, Erase, Statement
from hub.exchangelog.tree import Frontier
from hub.messages import Authorised, Header, Part, Read, Recorded, Rejected, Submission
from hub.pipeline import House
from hub.ports import (
    UNSETTLED,
    Clock,
    Entropy,
    Known,
    Log,
    Memory,
    Observer,
    Parts,
    Pending,
    RebucketRow,
    Signer,
    Turn,
    alone,
)
from hub.replies import Ledger, settle
from hub.stages.deliver import header_of
from hub.stages.record import (
    Common,
    Desk,
    Draft,
    Notice,
    Outgoing,
    Prepared,
    Rebucketed,
    Reply,
    Turned,
    Withdrawn,
    record,
)

Key = tuple[str, str]


def open_gate() -> None:
    """Lets every group in."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The edges that intake needs, together. `gate` raises `Unavailable` while no message may be taken."""

    log: Log
    memory: Memory
    ledger: Ledger
    parts: Parts
    signer: Signer
    clock: Clock
    entropy: Entropy
    observe: Observer
    lane_key: bytes = field(repr=False)
    turn: Turn = alone
    gate: Callable[[], None] = open_gate


@dataclass(frozen=True, slots=True)
class Taken:
    """What one group did: a receipt per submission in order, and the deliveries that its answers finished."""

    recorded: tuple[Recorded, ...]
    finished: tuple[int, ...]


class Intake:
    """One per process of a home, called by one thread; processes take turns at the journal (`Ports.turn`)."""

    def __init__(self, house: House, ports: Ports, desk: Desk) -> None:
        self._house = house
        self.ports = ports
        self.desk = desk
        head = ports.log.head()
        self._tree = Frontier(head.size, head.edge)

    @property
    def tree(self) -> Frontier:
        """The durable tree."""
        return self._tree

    def cite(self, config: int) -> None:
        """From now on decisions cite the config entry at this index."""
        self.desk = replace(self.desk, config=config)

    def common(self, time: str) -> Common:
        """What every entry of this home says alike."""
        return self.desk.common(time)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the turn while the block runs: nobody else writes the journal meanwhile. Not to be entered twice."""
        with self.ports.turn() as head:
            if head is not None and head.size != self._tree.size:
                self._tree = Frontier(head.size, head.edge)
            yield

    def take(self, group: Sequence[Submission]) -> Taken:
        """Records a group. Raises `Unavailable` when nothing of it was recorded, `IntegrityError` when all must stop."""
        self.ports.gate()
        judged = self._examine(group)
        with self.writing():
            drafts, places = self._decide(judged)
            self._forget_again(judged, places)
            recorded = (
                self._record([*drafts, *self._held(drafts), *self._erasures(drafts)])[: len(drafts)] if drafts else ()
            )
        telling.of_entries(self.ports.observe, drafts, recorded)
        receipts = tuple(place if isinstance(place, Recorded) else self._receipt(recorded, place) for place in places)
        headers = [one.message.header if isinstance(one, Judged) else None for one in judged]
        telling.of_repeated(self.ports.observe, headers, receipts)
        return Taken(
            receipts,
            tuple(row.index for draft in drafts if isinstance(draft, Reply) for row in draft.settled),
        )

    def deposit(self, sender: str, parts: Sequence[Part]) -> int:
        """Keeps parts of attachments until their message comes; returns how many are here now that were not.

        One that does not fit its place, and what is more than a sender may leave here, is left out: its message is refused
        then. Raises as `take`.
        """
        fitting = [part for part in parts if attachments.fits(part)]
        due = jst_day(self.ports.clock.now()) + timedelta(days=attachments.SPOOL_DAYS)
        with self.writing():
            kept = self.ports.parts.keep(sender, fitting, due, attachments.SPOOL_PARTS)
        if len(fitting) < len(parts):
            self.ports.observe("attachment.refused", endpoint=sender, count=len(parts) - len(fitting))
        return kept

    def note(self, notice: Notice) -> Recorded:
        """Records an entry of the hub's own."""
        with self.writing():
            recorded = self._record([notice])[0]
        match notice.entry:
            case Statement():
                self.ports.observe("statement.recorded", index=recorded.index)
            case Admin(action=action):
                self.ports.observe("admin.recorded", action=action, index=recorded.index)
            case _:  # config and erase entries have an event of their own, or none
                pass
        return recorded

    def rebucket(self, decide: Callable[[], Sequence[Rebucketed]]) -> tuple[Recorded, ...]:
        """Records that stored records go on other days, in one commit; what is decided stands while nobody else writes."""
        with self.writing():
            notices = decide()
            return self._record(notices) if notices else ()

    def turn(self, turned: Sequence[Turned]) -> tuple[Recorded, ...]:
        """Records that deliveries are held or released, in one commit; one that was settled meanwhile is left out."""
        with self.writing():
            open_ = self._open([draft.index for draft in turned])
            kept = [draft for draft in turned if draft.index in open_]
            recorded = self._record(kept) if kept else ()
        for draft, one in zip(kept, recorded, strict=True):
            event = "delivery.released" if draft.state == "pending" else "delivery.held"
            self.ports.observe(event, recipient=draft.recipient, code=draft.code, index=draft.index, entry=one.index)
        return recorded

    def withdraw(self, stopped: Sequence[tuple[Pending, Refused]], *, shred: bool = False) -> None:
        """Records that these deliveries may not go out any more; their lanes go on. One settled meanwhile is left out.

        With `shred` their bodies go in the same commit, but for those under a legal hold.
        """
        common = self.desk.common(format_time(self.ports.clock.now()))
        with self.writing():
            open_ = self._open([pending.delivery.index for pending, _ in stopped])
            kept = [(pending, refusal) for pending, refusal in stopped if pending.delivery.index in open_]
            erased = [_shredded(common, one) for one, _ in kept if shred and one.retention != retention.LEGAL_HOLD]
            if kept:
                self._record([*(self._withdrawn(pending, refusal) for pending, refusal in kept), *erased])
        for pending, refusal in kept:
            self.ports.observe(
                "delivery.refused",
                recipient=pending.delivery.recipient,
                conversation=pending.conversation_id,
                state=_ended(refusal),
                code=refusal.code.id,
                index=pending.delivery.index,
            )

    def _open(self, indexes: Collection[int]) -> frozenset[int]:
        """Those that still wait for something."""
        states = self.ports.ledger.outgoing.states(indexes)
        return frozenset(index for index, state in states.items() if state in UNSETTLED)

    # --- before the turn ----------------------------------------------------------------------------------------------

    def _examine(self, group: Sequence[Submission]) -> list[Judged | Rejected]:
        """What the stages say of each, whatever the journal knows."""
        now = self.ports.clock.now()
        examined = [pipeline.examine(submission, self._house, now) for submission in group]
        return [self._judged(one, now) if isinstance(one, Read) else one for one in examined]

    def _judged(self, message: Read, now: datetime) -> Judged:
        """Attachments are read part by part, and only those of a message that may go."""
        verdict = pipeline.judge(message, self._house, now)
        header = message.header
        if isinstance(verdict, Rejected) or not header.attachments:
            return Judged(message, verdict)
        try:
            digest = message.verified.digest
            return Judged(
                message, verdict, attachments.verified(header.attachments, header.sender, digest, self.ports.parts)
            )
        except Refused as refusal:
            return Judged(message, pipeline.reject(message, refusal, verdict.valid.operator))

    # --- deciding -----------------------------------------------------------------------------------------------------

    def _decide(self, judged: Sequence[Judged | Rejected]) -> tuple[list[Draft], list[Recorded | Place]]:
        """One draft per new entry; and per submission where its receipt will be, or the receipt it already has."""
        keys = {_key(one.message) for one in judged if isinstance(one, Judged)}
        known = {(one.sender, one.message_id): one for one in self.ports.memory.known(keys)} if keys else {}
        drafts: list[Draft] = []
        places: list[Recorded | Place] = []
        seen: dict[Key, Place] = {}
        for one in judged:
            if isinstance(one, Rejected):
                places.append(Place(len(drafts), one.digest))
                drafts.append(one)
                continue
            message = one.message
            key = _key(message)
            earlier = known.get(key) or seen.get(key)
            if earlier is None:
                seen[key] = Place(len(drafts), message.verified.digest)
                places.append(seen[key])
                drafts.append(self._settled(one, drafts))
            elif earlier.digest == message.verified.digest:
                places.append(_again(earlier, one.verdict))
            else:
                places.append(Place(len(drafts), message.verified.digest))
                drafts.append(_conflict(message))
        return drafts, places

    def _settled(self, one: Judged, before: Sequence[Draft]) -> Draft:
        """The verdict against what the journal holds: what is corrected, what is attached, or what an answer settles."""
        message, verdict = one.message, one.verdict
        if isinstance(verdict, Rejected):
            return verdict
        if not self._founded(verdict.valid.header, before):
            return pipeline.reject(message, Refused(msg.CORRECTS_NOTHING), verdict.valid.operator)
        if verdict.valid.observation is not None:
            return self._observed(message, verdict)
        if verdict.valid.answer is None:
            if not self._still_here(one):
                return pipeline.reject(message, Refused(msg.ATTACHMENT_MISSING, number=1), verdict.valid.operator)
            kind = self._house.site.schemas.types[(message.header.type, message.header.version)]
            lane = lanes.lane(self.ports.lane_key, message.header, unordered=kind.unordered)
            return Outgoing(verdict, lane, one.parts)
        taken = {row.index for draft in before if isinstance(draft, Reply) for row in draft.settled}
        today = jst_day(self.ports.clock.now())
        try:
            return settle(verdict, verdict.valid.answer, self.ports.ledger, taken, today)
        except Refused as refusal:
            return pipeline.reject(message, refusal, verdict.valid.operator)

    def _still_here(self, one: Judged) -> bool:
        """Whether what was verified before the turn was not swept before it."""
        if not one.parts:
            return True
        rows = self.ports.parts.loose(one.message.header.sender, one.message.verified.digest)
        return {row.key_id for row in rows}.issuperset(one.parts)

    def _forget_again(self, judged: Sequence[Judged | Rejected], places: Sequence[Recorded | Place]) -> None:
        """Attachments that came once more with a message that is known already: after its receipt nobody would come for them."""
        again = [
            one.message.verified.digest
            for one, place in zip(judged, places, strict=True)
            if isinstance(one, Judged) and one.message.header.attachments and isinstance(place, Recorded)
        ]
        if again:
            self.ports.parts.forget(again)

    def _observed(self, message: Read, verdict: Authorised) -> Draft:
        try:
            return observations.observed(verdict, self.ports.ledger.outgoing)
        except Refused as refusal:
            return pipeline.reject(message, refusal, verdict.valid.operator)

    def _founded(self, header: Header, before: Sequence[Draft]) -> bool:
        """A correction must correct a message of the same sender to the same recipient that was permitted (訂正)."""
        if header.corrects is None:
            return True
        way = (header.corrects, header.sender, header.recipient)
        headers = (one.message.valid.header for one in before if isinstance(one, Outgoing))
        just_now = any((one.message_id, one.sender, one.recipient) == way for one in headers)
        return just_now or self.ports.ledger.outgoing.addressed(*way) is not None

    def _held(self, drafts: Sequence[Draft]) -> list[Turned]:
        """A hold entry for each permitted message of this group that persons must see first; its index is known already."""
        common = self.desk.common(format_time(self.ports.clock.now()))
        messages = [(place, one.message.valid) for place, one in enumerate(drafts) if isinstance(one, Outgoing)]
        return [
            holds.asked(common, self._tree.size + place, valid.header.message_id, valid.header.recipient, reason)
            for place, valid in messages
            if (reason := holds.reason(valid))
        ]

    def _erasures(self, drafts: Sequence[Draft]) -> list[Notice]:
        """One erase entry for each body that an answer of this group ends at once (file 3, S19)."""
        common = self.desk.common(format_time(self.ports.clock.now()))
        return [
            Notice(Erase(**common, retention=row.retention, count=1, message=name, entry=row.index, slot=row.slot))
            for draft in drafts
            if isinstance(draft, Reply)
            for name, row in draft.rebucketed
            if row.due is None
        ]

    def _withdrawn(self, pending: Pending, refusal: Refused) -> Withdrawn:
        header, digest = header_of(pending.delivery)
        return Withdrawn(pending.delivery.index, header, digest, refusal.code.id, _ended(refusal))

    # --- recording ----------------------------------------------------------------------------------------------------

    def _record(self, drafts: Sequence[Draft]) -> tuple[Recorded, ...]:
        ports = self.ports
        prepared = record(drafts, self._tree, self.desk, ports.clock.now(), ports.entropy, ports.signer.prepare)
        self._store(prepared)
        self._tree = prepared.tree
        ports.signer.confirm(prepared.tree.size, prepared.tree.root)
        ports.observe("log.checkpoint", size=prepared.tree.size, entries=len(drafts))
        return prepared.recorded

    def _store(self, prepared: Prepared) -> None:
        try:
            self.ports.log.commit(prepared.commit)
        except Unavailable:
            # Nothing was written, or it is not known whether it was: the head tells (the tree head is part of the commit).
            head = self.ports.log.head()
            if (head.size, head.edge) != (prepared.tree.size, prepared.tree.edge):
                raise

    def _receipt(self, recorded: Sequence[Recorded], place: Place) -> Recorded:
        first = recorded[place.draft]
        if not place.repeated:
            return first
        return replace(first, repeated=True)


@dataclass(frozen=True, slots=True)
class Judged:
    """A message that can be believed to be its sender's, what the stages say of it, and the keys of what is attached."""

    message: Read
    verdict: Authorised | Rejected
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a submission's receipt will be: the draft of this group that speaks for it."""

    draft: int
    digest: str
    repeated: bool = False


def _key(message: Read) -> Key:
    return (message.header.sender, message.header.message_id)


def _again(earlier: Known | Place, verdict: Authorised | Rejected) -> Recorded | Place:
    if isinstance(earlier, Place):
        return Place(earlier.draft, earlier.digest, repeated=True)
    first = Recorded(earlier.index, earlier.permit, earlier.message_id, earlier.code, earlier.receipt, repeated=True)
    # Nothing keeps the facts. They explain the first outcome again only where the same bytes come to the same code today.
    if isinstance(verdict, Rejected) and verdict.error.code.id == earlier.code:
        return replace(first, facts=dict(verdict.error.facts))
    return first


def _ended(refusal: Refused) -> str:
    """How a delivery ends that may not go out any more."""
    return "expired" if refusal.code is msg.EXPIRED else "refused"


def _shredded(common: Common, pending: Pending) -> Rebucketed:
    """Its body goes at once, and an entry says so."""
    index, message = pending.delivery.index, pending.delivery.message_id
    erase = Erase(**common, retention=pending.retention, count=1, message=message, entry=index, slot="body")
    return Rebucketed(Notice(erase), (RebucketRow(index, "body", pending.retention, None),))


def _conflict(message: Read) -> Rejected:
    return replace(pipeline.reject(message, Refused(dup.OTHER_BYTES)), conflict=True)
