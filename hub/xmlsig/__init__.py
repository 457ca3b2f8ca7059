"""XML signatures of envelopes: the only home of signxml. Pre-check, sign, verify, and whom a certificate belongs to.

The profile (docs/spec/message.md): one enveloped signature over the whole document, exclusive C14N, SHA-256, ECDSA
P-256 or RSA, the certificate in KeyInfo; on the wire exactly the XML declaration and the exclusive canonical form.
"""

from __future__ import annotations

from hub.xmlsig.certificate import DEVELOPMENT_POLICY, DOCUMENT_SIGNING, endpoint_uri, fingerprint, is_development
from hub.xmlsig.limits import DEFAULT_LIMITS, Limits
from hub.xmlsig.precheck import Claims, Prechecked, claimed_header, precheck
from hub.xmlsig.sign import SigningKey, sign
from hub.xmlsig.trust import Admitted, Anchor, Trust
from hub.xmlsig.verify import Impersonation, SignedEnvelope, verify, verify_prechecked

__all__ = [
    "DEFAULT_LIMITS",
    "DEVELOPMENT_POLICY",
    "DOCUMENT_SIGNING",
    "Admitted",
    "Anchor",
    "Claims",
    "Impersonation",
    "Limits",
    "Prechecked",
    "SignedEnvelope",
    "SigningKey",
    "Trust",
    "claimed_header",
    "endpoint_uri",
    "fingerprint",
    "is_development",
    "precheck",
    "sign",
    "verify",
    "verify_prechecked",
]
