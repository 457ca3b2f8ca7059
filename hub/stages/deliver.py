"""Stage 5: may a recorded message still go out? Pending -> Delivery, decided again when its grounds have changed.

The decision of `authorise` holds for one JST day and one state of the law (table digest). When either differs, the stored
bytes are read again and judged anew; expiry is checked always. A refusal here is an entry of its own.
"""

from __future__ import annotations

from datetime import datetime

from hub import envelope
from hub.calendar import jst_day
from hub.codes import msg
from hub.errors import Refused
from hub.messages import Delivery, Operator, Submission, Valid, Verified
from hub.ports import Pending
from hub.stages.authorise import Law, authorise
from hub.stages.validate import Site, free_texts
from hub.xmlsig import parse


def deliver(pending: Pending, site: Site, law: Law, now: datetime) -> Delivery:
    """The delivery to hand over. Raises `Refused` when it expired or no provision permits it any more."""
    if pending.expires_at is not None and pending.expires_at <= now:
        raise Refused(msg.EXPIRED)
    today = jst_day(now)
    if pending.decided_on != today.isoformat() or pending.citation_digest != law.digest:
        authorise(_read_again(pending.delivery, site), law, today)
    return pending.delivery


def _read_again(delivery: Delivery, site: Site) -> Valid:
    """The stored bytes as a `Valid`: they were verified and validated before they were recorded, and are sealed since."""
    root = parse(delivery.raw)
    header = envelope.parse_header(root)
    payload = envelope.payload_of(root)
    submission = Submission(delivery.raw, b"", channel="journal")
    verified = Verified(submission, root, delivery.sender, fingerprint="", signature="", digest="")
    nobody = Operator("", "", "", "", "", "", b"")
    return Valid(verified, header, nobody, site.schemas.items_of(payload), free_texts(payload))
