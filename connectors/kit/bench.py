"""A hub in memory for connector authors: a real tree, signed checkpoints, stamps, receipts; no law, journal or pipeline.

It permits every message whose signature holds, keeps lanes by (recipient, Subject), and takes answers and observations. It misbehaves on
request: it can be down, lose its word after recording, refuse by id, and stamp whatever a test wants.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import envelope, xmlsig
from hub.codes import dup, kit, msg
from hub.errors import Refused, Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import FLOW, Answered, Entry, Observation, Permit, Refuse
from hub.exchangelog.shapes import Legal, Seen
from hub.exchangelog.stamp import Stamp, stamps
from hub.exchangelog.tree import Frontier, leaf_hash, prove_consistency
from hub.messages import AnswerLine, Delivery, Header, Part, Recorded, Submission

_LEGAL = Legal("利用", "statutes", "bench", "0" * 64)
_COMMIT = "0" * 64


@dataclass(slots=True)
class BenchClock:
    """A clock that stands where the test puts it."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(slots=True)
class Posted:
    """A recorded message on its way, with the line that answered it."""

    header: Header
    delivery: Delivery
    answered: AnswerLine | None = None


@dataclass(slots=True)
class MemoryHub:
    """`trust` judges submissions; `key` signs the log `origin`. Switches: `down`, `mute` (records, then says unavailable)."""

    origin: str
    key: Ed25519PrivateKey
    trust: xmlsig.Trust
    clock: BenchClock
    down: bool = False
    mute: bool = False
    refuse: dict[str, str] = field(default_factory=dict)
    tree: Frontier = field(default_factory=Frontier)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    known: dict[tuple[str, str], tuple[str, Recorded]] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    submitted: list[bytes] = field(default_factory=list)
    parts: dict[tuple[str, str, int], bytes] = field(default_factory=dict)  # message digest, attachment, position

    # --- what a connector calls -------------------------------------------------------------------------------------

    def submit(self, submissions: Sequence[Submission]) -> Sequence[Recorded]:
        """Records everything as one batch. Raises `Refused` for what no honest connector sends."""
        self._reachable()
        self.submitted += [submission.raw for submission in submissions]
        made: list[tuple[Header, Entry, Submission]] = []
        places: list[Recorded | int] = []
        for submission in submissions:
            header, signed = self._read(submission)
            first = self.known.get((header.sender, header.message_id))
            if first is not None and first[0] == signed.digest:
                places.append(replace(first[1], repeated=True))
                continue
            places.append(len(made))
            made.append((header, self._entry(header, signed, conflict=first is not None), submission))
        proven = self.append([entry for _, entry, _ in made]) if made else ()
        recorded = [self._take(*one, stamp) for one, stamp in zip(made, proven, strict=True)]
        if self.mute:
            raise Unavailable(kit.PARTNER_DOWN, endpoint="bench", kind="mute")
        return [place if isinstance(place, Recorded) else recorded[place] for place in places]

    def consistency(self, gaps: Sequence[tuple[int, int]]) -> Sequence[Sequence[bytes]]:
        """Proofs of this log."""
        self._reachable()
        return [prove_consistency(old, new, lambda wanted: [self.nodes[one] for one in wanted]) for old, new in gaps]

    def deposit(self, sender: str, message: bytes, parts: Sequence[Part]) -> None:
        """Keeps them all; nobody looks at them before the recipient does."""
        self._reachable()
        for part in parts:
            self.parts.setdefault((part.message, part.sha256, part.position), part.content)

    def fetch(self, recipient: str, index: int, sha256: str, positions: Sequence[int]) -> Sequence[bytes]:
        """Parts of an unanswered delivery."""
        self._reachable()
        found = [one.delivery for one in self.posted if one.delivery.index == index and one.answered is None]
        message = hashlib.sha256(found[0].raw).hexdigest() if found and found[0].recipient == recipient else ""
        return [self.parts.get((message, sha256, position), b"") for position in positions]

    # --- what a test asks -------------------------------------------------------------------------------------------

    def ready(self, recipient: str) -> list[Delivery]:
        """The first unanswered delivery of each lane of a recipient, in log order."""
        lanes: set[tuple[str, ...]] = set()
        found: list[Delivery] = []
        for one in self.posted:
            if one.delivery.recipient == recipient and one.answered is None:
                if one.header.subjects not in lanes:
                    found.append(one.delivery)
                lanes.add(one.header.subjects)
        return found

    def answered(self, message_id: str) -> AnswerLine | None:
        """What was answered about a message."""
        return next(one.answered for one in self.posted if one.header.message_id == message_id)

    def append(self, made: Sequence[Entry]) -> tuple[Stamp, ...]:
        """Records entries as one batch under one checkpoint."""
        leaves = [entries.encode(one) for one in made]
        growth = self.tree.append([leaf_hash(leaf) for leaf in leaves])
        self.tree = growth.new
        self.nodes |= {(level, index): hash_ for level, index, hash_ in growth.nodes}
        note = Checkpoint(self.origin, self.tree.size, self.tree.root).sign(self.key)
        return stamps(leaves, growth, note)

    def permit(self, header: Header, digest: str, **lies: Any) -> Permit:
        """The permit entry of a message, with whatever lies a test wants in it."""
        return replace(Permit(**self._common(header), digest=digest, legal=_LEGAL), **lies)

    def refusal(self, header: Header, digest: str, code: str, signature: str = "") -> Refuse:
        """The entry that refuses a message."""
        return Refuse(**self._common(header), digest=digest, code=code, channel="bench", signature=signature)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _reachable(self) -> None:
        if self.down:
            raise Unavailable(kit.PARTNER_DOWN, endpoint="bench", kind="down")

    def _read(self, submission: Submission) -> tuple[Header, xmlsig.SignedEnvelope]:
        signed = xmlsig.verify(submission.raw, self.trust, self.clock.now())
        header = envelope.parse_header(signed.root)
        if envelope.operator_digest(envelope.parse_operator(submission.operator)) != header.operator_digest:
            raise Refused(msg.OPERATOR_DIGEST)
        return header, signed

    def _entry(self, header: Header, signed: xmlsig.SignedEnvelope, *, conflict: bool) -> Entry:
        if conflict or header.message_id in self.refuse:
            code = dup.OTHER_BYTES.id if conflict else self.refuse[header.message_id]
            return self.refusal(header, signed.digest, code, signed.signature.decode("utf-8"))
        if header.is_answer:
            answer = envelope.parse_answer(envelope.payload_of(signed.root))
            seen = Seen(answer.origin, answer.size, answer.root)
            return Answered(**self._common(header), digest=signed.digest, lines=answer.lines, seen=seen)
        if header.is_observation:
            return self._observation(header, signed)
        return self.permit(header, signed.digest)

    def _observation(self, header: Header, signed: xmlsig.SignedEnvelope) -> Observation:
        seen = envelope.parse_observation(envelope.payload_of(signed.root))
        return Observation(
            **self._common(header),
            digest=signed.digest,
            code=seen.code,
            channel="bench",
            about=f"{FLOW}{seen.flow}",
            count=1,
            counterpart=seen.counterpart,
            at=envelope.format_time(seen.seen_at),
            evidence=seen.evidence,
        )

    def _take(self, header: Header, entry: Entry, submission: Submission, stamp: Stamp) -> Recorded:
        digest = hashlib.sha256(submission.raw).hexdigest()
        code = entry.code if isinstance(entry, Refuse) else ""
        recorded = Recorded(stamp.index, not code, header.message_id, code, stamp.encode())
        self.known.setdefault((header.sender, header.message_id), (digest, recorded))
        if isinstance(entry, Permit):
            self.posted.append(Posted(header, delivery(header, submission.raw, stamp)))
        elif isinstance(entry, Answered):
            self.answers.append(submission.raw)
            self._settle(header, entry.lines)
        return recorded

    def _settle(self, answer: Header, lines: Sequence[AnswerLine]) -> None:
        for line in lines:
            key = (line.message_id, answer.recipient, answer.sender)
            found = [
                one for one in self.posted if (one.header.message_id, one.header.sender, one.header.recipient) == key
            ]
            if len(found) != 1 or found[0].answered is not None:
                raise Refused(msg.ANSWER_UNKNOWN, line=1)
            found[0].answered = line

    def _common(self, header: Header) -> dict[str, Any]:
        return {
            "time": envelope.format_time(self.clock.now()),
            "origin": self.origin,
            "tenant": header.tenant,
            "environment": header.environment,
            "commit": _COMMIT,
            "after": self.tree.size,
            "message": header.message_id,
            "conversation": header.conversation_id,
            "type": header.type,
            "version": header.version,
            "sender": header.sender,
            "recipient": header.recipient,
            "config": 0,
        }


def delivery(header: Header, raw: bytes, stamp: Stamp) -> Delivery:
    """The delivery of a stamped message."""
    lane = hashlib.sha256(repr((header.recipient, header.subjects)).encode()).digest()[:16]
    return Delivery(
        index=stamp.index,
        message_id=header.message_id,
        type=header.type,
        version=header.version,
        sender=header.sender,
        recipient=header.recipient,
        lane=lane,
        raw=raw,
        stamp=stamp.encode(),
    )
