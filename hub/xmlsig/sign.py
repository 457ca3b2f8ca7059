"""Sign an envelope: enveloped signature as last child, in the one byte form that `precheck` accepts.

Used by connectors and by `hub sign`; the hub itself never signs a payload (design section 3).
"""

from __future__ import annotations

from base64 import b64encode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from hub.codes import crt, sig
from hub.errors import Misconfigured, Refused
from hub.xmlsig.certificate import key_method
from hub.xmlsig.engine import signer
from hub.xmlsig.limits import DEFAULT_LIMITS, Limits
from hub.xmlsig.names import DS, ENVELOPE, ds
from hub.xmlsig.precheck import canonical, parse, precheck
from hub.xmlsig.rawcheck import DECLARATION, check_bytes

SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def sign(
    unsigned: etree._Element | bytes,
    key: SigningKey,
    certificate: x509.Certificate,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """The signed envelope: UTF-8, XML declaration, exclusive C14N. `unsigned` has Header and Body and no Signature.

    Raises `Refused` (SIG) when the result would not pass `precheck`, `Misconfigured` when key and certificate differ.
    """
    if key.public_key() != certificate.public_key():
        raise Misconfigured(crt.KEY_MISMATCH)
    # RSA 2048 may be demanded by an outside CA; the verifier decides by the CA (Anchor.allow_rsa2048).
    method = key_method(certificate, allow_rsa2048=True)
    root = _normalised(unsigned, limits)
    signed = signer(method).sign(root, key=key, key_info=_key_info(certificate))
    raw = DECLARATION + canonical(signed)
    precheck(raw, limits)
    return raw


def _normalised(unsigned: etree._Element | bytes, limits: Limits) -> etree._Element:
    """A private copy in canonical form; refuses what canonicalisation would silently drop or the verifier refuse."""
    given = parse(unsigned) if isinstance(unsigned, bytes) else unsigned
    document = given.getroottree().docinfo
    if isinstance(unsigned, bytes) and (document.internalDTD is not None or document.externalDTD is not None):
        raise Refused(sig.DOCTYPE)
    for node in given.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity):
        raise Refused(sig.MARKUP, rule=type(node).__name__.strip("_"))
    if given.tag != ENVELOPE:
        raise Refused(sig.ENVELOPE, rule="root")
    if next(given.iter(f"{{{DS}}}*"), None) is not None:
        raise Refused(sig.SIGNATURE_DUPLICATE)
    plain = DECLARATION + canonical(given)
    check_bytes(plain, limits)
    return parse(plain)


def _key_info(certificate: x509.Certificate) -> etree._Element:
    """KeyInfo with the one certificate, base64 without line breaks (signxml itself would fold it at 64)."""
    key_info = etree.Element(ds("KeyInfo"), nsmap={"ds": DS})
    data = etree.SubElement(key_info, ds("X509Data"))
    etree.SubElement(data, ds("X509Certificate")).text = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return key_info
