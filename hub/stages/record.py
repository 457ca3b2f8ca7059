"""Stage 4: one group of decisions becomes entries, a grown tree, one signed checkpoint and a stamp for each. Pure.

Everything that must be durable together leaves here as one `Commit`; nothing has happened until an edge has stored it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypedDict

from hub import envelope, messages, retention
from hub.calendar import jst_day
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import FLOW, Answered, Entry, Observation, Permit, Refuse
from hub.exchangelog.private import Private
from hub.exchangelog.shapes import MAX_SIGNATURE, Legal, Seen
from hub.exchangelog.stamp import Stamp, stamps
from hub.exchangelog.tree import Frontier, Growth, leaf_hash
from hub.messages import Authorised, Citation, Header, Operator, Recorded, Rejected
from hub.ports import (
    CheckpointRow,
    Commit,
    EntryRow,
    Known,
    NodeRow,
    OutgoingRow,
    RebucketRow,
    SecretRow,
    SettleRow,
    TieRow,
)

_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}")


class Common(TypedDict):
    """What every entry of a home says alike, and when it was recorded."""

    time: str
    origin: str
    tenant: str
    environment: str
    commit: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What every entry of this home says alike, and the index of the config entry that decisions cite."""

    origin: str
    tenant: str
    environment: str
    config: int
    law_digest: str
    erase_after_days: int

    def common(self, time: str) -> Common:
        """The fields of an entry recorded at `time`, without a private part."""
        return Common(time=time, origin=self.origin, tenant=self.tenant, environment=self.environment, commit="")


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A permitted message that may not go out any more: expired, or refused by the law of the day."""

    index: int
    header: Header
    digest: str
    code: str
    state: str


@dataclass(frozen=True, slots=True)
class Notice:
    """An entry of the hub's own (config, admin, statement, erase …), with its private part if it has one."""

    entry: Entry
    private: Private | None = None


@dataclass(frozen=True, slots=True)
class Turned:
    """A delivery that is held or released: the entry that says so, and what the delivery now is (`SettleRow.state`)."""

    notice: Notice
    index: int
    recipient: str
    state: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Rebucketed:
    """Stored records that go at once (`due` None) or on another day than before, and the entry that says so."""

    notice: Notice
    rows: tuple[RebucketRow, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An authorised message with what its delivery needs; `parts` are the keys of what makes up its attachments."""

    message: Authorised
    lane: bytes | None
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An authorised answer with the deliveries that it settles, and what becomes of their bodies, by message id.

    `conversations` are those of the settled, in their order: an answer of many lines has one of its own.
    """

    message: Authorised
    settled: tuple[SettleRow, ...]
    conversations: tuple[str, ...]
    rebucketed: tuple[tuple[str, RebucketRow], ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """An authorised observation: it is recorded, and ends here."""

    message: Authorised


Draft = Outgoing | Reply | Observed | Rejected | Withdrawn | Turned | Rebucketed | Notice


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit to be stored, and what to tell once it is."""

    commit: Commit
    tree: Frontier
    recorded: tuple[Recorded, ...]


def record(
    drafts: Sequence[Draft],
    tree: Frontier,
    desk: Desk,
    now: datetime,
    entropy: Callable[[int], bytes],
    sign: Callable[[int, bytes], str],
) -> Prepared:
    """Grows `tree` by one entry per draft, in order. `entropy` gives salts, `sign` the note of a new tree head."""
    written = [_write(draft, desk, now, entropy) for draft in drafts]
    leaves = [entries.encode(replace(one.entry, after=tree.size)) for one in written]
    growth = tree.append([leaf_hash(leaf) for leaf in leaves])
    note = sign(growth.new.size, growth.new.root)
    placed = [
        _Placed(stamp.index, draft, one, stamp)
        for draft, one, stamp in zip(drafts, written, stamps(leaves, growth, note), strict=True)
    ]
    commit = _commit(placed, growth, note, desk, now)
    return Prepared(commit, growth.new, tuple(_recorded(one) for one in placed))


# --- entries --------------------------------------------------------------------------------------------------------


class _Head(TypedDict):
    message: str
    conversation: str
    type: str
    version: int
    sender: str
    recipient: str


@dataclass(frozen=True, slots=True)
class _Written:
    entry: Entry
    opening: bytes


@dataclass(frozen=True, slots=True)
class _Placed:
    index: int
    draft: Draft
    written: _Written
    stamp: Stamp


def _write(draft: Draft, desk: Desk, now: datetime, entropy: Callable[[int], bytes]) -> _Written:
    common = desk.common(envelope.format_time(now))
    match draft:
        case Notice():
            return _noted(draft, entropy)
        case Turned(notice) | Rebucketed(notice):
            return _noted(notice, entropy)
        case Withdrawn():
            return _Written(_withdrawn(draft, desk, common), b"")
        case Rejected():
            return _rejected(draft, desk, common, entropy)
        case Outgoing(message) | Reply(message) | Observed(message):
            return _authorised(message, desk, common, entropy)


def _noted(notice: Notice, entropy: Callable[[int], bytes]) -> _Written:
    if notice.private is None:
        return _Written(notice.entry, b"")
    opening = notice.private.opening(entropy(32))
    return _Written(replace(notice.entry, commit=hashlib.sha256(opening).hexdigest()), opening)


def _authorised(message: Authorised, desk: Desk, common: Common, entropy: Callable[[int], bytes]) -> _Written:
    valid = message.valid
    opening = _private(valid.header, valid.operator).opening(entropy(32))
    common["commit"] = hashlib.sha256(opening).hexdigest()
    digest = valid.verified.digest
    if valid.observation is not None:
        entry: Entry = _observed(message, valid.observation, desk, common)
    elif valid.answer is None:
        entry = Permit(
            **common, **_header(valid.header), digest=digest, config=desk.config, legal=_legal(message.citation)
        )
    else:
        seen = Seen(valid.answer.origin, valid.answer.size, valid.answer.root)
        entry = Answered(
            **common, **_header(valid.header), digest=digest, config=desk.config, lines=valid.answer.lines, seen=seen
        )
    return _Written(entry, opening)


def _observed(message: Authorised, observation: messages.Observation, desk: Desk, common: Common) -> Entry:
    verified = message.valid.verified
    return Observation(
        **common,
        **_header(message.valid.header),
        digest=verified.digest,
        config=desk.config,
        code=observation.code,
        channel=_channel(verified.submission.channel),
        about=f"{FLOW}{observation.flow}",
        count=1,
        counterpart=observation.counterpart,
        at=envelope.format_time(observation.seen_at),
        evidence=observation.evidence,
    )


def _rejected(draft: Rejected, desk: Desk, common: Common, entropy: Callable[[int], bytes]) -> _Written:
    opening = b""
    if draft.header is not None and draft.operator is not None:
        opening = _private(draft.header, draft.operator).opening(entropy(32))
        common["commit"] = hashlib.sha256(opening).hexdigest()
    sender = draft.verified.sender if draft.verified else ""
    header = _nothing_of(sender) if draft.header is None else _header(draft.header)
    entry = Refuse(
        **common,
        **header,
        digest=draft.digest,
        config=desk.config,
        legal=_legal(draft.citation),
        code=draft.error.code.id,
        channel=_channel(draft.submission.channel),
        signature=_signature(draft),
    )
    return _Written(entry, opening)


def _channel(name: str) -> str:
    """The channel's name as an entry may hold it; a Japanese endpoint code is told by its digest."""
    return name if _CHANNEL.fullmatch(name) else f"sha256:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _signature(draft: Rejected) -> str:
    signature = draft.verified.signature if draft.verified else ""
    return signature if len(signature) <= MAX_SIGNATURE else ""


def _withdrawn(draft: Withdrawn, desk: Desk, common: Common) -> Entry:
    return Refuse(
        **common,
        **_header(draft.header),
        digest=draft.digest,
        config=desk.config,
        code=draft.code,
        channel="journal",
    )


def _nothing_of(sender: str) -> _Head:
    return _Head(message="", conversation="", type="", version=0, sender=sender, recipient="")


def _header(header: Header) -> _Head:
    return _Head(
        message=header.message_id,
        conversation=header.conversation_id,
        type=header.type,
        version=header.version,
        sender=header.sender,
        recipient=header.recipient,
    )


def _legal(citation: Citation | None) -> Legal | None:
    return None if citation is None else Legal(citation.kind, citation.table, citation.item, citation.digest)


def _private(header: Header, operator: Operator) -> Private:
    return Private(
        subjects=header.subjects,
        operator=envelope.encode_operator(operator).decode("utf-8"),
        reason=operator.reason,
    )


# --- the commit -----------------------------------------------------------------------------------------------------


def _commit(placed: Sequence[_Placed], growth: Growth, note: str, desk: Desk, now: datetime) -> Commit:
    replies = [(one, one.draft) for one in placed if isinstance(one.draft, Reply)]
    moved = [(one, one.draft) for one in placed if isinstance(one.draft, Withdrawn | Turned)]
    return Commit(
        expected_size=growth.old.size,
        entries=tuple(EntryRow(one.index, one.stamp.leaf, leaf_hash(one.stamp.leaf)) for one in placed),
        nodes=tuple(NodeRow(node.level, node.index, node.hash) for node in growth.nodes),
        checkpoint=CheckpointRow(growth.new.size, growth.new.root, note),
        edge=growth.new.edge,
        known=tuple(known for one in placed if (known := _known(one)) is not None),
        secrets=tuple(secret for one in placed for secret in _secrets(one, now)),
        outgoing=tuple(_outgoing(one, one.draft, desk) for one in placed if isinstance(one.draft, Outgoing)),
        settled=(
            *(SettleRow(row.index, row.state, row.code, one.index) for one, reply in replies for row in reply.settled),
            *(SettleRow(draft.index, draft.state, draft.code, one.index) for one, draft in moved),
        ),
        rebucketed=(
            *(row for _, reply in replies for _, row in reply.rebucketed),
            *(row for one in placed if isinstance(one.draft, Rebucketed) for row in one.draft.rows),
        ),
        tied=tuple(tie for one in placed if (tie := _tied(one, now)) is not None),
        dropped=tuple(digest for one in placed if (digest := _dropped(one.draft))),
    )


def _tied(one: _Placed, now: datetime) -> TieRow | None:
    """Attachments lie where the body lies: one encrypted copy per exchange, erased with it."""
    draft = one.draft
    if not isinstance(draft, Outgoing) or not draft.parts:
        return None
    return TieRow(one.index, draft.parts, *_body_place(draft.message.valid.header, jst_day(now)))


def _dropped(draft: Draft) -> str:
    """The digest of a message for which nothing waits any more: a refused body is never kept, nor are its attachments (番号法20条)."""
    match draft:
        case Rejected(digest=digest):
            return digest
        case Outgoing(parts=parts) if parts:  # what came for it and was not signed
            return draft.message.valid.verified.digest
        case _:
            return ""


def _body_place(header: Header, today: date) -> tuple[str, date]:
    """The bucket of a body."""
    if header.ends_here:  # an answer or an observation is evidence, and holds nobody's data
        class_ = retention.private_class(header.type)
        return class_, retention.private_due(class_, today)
    return retention.body_class(header.type), retention.body_due(today, header.expires_at)


def _known(one: _Placed) -> Known | None:
    """What the dedup memory keeps: the first outcome of a (sender, message id) whose header could be believed."""
    draft = one.draft
    match draft:
        case Outgoing(message) | Reply(message) | Observed(message):
            header, digest, permit, code = message.valid.header, message.valid.verified.digest, True, ""
        case Rejected(header=Header() as header) if not draft.conflict:
            digest, permit, code = draft.digest, False, draft.error.code.id
        case _:
            return None
    return Known(header.sender, header.message_id, digest, one.index, permit, code, one.stamp.encode())


def _secrets(one: _Placed, now: datetime) -> Sequence[SecretRow]:
    today = jst_day(now)
    secrets: list[SecretRow] = []
    draft = one.draft
    type_, subjects = "", tuple[str, ...]()
    if isinstance(draft, Outgoing | Reply | Observed):
        valid = draft.message.valid
        type_, subjects = valid.header.type, valid.header.subjects
        secrets.append(SecretRow(one.index, "body", valid.verified.submission.raw, *_body_place(valid.header, today)))
    elif isinstance(draft, Rejected) and draft.header is not None:
        type_, subjects = draft.header.type, draft.header.subjects
    if one.written.opening:
        class_ = retention.private_class(type_)
        secrets.append(
            SecretRow(one.index, "private", one.written.opening, class_, retention.private_due(class_, today), subjects)
        )
    return secrets


def _outgoing(one: _Placed, draft: Outgoing, desk: Desk) -> OutgoingRow:
    header = draft.message.valid.header
    return OutgoingRow(
        index=one.index,
        message_id=header.message_id,
        conversation_id=header.conversation_id,
        type=header.type,
        version=header.version,
        sender=header.sender,
        recipient=header.recipient,
        lane=draft.lane,
        retention=retention.body_class(header.type),
        stamp=one.stamp.encode(),
        decided_on=draft.message.decided_on.isoformat(),
        citation_digest=desk.law_digest,
        expires_at=header.expires_at,
        ends=draft.message.valid.ends,
    )


def _recorded(one: _Placed) -> Recorded:
    draft = one.draft
    match draft:
        case Outgoing(message) | Reply(message) | Observed(message):
            return Recorded(one.index, True, message.valid.header.message_id, "", one.stamp.encode())
        case Rejected():
            # Bytes whose signature does not hold prove nothing: there is an entry, but no receipt to hand out.
            receipt = one.stamp.encode() if draft.verified else ""
            message_id = draft.header.message_id if draft.header else ""
            return Recorded(one.index, False, message_id, draft.error.code.id, receipt, facts=dict(draft.error.facts))
        case _:
            return Recorded(one.index, False, "", "", one.stamp.encode())
