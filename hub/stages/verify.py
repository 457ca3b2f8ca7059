"""Stage 1: does the signature hold, cover the whole document, and belong to an endpoint we know? Submission -> Verified."""

from __future__ import annotations

from datetime import datetime

from hub.messages import Submission, Verified
from hub.xmlsig import Limits, SignedEnvelope, Trust
from hub.xmlsig import verify as verify_signature


def verify(submission: Submission, trust: Trust, limits: Limits, now: datetime) -> Verified:
    """A verified message. Raises `Refused` of the areas SIG or CRT, whatever the bytes are."""
    return verified_as(submission, verify_signature(submission.raw, trust, now, limits))


def verified_as(submission: Submission, signed: SignedEnvelope) -> Verified:
    """The value of a good signature: the sender is whom the certificate is registered to, not whom the header names."""
    return Verified(
        submission=submission,
        root=signed.root,
        sender=signed.endpoint,
        fingerprint=signed.fingerprint,
        signature=signed.signature.decode("utf-8"),
        digest=signed.digest,
    )
