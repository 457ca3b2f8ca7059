"""signxml, fitted to our profile; the only file that imports it. Tested with exactly the version in `TESTED_SIGNXML`.

signxml 5.2.0 re-serialises in ASCII, which breaks Japanese element names (performance.md G1), and logs the whole
payload at DEBUG. Both are overridden here. The parser override drops signxml's own scans for DTDs and entities: the
pre-check has already refused every document that could contain one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import InvalidDigest, InvalidSignature
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from hub.xmlsig.names import Method
from hub.xmlsig.precheck import parser

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

__all__ = ["TESTED_SIGNXML", "InvalidDigest", "InvalidSignature", "signer", "verify_engine"]

TESTED_SIGNXML = "5.2.0"
_METHODS = {Method.ECDSA: SignatureMethod.ECDSA_SHA256, Method.RSA: SignatureMethod.RSA_SHA256}
# Design promise 8: signxml.processor writes the canonical payload to its logger at DEBUG.
logging.getLogger("signxml").setLevel(logging.WARNING)


class _Utf8:
    """The three private hooks of signxml's processor that we replace (hence the pinned version)."""

    def _tostring(self, xml_node: etree._Element, **_: object) -> bytes:
        return etree.tostring(xml_node, encoding="utf-8")

    def _fromstring(self, xml_string: bytes, **_: object) -> etree._Element:
        return etree.fromstring(xml_string, parser=parser())

    def _c14n(self, nodes: Any, algorithm: CanonicalizationMethod, inclusive_ns_prefixes: object = None) -> bytes:
        """Exclusive C14N of one element, or nothing: no other algorithm can run, whatever the message asks for."""
        if algorithm is not CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0 or inclusive_ns_prefixes:
            raise InvalidSignature("canonicalization outside the profile")
        return etree.tostring(nodes, method="c14n", exclusive=True, with_comments=False)


class _Signer(_Utf8, XMLSigner):
    pass


class _Verifier(_Utf8, XMLVerifier):
    pass


def signer(method: Method) -> XMLSigner:
    """A new signer for one message: signxml keeps state between calls, so none is shared."""
    return _Signer(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=_METHODS[method],
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )


def verify_engine(raw: bytes, certificate: x509.Certificate, method: Method, at: datetime) -> tuple[bytes, Any]:
    """The signed bytes and the tree parsed from exactly these. Raises whatever signxml raises; the caller translates."""
    expected = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=frozenset({_METHODS[method]}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        default_reference_c14n_method=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        verification_time=at,
    )
    # The element was held to a narrower shape than signxml's XSD by `profile.read_signature`.
    result = _Verifier().verify(raw, x509_cert=certificate, validate_schema=False, expect_config=expected)
    if isinstance(result, list):
        raise InvalidSignature("more than one reference")
    return result.signed_data, result.signed_xml
