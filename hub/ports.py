"""What the core needs from outside, as small Protocols; `hub.edges` fulfils them, `hub.testing` misbehaves on purpose.

A commit is one value: everything that must be durable together stands in it, so an edge cannot store half of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from hub.messages import Delivery, Part, Returned


@dataclass(frozen=True, slots=True)
class Head:
    """The durable end of the log: size, the tree's right edge (largest complete subtree first), the checkpoint note."""

    size: int
    edge: tuple[bytes, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Known:
    """What became of a (sender, message id) the first time; kept for the life of the log (design promise 5)."""

    sender: str
    message_id: str
    digest: str
    index: int
    permit: bool
    code: str
    receipt: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One leaf as stored: canonical bytes and their RFC 6962 leaf hash."""

    index: int
    leaf: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One complete subtree of the log: level 0 is a leaf, `index` counts within the level."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A published tree head: RFC 6962 root and the signed note."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class SecretRow:
    """Bytes to be stored encrypted under a data key of their own, in the bucket (retention class, due day JST).

    `slot` says what it is: `body` (the signed bytes) or `private` (subject, operator, reason, approvers). `subjects` are
    the tokens of persons by which its entry can be found while that bucket lives (ADR 19).
    """

    index: int
    slot: str
    plain: bytes
    retention: str
    due: date
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingRow:
    """A delivery that the commit makes possible; `stamp` is complete, for it was built before the commit."""

    index: int
    message_id: str
    conversation_id: str
    type: str
    version: int
    sender: str
    recipient: str
    lane: bytes | None
    retention: str
    stamp: str
    decided_on: str
    citation_digest: str
    expires_at: datetime | None
    ends: frozenset[str] = frozenset()  # the types of which this message ends what waits about its persons (S39)


@dataclass(frozen=True, slots=True)
class SettleRow:
    """A delivery's end, or its wait. `state` is one of STATES; `answer_index` names the entry that says so, if any."""

    index: int
    state: str
    code: str = ""
    answer_index: int | None = None


@dataclass(frozen=True, slots=True)
class RebucketRow:
    """Moves a message's secrets to another due day; `due` None shreds their keys at once (design section 3, Erasure).

    The attachments of a message go the way of its `body`. `reclassed`: a delivery bears the body's class from now on, for
    it is another one (a legal hold, or its end).
    """

    index: int
    slot: str
    retention: str
    due: date | None
    reclassed: bool = False


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of an attachment as it is kept, under a data key of its own; `sha256` and `size` are the whole attachment's."""

    key_id: int
    sha256: str
    size: int
    position: int


@dataclass(frozen=True, slots=True)
class TieRow:
    """Parts that belong to the entry at `index` from now on; their keys go where the key of its body lies."""

    index: int
    keys: tuple[int, ...]
    retention: str
    due: date


STATES = ("pending", "delivered", "acknowledged", "rejected", "held", "failed", "expired", "refused")
STOPPED = ("held", "failed")
UNSETTLED = ("pending", "delivered", "held", "failed")


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one group commit makes durable: either every row of it, or none."""

    expected_size: int
    entries: tuple[EntryRow, ...]
    nodes: tuple[NodeRow, ...]
    checkpoint: CheckpointRow
    edge: tuple[bytes, ...]
    known: tuple[Known, ...] = ()
    secrets: tuple[SecretRow, ...] = ()
    outgoing: tuple[OutgoingRow, ...] = ()
    settled: tuple[SettleRow, ...] = ()
    rebucketed: tuple[RebucketRow, ...] = ()
    tied: tuple[TieRow, ...] = ()
    dropped: tuple[str, ...] = ()  # digests of messages: what still waits for these without an entry goes


class Log(Protocol):
    """The tamper-evident log and everything stored with it."""

    def head(self) -> Head:
        """The durable end. Raises `Unavailable` when the store cannot be read."""

    def commit(self, commit: Commit) -> None:
        """Makes `commit` durable before it returns.

        Raises `IntegrityError` when the stored size is not `expected_size`, when the commit contradicts itself or what
        is stored, or settles a delivery that does not wait (nothing is stored then); `Unavailable` when nothing was
        written or it is not known whether it was: the caller then reads `head` again.
        """


class Checkpoints(Protocol):
    """Tree heads that this log has published."""

    def root_at(self, size: int) -> bytes | None:
        """The root that was published for `size`, or None when no checkpoint has that size."""


class NodeReader(Protocol):
    """Reads stored subtree hashes, all asked for at once."""

    def __call__(self, nodes: Sequence[tuple[int, int]], /) -> Sequence[bytes]: ...


class Memory(Protocol):
    """What was decided before."""

    def known(self, keys: Collection[tuple[str, str]]) -> Sequence[Known]:
        """The first outcomes of these (sender, message id) pairs; unknown pairs are absent."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A lane's first unsettled delivery, with what is needed to decide again before it goes out."""

    delivery: Delivery
    conversation_id: str
    retention: str
    decided_on: str
    citation_digest: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a delivery stands (`state` is one of STATES), as persons are shown it; `digest` is over the signed bytes.

    `hold` is the index of the entry that holds it, None when nothing does; `behind` how many wait behind it in its lane.
    """

    index: int
    message_id: str
    digest: str
    type: str
    sender: str
    recipient: str
    state: str
    code: str
    hold: int | None
    behind: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for one recipient. `ready` may go out as far as their lanes are concerned; the rest stands behind them.

    The oldest are log indexes; nothing that waits is older than the oldest ready or stopped one.
    """

    recipient: str
    waiting: int
    ready: int
    stopped: int
    settled: int
    oldest_waiting: int | None
    oldest_stopped: int | None


@dataclass(frozen=True, slots=True)
class Ending:
    """A recorded message that ends what was recorded before it, of `types` from its sender to its recipient (S39).

    `state` and `code` are those of its own delivery.
    """

    index: int
    sender: str
    recipient: str
    types: frozenset[str]
    state: str
    code: str


class Outgoing(Protocol):
    """Deliveries that wait. Order is the journal's: at most the first unsettled one of each lane is ready."""

    def ready(self, recipients: Collection[str], busy: Collection[int], now: datetime, limit: int) -> Sequence[Pending]:
        """At most `limit` ready deliveries for these recipients by log index, without those in `busy` or backing off.

        Recipients take turns, so one with a long backlog takes no place from another. A delivery whose body was erased
        is never ready: erasing ends it as `expired`.
        """

    def count_ready(self, recipient: str, now: datetime) -> int:
        """How many deliveries are ready for this recipient, however many `ready` gives at once."""

    def leading(self, message_id: str, recipient: str) -> Sequence[Pending]:
        """The deliveries of this message id that are ready for this recipient, or will be after a pause; by log index."""

    def postpone(self, index: int, until: datetime, code: str) -> None:
        """Counts a failed attempt and backs off; the lane waits, no other lane does."""

    def addressed(self, message_id: str, sender: str, recipient: str) -> OutgoingState | None:
        """The delivery that an answer line names, or None when there is no such delivery."""

    def states(self, indexes: Collection[int]) -> Mapping[int, str]:
        """How these deliveries stand, each one of STATES; what is no delivery is absent."""

    def conversations(self, message_id: str, recipient: str) -> Collection[str]:
        """The conversations of the deliveries of this message id to this recipient; none when there is no such delivery."""

    def stopped(self) -> Sequence[Standing]:
        """The deliveries that wait for persons (`held` or `failed`), by log index."""

    def standing(self, message_id: str) -> Sequence[Standing]:
        """The deliveries of this message id: one for each sender that used it."""

    def unordered(self, sender: str, recipient: str, types: Collection[str], before: int) -> Sequence[Pending]:
        """What waits to be handed over or for persons, of these types without a lane, by log index below `before`."""

    def endings(self) -> Sequence[Ending]:
        """The messages that end others and are not done with it, by log index."""

    def finish(self, endings: Collection[int]) -> None:
        """These messages have ended all that they end, or end nothing any more."""

    def secret(self, index: int, slot: str) -> bytes | None:
        """A record's plaintext; None when there is none, or it was erased."""

    def tally(self) -> dict[str, dict[str, int]]:
        """Counts by recipient and state, for status and reports."""


@dataclass(frozen=True, slots=True)
class OutgoingState:
    """What an answer must agree with."""

    index: int
    digest: str
    state: str
    retention: str
    expires_at: datetime | None
    conversation_id: str


class Parts(Protocol):
    """Parts of attachments: kept sealed as they come, loose until their message is recorded (`Commit.tied`)."""

    def keep(self, sender: str, parts: Sequence[Part], due: date, most: int) -> int:
        """Makes them durable until their message comes, or until `due`; returns how many are here now.

        One that is here already, tied or loose, changes nothing. What would be more than `most` loose ones of this sender
        is left out. Raises as `Log.commit`.
        """

    def loose(self, sender: str, message: str) -> Sequence[PartRow]:
        """The parts that wait for the message with this digest."""

    def content(self, part: PartRow) -> bytes | None:
        """Its plaintext; None when it was erased."""

    def forget(self, messages: Collection[str]) -> int:
        """Erases what waits for these messages, by digest; returns how many parts went. Raises as `Log.commit`."""

    def handed(self, index: int, recipient: str, sha256: str, position: int) -> bytes | None:
        """A part of what an unsettled delivery carries; None when there is no such part for this recipient (any more)."""


class Receiver(Protocol):
    """A recipient's connector, as the dispatcher meets it."""

    def capacity(self) -> int:
        """How many deliveries `offer` takes now."""

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        """Takes deliveries over without blocking. Raises `HubError` when it takes none of them."""

    def returned(self) -> Sequence[Returned]:
        """What it could not process since the last call: each is told once."""


class Signer(Protocol):
    """The log's signing key with its memory outside the database: it refuses anything smaller or different.

    Two steps, for a note that was signed but never stored must be forgettable, and a published one never.
    """

    def prepare(self, size: int, root: bytes) -> str:
        """A signed note, remembered as intended. Raises `IntegrityError` when it does not extend what was published."""

    def confirm(self, size: int, root: bytes) -> None:
        """The journal holds this head now: it is published, and nothing smaller or different is ever signed again."""


class Turn(Protocol):
    """The right to write: one process at a time holds it, while the block runs."""

    def __call__(self) -> AbstractContextManager[Head | None]:
        """Waits until it is ours. Gives the head as it is then, or None where nobody else ever writes.

        Raises `Unavailable` when it cannot be had, `IntegrityError` when the head is none that the signer knows.
        """


def alone() -> AbstractContextManager[Head | None]:
    """The turn of a process that owns its journal."""
    return nullcontext()


class Clock(Protocol):
    """Aware UTC time with millisecond precision that never goes back within one process."""

    def now(self) -> datetime: ...


class Entropy(Protocol):
    """Unpredictable bytes (salts, keys)."""

    def __call__(self, size: int, /) -> bytes: ...


class Observer(Protocol):
    """Hears what happened; cannot change it (style: only observers are pluggable). Facts carry no personal data."""

    def __call__(self, event: str, /, **facts: str | int | float) -> None: ...


class Retention(Protocol):
    """The sweep: which bodies are due, and their shredding."""

    def due(self, today: date) -> Iterable[tuple[str, date, int]]:
        """Buckets (class, due day, keys) whose due day has come."""

    def waiting(self, retention: str, due: date) -> Sequence[int]:
        """The deliveries that would end undelivered (`expired`) if this bucket were shredded now, for their entries."""

    def shred(self, retention: str, due: date) -> int:
        """Destroys every key of the bucket; returns how many. The ciphertexts are unreadable from then on.

        After a failure the bucket stays due, and shredding it again does the rest.
        """


class Stored(Protocol):
    """The whole log as stored at one moment, rows that should not be there included."""

    def head(self) -> Head: ...

    def entries(self, start: int | None = None, stop: int | None = None) -> Iterator[EntryRow]:
        """Leaves by index."""

    def nodes(self) -> Iterator[NodeRow]:
        """Subtrees by level and index."""

    def checkpoints(self) -> Iterator[CheckpointRow]:
        """Checkpoints by size."""


class History(Protocol):
    """What verification, export and disclosure read; traffic goes on meanwhile."""

    def concerning(self, subjects: Collection[str]) -> tuple[int, ...]:
        """The entries about a person with one of these tokens, as far as the buckets of their private parts live."""

    def snapshot(self) -> AbstractContextManager[Stored]:
        """The log as of now."""

    def secret(self, index: int, slot: str) -> bytes | None:
        """A record's plaintext; None when there is none, or it was erased."""
