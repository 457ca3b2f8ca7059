"""Stage 5: may a recorded message still go out? Pending -> Delivery, decided again when its grounds have changed.

The decision of `authorise` holds for one JST day and one state of the law (table digest). When either differs, the stored
bytes are read again and judged anew. Expiry is checked always, and so is the recipient: one whose certificates were all revoked
or taken out of the register since cannot be known, and its answer could not be believed. A refusal here is an entry of its own.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from hub import envelope
from hub.calendar import jst_day
from hub.codes import crt, msg
from hub.errors import Refused
from hub.messages import Delivery, Header, Operator, Submission, Valid, Verified
from hub.ports import Pending
from hub.schemas import Schemas, items_of
from hub.stages.authorise import Law, authorise
from hub.stages.validate import free_texts
from hub.xmlsig import Trust
from hub.xmlsig.precheck import parse


def deliver(pending: Pending, schemas: Schemas, law: Law, trust: Trust, now: datetime) -> Delivery:
    """The delivery to hand over. Raises `Refused`: it expired, its recipient is unknown now, or no provision permits it any more."""
    if pending.expires_at is not None and pending.expires_at <= now:
        raise Refused(msg.EXPIRED)
    if not trust.knows(pending.delivery.recipient):
        raise Refused(crt.RECIPIENT_UNKNOWN, endpoint=pending.delivery.recipient)
    today = jst_day(now)
    if pending.decided_on != today.isoformat() or pending.citation_digest != law.digest:
        authorise(_read_again(pending.delivery, schemas), law, today)
    return pending.delivery


def header_of(delivery: Delivery) -> tuple[Header, str]:
    """The header of a stored message, and the digest of its bytes."""
    return envelope.parse_header(parse(delivery.raw)), hashlib.sha256(delivery.raw).hexdigest()


def _read_again(delivery: Delivery, schemas: Schemas) -> Valid:
    """The stored bytes as a `Valid`: they were verified and validated before they were recorded, and are sealed since."""
    root = parse(delivery.raw)
    header = envelope.parse_header(root)
    payload = envelope.payload_of(root)
    submission = Submission(delivery.raw, b"", channel="journal")
    verified = Verified(submission, root, delivery.sender, fingerprint="", signature="", digest="")
    kind = schemas.types[header.type, header.version]
    nobody = Operator("", "", "", "", "", "", b"")
    return Valid(verified, header, nobody, items_of(payload), free_texts(payload, kind))
