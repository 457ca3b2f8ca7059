"""The stages on one screen: what happens to every message, in which order, and who catches a refusal.

    bytes -> examine (verify, read) -> [known already?] -> judge (validate, authorise) -> record -> deliver

Only this file turns a `Refused` into a value. A surprise inside a check is a refusal too: fail closed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from hub import envelope
from hub.calendar import jst_day
from hub.codes import msg
from hub.errors import HubError, Refused
from hub.messages import Authorised, Operator, Read, Rejected, Submission, Verified
from hub.stages.authorise import Law, authorise
from hub.stages.validate import Site, read, validate
from hub.stages.verify import verified_as, verify
from hub.xmlsig import Impersonation, Limits, Trust


@dataclass(frozen=True, slots=True)
class House:
    """All that a decision depends on, frozen: the place, whom it trusts, and the law in force."""

    site: Site
    trust: Trust
    limits: Limits
    law: Law


def examine(submission: Submission, house: House, now: datetime) -> Read | Rejected:
    """Who speaks, and what does the header say? The first half of the way, before the memory is asked."""
    if submission.fault is not None:
        return Rejected(submission, _digest(submission), submission.fault)
    verified: Verified | None = None
    try:
        verified = verify(submission, house.trust, house.limits, now)
        return read(verified, house.site.schemas)
    except Impersonation as refusal:
        # A good signature under somebody else's name: the entry accuses the endpoint that signed.
        accused = verified_as(submission, refusal.signed)
        return Rejected(submission, accused.digest, refusal, verified=accused)
    except Refused as refusal:
        return Rejected(submission, _digest(submission), refusal, verified=verified)
    except HubError:
        raise
    except Exception as surprise:  # noqa: BLE001 - a surprise inside a check refuses (design promise 7), never passes
        return Rejected(submission, _digest(submission), _surprise(surprise), verified=verified)


def judge(message: Read, house: House, now: datetime) -> Authorised | Rejected:
    """May it go? The second half of the way."""
    operator: Operator | None = None
    try:
        valid = validate(message, house.site, now)
        operator = valid.operator
        return authorise(valid, house.law, jst_day(now))
    except Refused as refusal:
        return reject(message, refusal, operator)
    except HubError:
        raise
    except Exception as surprise:  # noqa: BLE001 - as above
        return reject(message, _surprise(surprise), operator)


def _digest(submission: Submission) -> str:
    return hashlib.sha256(submission.raw).hexdigest()


def _surprise(surprise: Exception) -> Refused:
    return Refused(msg.SURPRISE, kind=type(surprise).__name__)


def reject(message: Read, refusal: Refused, operator: Operator | None = None) -> Rejected:
    """A refusal of a verified sender: as provable as an acceptance (design promise 2)."""
    verified = message.verified
    return Rejected(
        verified.submission,
        verified.digest,
        refusal,
        verified=verified,
        header=message.header,
        operator=operator or _operator_if_bound(message),
    )


def _operator_if_bound(message: Read) -> Operator | None:
    """The operator part of a message that was refused before it was checked, if it is the one that was signed."""
    try:
        operator = envelope.parse_operator(message.verified.submission.operator)
        bound = envelope.operator_digest(operator) == message.header.operator_digest
    except Exception:  # noqa: BLE001 - the refusal stands already; what cannot be read is not kept
        return None
    return operator if bound else None
