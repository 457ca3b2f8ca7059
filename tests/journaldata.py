"""Commits for tests: real trees and notes, invented messages, every size that a test needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from hub.exchangelog.tree import EMPTY_ROOT, Frontier, leaf_hash
from hub.messages import Part
from hub.ports import (
    CheckpointRow,
    Commit,
    EntryRow,
    Known,
    NodeRow,
    OutgoingRow,
    PartRow,
    RebucketRow,
    SecretRow,
    SettleRow,
    TieRow,
)

NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
BODY_DUE = date(2026, 5, 1)
PRIVATE_DUE = date(2033, 4, 1)
SPOOL_DUE = date(2026, 4, 3)
PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a test: to whom, in which lane, and its bytes."""

    recipient: str = "atena"
    lane: bytes | None = b"lane-1"
    sender: str = "juki"
    body: bytes = b"<Envelope/>"
    retention: str = "standard"
    due: date = BODY_DUE
    permit: bool = True
    ends: frozenset[str] = frozenset()


@dataclass(slots=True)
class Writer:
    """Builds consecutive commits; `tree` is what is durable, moved on by `stored`."""

    tree: Frontier = field(default_factory=Frontier)
    note: Callable[[int, bytes], str] = lambda size, root: f"note {size}\n{root.hex()}\n"

    def commit(
        self,
        letters: Sequence[Letter] = (Letter(),),
        settled: Sequence[SettleRow] = (),
        rebucketed: Sequence[RebucketRow] = (),
    ) -> Commit:
        """A commit that appends one entry per letter; `stored` must be told when it was stored."""
        start = self.tree.size
        leaves = [b'{"index":%d,"kind":"test"}' % (start + at) for at in range(len(letters))]
        growth = self.tree.append([leaf_hash(leaf) for leaf in leaves])
        new, placed = growth.new, list(enumerate(letters, start))
        return Commit(
            expected_size=start,
            entries=tuple(EntryRow(start + at, leaf, leaf_hash(leaf)) for at, leaf in enumerate(leaves)),
            nodes=tuple(NodeRow(level, index, hash_) for level, index, hash_ in growth.nodes),
            checkpoint=CheckpointRow(new.size, new.root, self.note(new.size, new.root)),
            edge=new.edge,
            known=tuple(_known(index, letter) for index, letter in placed),
            secrets=tuple(row for index, letter in placed for row in _secrets(index, letter)),
            outgoing=tuple(_outgoing(index, letter) for index, letter in placed if letter.permit),
            settled=tuple(settled),
            rebucketed=tuple(rebucketed),
        )

    def stored(self, commit: Commit) -> Commit:
        """The commit is durable: the next one builds on it."""
        self.tree = Frontier(commit.checkpoint.size, commit.edge)
        return commit


def part(message: int = 0, position: int = 0, size: int = 3 * PART, sender: int = 0) -> Part:
    """A part of an attachment of the message with this number: small, for the journal does not look at lengths."""
    content = f"part {message} {position} {size} {sender}".encode()
    return Part(f"{message:064x}", f"{message + 1000:064x}", size, position, content)


def tied(index: int, rows: Sequence[PartRow], retention: str = "standard", due: date = BODY_DUE) -> TieRow:
    """These parts belong to the entry at this index."""
    return TieRow(index, tuple(row.key_id for row in rows), retention, due)


def message_id(index: int) -> str:
    """A UUIDv7 for the message at this index."""
    return f"01961000-0000-7000-8000-{index:012x}"


def digest(letter: Letter) -> str:
    return hashlib.sha256(letter.body).hexdigest()


def size_and_root(tree: Frontier) -> tuple[int, bytes]:
    return tree.size, tree.root if tree.size else EMPTY_ROOT


def without_bodies(commit: Commit) -> Commit:
    """The same commit with its bodies forgotten: it contradicts itself."""
    return replace(commit, secrets=())


def _known(index: int, letter: Letter) -> Known:
    code = "" if letter.permit else "HUB-TST-001"
    return Known(letter.sender, message_id(index), digest(letter), index, letter.permit, code, f"receipt {index}\n")


def _secrets(index: int, letter: Letter) -> tuple[SecretRow, ...]:
    private = SecretRow(index, "private", b"private part %d" % index, "record-p7y", PRIVATE_DUE)
    if not letter.permit:
        return (private,)
    return (SecretRow(index, "body", letter.body, letter.retention, letter.due), private)


def _outgoing(index: int, letter: Letter) -> OutgoingRow:
    return OutgoingRow(
        index=index,
        message_id=message_id(index),
        conversation_id=message_id(index),
        type="JK-CHG",
        version=1,
        sender=letter.sender,
        recipient=letter.recipient,
        lane=letter.lane,
        retention=letter.retention,
        stamp=f"stamp {index}\n",
        decided_on="2026-04-01",
        citation_digest="0" * 64,
        expires_at=None,
        ends=letter.ends,
    )
