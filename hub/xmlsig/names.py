"""The names and algorithms of the signature profile; everything else is refused (design section 3)."""

from __future__ import annotations

from enum import Enum

from hub.messages import EXCHANGE_NAMESPACE

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

ENVELOPE = f"{{{EXCHANGE_NAMESPACE}}}Envelope"
HEADER = f"{{{EXCHANGE_NAMESPACE}}}Header"
BODY = f"{{{EXCHANGE_NAMESPACE}}}Body"
SENDER = f"{{{EXCHANGE_NAMESPACE}}}Sender"
SIGNATURE = f"{{{DS}}}Signature"


class Method(Enum):
    """The two signature methods (RFC 9231 names); the value is the standard's URI."""

    ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def ds(name: str) -> str:
    """A name in the XML Signature namespace, as lxml writes it."""
    return f"{{{DS}}}{name}"
