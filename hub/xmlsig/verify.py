"""The signature holds, covers the whole document, and belongs to the Sender; or `Refused` (design section 3).

Order: pre-check, trust in the certificate, signature, "what was signed is the document", Sender. signxml accepts most
wrapped signatures (security.md finding 1), so only its signed tree is handed on, after comparing it byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from hub.codes import crt, sig
from hub.errors import HubError, Refused
from hub.xmlsig.engine import InvalidDigest, InvalidSignature, verify_engine
from hub.xmlsig.limits import DEFAULT_LIMITS, Limits
from hub.xmlsig.names import ENVELOPE, HEADER, SENDER
from hub.xmlsig.precheck import Prechecked, canonical, precheck

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element

    from hub.xmlsig.trust import Admitted, Trust


@dataclass(frozen=True, slots=True)
class SignedEnvelope:
    """An envelope whose signature holds. `root` is parsed from exactly the signed bytes: no Signature in it.

    `endpoint`: to whom the certificate is registered. `fingerprint`: SHA-256 of the certificate. `signature`: the
    `ds:Signature` element in exclusive C14N, evidence of a refusal. `digest`: SHA-256 of the bytes received. All hex.
    """

    root: _Element
    endpoint: str
    fingerprint: str
    signature: bytes
    digest: str


class Impersonation(Refused):
    """A good signature under somebody else's name: refused, and provable against the endpoint that signed."""

    def __init__(self, signed: SignedEnvelope) -> None:
        super().__init__(crt.OTHER_ENDPOINT, endpoint=signed.endpoint)
        self.signed = signed


def verify(raw: bytes, trust: Trust, at: datetime, limits: Limits = DEFAULT_LIMITS) -> SignedEnvelope:
    """Verify one message received at `at` (aware). Raises `Refused` (SIG, CRT), or `Impersonation` with the evidence."""
    return verify_prechecked(precheck(raw, limits), trust, at)


def verify_prechecked(message: Prechecked, trust: Trust, at: datetime) -> SignedEnvelope:
    """As `verify`, for a message whose pre-check was done already."""
    admitted = trust.admit(message.facts.certificate, at)
    if message.facts.method is not admitted.method:
        raise Refused(sig.ALGORITHM, place="SignatureMethod")
    data, root = _check_signature(message, admitted, at)
    signature = canonical(message.signature)
    _check_coverage(message, signature, data, root)
    digest = sha256(message.raw).hexdigest()
    signed = SignedEnvelope(root, admitted.endpoint, admitted.fingerprint, signature, digest)
    _check_sender(signed)
    return signed


def _check_signature(message: Prechecked, admitted: Admitted, at: datetime) -> tuple[bytes, Any]:
    try:
        return verify_engine(message.raw, admitted.certificate, admitted.method, at)
    except (HubError, MemoryError):
        raise
    except InvalidDigest:
        raise Refused(sig.DIGEST_WRONG) from None
    except InvalidSignature:
        raise Refused(sig.SIGNATURE_WRONG) from None
    except Exception as surprise:  # noqa: BLE001 - fail closed: a surprise inside a check refuses (design promise 7)
        raise Refused(sig.UNEXPECTED, kind=type(surprise).__name__) from None


def _check_coverage(message: Prechecked, signature: bytes, data: bytes, root: Any) -> None:
    """Signed is the document without its signature, byte for byte; the enveloped-signature transform removes no more."""
    before, found, after = message.body.rpartition(signature)
    if not found or data != before + after or getattr(root, "tag", None) != ENVELOPE:
        raise Refused(sig.SIGNED_NOT_ROOT)


def _check_sender(signed: SignedEnvelope) -> None:
    senders = signed.root.findall(f"{HEADER}/{SENDER}")
    if len(senders) != 1 or len(senders[0]):
        raise Refused(sig.ENVELOPE, rule="Sender")
    if senders[0].text != signed.endpoint:
        raise Impersonation(signed)
