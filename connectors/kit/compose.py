"""A draft becomes a signed submission: header, operator digest, signature (docs/spec/message.md sections 1, 2, 5).

The sender's own key signs; nothing after this changes a byte. ECDSA is randomised, so a submission is composed once,
kept in the outbox, and sent again as the same bytes.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from connectors.kit.files import File
from connectors.kit.identity import Identity
from hub import envelope, xmlsig
from hub.attachments import check_declared
from hub.messages import ANSWER_TYPE, Answer, Attachment, Basis, Batch, Header, Operator, Submission


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that a connector wants to send. `payload` is the one child of Body; `subjects` are opaque tokens.

    `flow` names the flow of the catalogue (A1-3, B7-1 …) for plans and reports; it is not part of the message.
    `basis` is None, and `subjects` empty, only for an answer.
    """

    flow: str
    type: str
    version: int
    recipient: str
    basis: Basis | None
    subjects: tuple[str, ...]
    payload: etree._Element | bytes
    created_at: datetime
    conversation_id: str
    message_id: str
    operator: Operator
    expires_at: datetime | None = None
    in_reply_to: str | None = None
    batch: Batch | None = None
    corrects: str | None = None
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A composed message in the outbox. An answer is kept after its receipt, to be given again as the same bytes.

    `files` are set until it is in the outbox: from there its attachments are read back part by part.
    """

    message_id: str
    submission: Submission
    is_answer: bool = False
    files: tuple[tuple[Attachment, File], ...] = ()


def compose(draft: Draft, identity: Identity) -> Submission:
    """The signed bytes and the operator part beside them; the draft's payload is left as it was. Attachments: `outgoing`.

    Raises `Refused` (SIG, HUB-MSG-026 to -028) when the result could not pass the hub, `Misconfigured` for a wrong key pair.
    """
    return _composed(draft, identity, tuple(file.declared() for file in draft.files))


def _composed(draft: Draft, identity: Identity, attachments: tuple[Attachment, ...]) -> Submission:
    envelope.check_batch(draft.batch)
    check_declared(attachments)
    header = Header(
        tenant=identity.tenant,
        environment=identity.environment,
        message_id=draft.message_id,
        conversation_id=draft.conversation_id,
        type=draft.type,
        version=draft.version,
        sender=identity.endpoint,
        recipient=draft.recipient,
        created_at=draft.created_at,
        operator_digest=envelope.operator_digest(draft.operator),
        subjects=draft.subjects,
        basis=draft.basis,
        in_reply_to=draft.in_reply_to,
        expires_at=draft.expires_at,
        batch=draft.batch,
        corrects=draft.corrects,
        attachments=attachments,
    )
    raw = xmlsig.sign(envelope.build(header, _payload(draft.payload)), identity.key, identity.certificate)
    return Submission(raw, envelope.encode_operator(draft.operator), channel(identity.endpoint))


def outgoing(draft: Draft, identity: Identity) -> Outgoing:
    """The composed message as the outbox keeps it. Raises as `compose`."""
    files = tuple((file.declared(), file) for file in draft.files)
    submission = _composed(draft, identity, tuple(declared for declared, _ in files))
    return Outgoing(draft.message_id, submission, draft.type == ANSWER_TYPE, files)


def answer_payload(answer: Answer) -> etree._Element:
    """The `Answer` payload of the exchange namespace."""
    return envelope.build_answer(answer)


def channel(endpoint: str) -> str:
    """How the embedded transport names an endpoint's connector; a networked transport puts its own word here."""
    return f"connector:{endpoint}"


def _payload(payload: etree._Element | bytes) -> etree._Element:
    if isinstance(payload, bytes):
        return etree.fromstring(payload, _parser())
    return copy.deepcopy(payload)


def _parser() -> etree.XMLParser:
    """No entity, no network, no DTD: a payload comes from our own side, and still."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
