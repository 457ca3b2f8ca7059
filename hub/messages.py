"""The frozen values a message becomes on its way: one direction, a new type at every step (design section 2).

    Submission -> Verified -> Valid -> Authorised -> Recorded -> Delivery -> answered

Each stage takes only the type before it, so a wrong order does not type-check. Nothing here reads or decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING

from hub.errors import Fact, Refused

if TYPE_CHECKING:
    from lxml.etree import _Element

EXCHANGE_NAMESPACE = "urn:juki-hub:exchange:1"
ANSWER_TYPE = "ANSWER"
OBSERVATION_TYPE = "OB-SEEN"
HUB = "hub"  # the recipient of what ends here for nobody else; no endpoint may have this code


class LegalKind(Enum):
    """The five acts of the 番号法 and 住基法 under which personal information moves (domain.md section 2)."""

    PROVISION = "提供"
    TRANSFER = "移転"
    USE = "利用"
    ENTRUST = "委託"
    OBTAIN = "入手"


class Level(Enum):
    """What an answer line says (docs/spec/message.md section 7)."""

    CONNECTOR_ACCEPTED = "connector-accepted"
    PARTNER_CONFIRMED = "partner-confirmed"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        """Whether the recipient has nothing more to say about the message."""
        return self is not Level.CONNECTOR_ACCEPTED


@dataclass(frozen=True, slots=True)
class Basis:
    """根拠: the row of law that a sender claims; `affair` and `information` are quoted in full as printed."""

    kind: str
    table: str
    item: str
    affair: str
    information: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file outside the envelope, bound by its digest. `size` in bytes."""

    sha256: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an attachment on its way to the hub, before the message that signs the attachment (hub/attachments.py).

    `message` is the digest of that message's bytes; `sha256` and `size` are the whole attachment's; `position` counts from 0.
    """

    message: str
    sha256: str
    size: int
    position: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """A message's place in a set that its sender split; `position` counts from 1."""

    id: str
    position: int
    count: int


@dataclass(frozen=True, slots=True)
class Header:
    """The signed header of an envelope; times are aware UTC. `basis` is None only where the message ends at the hub."""

    tenant: str
    environment: str
    message_id: str
    conversation_id: str
    type: str
    version: int
    sender: str
    recipient: str
    created_at: datetime
    operator_digest: str
    subjects: tuple[str, ...] = ()
    basis: Basis | None = None
    in_reply_to: str | None = None
    expires_at: datetime | None = None
    batch: Batch | None = None
    corrects: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_answer(self) -> bool:
        return self.type == ANSWER_TYPE

    @property
    def is_observation(self) -> bool:
        return self.type == OBSERVATION_TYPE

    @property
    def ends_here(self) -> bool:
        """Whether the hub records it and hands it to nobody: then it claims no row of law and names no person."""
        return self.is_answer or self.is_observation


@dataclass(frozen=True, slots=True)
class Operator:
    """操作者: who acted, where and why (S6). Travels beside the message, bound by `OperatorDigest`; recipients never get it.

    `company` is set when the person works for a 委託先. `salt` is 32 random bytes.
    """

    staff: str
    department: str
    terminal: str
    reason_code: str
    reason: str
    authentication: str
    salt: bytes
    company: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What arrives: bytes as sent, the operator part beside them, and the channel that the transport authenticated.

    `fault`: the transport found already that it must be refused, unread.
    """

    raw: bytes
    operator: bytes
    channel: str
    fault: Refused | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """The signature holds, covers the whole document, and belongs to a certificate registered to `sender`."""

    submission: Submission
    root: _Element
    sender: str
    fingerprint: str
    signature: str
    digest: str


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One line of an answer: what became of one message. `code` is a domain code when `level` is rejected."""

    message_id: str
    digest: str
    level: Level
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """回答: up to 1,000 lines, and the checkpoint that the answering recipient has seen (answers are witnesses)."""

    origin: str
    size: int
    root: str
    lines: tuple[AnswerLine, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """観測: what a connector learnt of one exchange between its partner and another system (docs/spec/message.md section 8).

    `evidence` is the digest under which both ends keep the exchange in their own ledgers; `code` the domain code when it
    was rejected there, else "".
    """

    flow: str
    counterpart: str
    seen_at: datetime
    evidence: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A verified message whose envelope keeps its schema, so that its header can be believed as the sender's word."""

    verified: Verified
    header: Header


@dataclass(frozen=True, slots=True)
class Valid:
    """The envelope and its payload keep every rule that needs no law.

    `items` are the payload's item names; `texts` its free texts, for the number scan of `authorise`. `held`: the payload
    itself says that persons must decide before it goes out (自動応答不可, S14). `ends`: the types of which it ends what waits
    about its person (S39).
    """

    verified: Verified
    header: Header
    operator: Operator
    items: frozenset[str]
    texts: tuple[str, ...] = ()
    answer: Answer | None = None
    held: bool = False
    ends: frozenset[str] = frozenset()
    observation: Observation | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """The row of law that decided, with the digest of its table; what a log entry cites."""

    kind: str
    table: str
    item: str
    digest: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Authorised:
    """A provision in force permits this message to this recipient today; `decided_on` is that JST day, ISO.

    An answer or an observation needs no provision of its own: its `citation` is None.
    """

    valid: Valid
    citation: Citation | None
    decided_on: date


@dataclass(frozen=True, slots=True)
class Rejected:
    """A submission that some stage refused: the code, and as much of the message as was proven before the refusal.

    `verified` is None when the signature did not hold; then only the channel is named in the entry. `conflict` marks
    other bytes under a known (sender, message id): the memory keeps the first outcome.
    """

    submission: Submission
    digest: str
    error: Refused
    verified: Verified | None = None
    header: Header | None = None
    operator: Operator | None = None
    citation: Citation | None = None
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Repeated:
    """A message that is known already with the same bytes: no second effect, the first receipt again."""

    sender: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """Durably in the log at `index`; `receipt` is the stamp text for the sender, `permit` says which way it went.

    `repeated` marks a submission whose first receipt is given again (same bytes, design promise 5). `facts` explain a
    refusal to its submitter, where it was judged just now; they stand in no entry, no receipt and no log line.
    """

    index: int
    permit: bool
    message_id: str
    code: str
    receipt: str
    repeated: bool = False
    facts: Mapping[str, Fact] = field(default_factory=dict, repr=False)  # a dict: it goes to other processes


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a recipient's connector is handed: the signed bytes unaltered, and the stamp that lets it check them."""

    index: int
    message_id: str
    type: str
    version: int
    sender: str
    recipient: str
    lane: bytes
    raw: bytes
    stamp: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Returned:
    """A delivery that a receiver gives back, with a code. `hold`: trying again is pointless or unsafe, a person must look."""

    index: int
    code: str
    hold: bool = False
