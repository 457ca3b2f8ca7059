"""What a certificate must be to sign for an endpoint (RFC 5280, RFC 9336; the profile stands in certs/README.md).

Pure checks of one certificate; who issued it and whose it is decides `trust.py`.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from hub.codes import crt
from hub.errors import HubError, Refused
from hub.xmlsig.names import Method

#: id-kp-documentSigning (RFC 9336): the one extended key usage that signs envelopes.
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
#: Ours, under 2.25 (X.667) from UUID 06126b65-6809-47fd-a63d-cc5c68bd5b95: a certificate made for development only.
DEVELOPMENT_POLICY = x509.ObjectIdentifier("2.25.8071007570232788124991759083852618645")
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_ENDPOINT_URI = "urn:juki-hub:endpoint:"
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
_E = TypeVar("_E", bound=x509.ExtensionType)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER certificate, 64 lower-case hexadecimal digits."""
    return sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def endpoint_uri(tenant: str, zone: str, code: str) -> str:
    """The SAN URI that names an endpoint; every part is percent-encoded, for codes may be Japanese."""
    return _ENDPOINT_URI + ":".join(_percent(part) for part in (tenant, zone, code))


def check_named(certificate: x509.Certificate, endpoint: str) -> None:
    """Raise `Refused` when the SAN names another endpoint. A certificate of an outside CA may name none."""
    names = extension(certificate, x509.SubjectAlternativeName)
    uris = names.get_values_for_type(x509.UniformResourceIdentifier) if names else []
    ours = [uri.removeprefix(_ENDPOINT_URI).split(":") for uri in uris if uri.startswith(_ENDPOINT_URI)]
    if len(ours) > 1 or any(len(parts) != 3 for parts in ours):
        raise Refused(crt.EXTENSION, rule="subjectAltName")
    if ours and ours[0][2] != _percent(endpoint):
        raise Refused(crt.NAME, endpoint=endpoint)


def _percent(text: str) -> str:
    """RFC 3986 percent-encoding of everything but unreserved characters, so that one code has one spelling."""
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode("utf-8"))


def check_leaf(certificate: x509.Certificate, *, allow_rsa2048: bool) -> Method:
    """The signature method that the certificate's key allows. Raises `Refused` when it may not sign envelopes."""
    for found in certificate.extensions:
        if found.critical and found.oid not in _UNDERSTOOD:
            raise Refused(crt.EXTENSION, rule="unknown critical extension")
    basic = extension(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca:
        raise Refused(crt.EXTENSION, rule="CA certificate")
    usage = extension(certificate, x509.KeyUsage)
    if usage is None or not usage.digital_signature or usage.key_cert_sign or usage.crl_sign:
        raise Refused(crt.KEY_USAGE)
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    if purposes is None or list(purposes) != [DOCUMENT_SIGNING]:
        raise Refused(crt.EXTENDED_KEY_USAGE)
    check_hash(certificate)
    return key_method(certificate, allow_rsa2048=allow_rsa2048)


def check_hash(certificate: x509.Certificate) -> None:
    """Raise `Refused` when the certificate's own signature uses less than SHA-256."""
    if not isinstance(certificate.signature_hash_algorithm, (SHA256, SHA384, SHA512)):
        raise Refused(crt.WEAK_HASH)


def key_method(certificate: x509.Certificate, *, allow_rsa2048: bool) -> Method:
    """ECDSA for P-256, RSA from 3072 bits (2048 where the CA is marked so). Raises `Refused` for every other key."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, ec.SECP256R1):
            raise Refused(crt.KEY_KIND, what="elliptic curve other than P-256")
        return Method.ECDSA
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refused(crt.KEY_KIND, what="neither ECDSA nor RSA")
    limit = 2048 if allow_rsa2048 else 3072
    if key.key_size < limit:
        raise Refused(crt.KEY_TOO_SHORT, bits=key.key_size, limit=limit)
    return Method.RSA


def check_time(certificate: x509.Certificate, at: datetime, what: str) -> None:
    """Raise `Refused` unless `at` (aware) lies within the validity, both ends included (RFC 5280 section 4.1.2.5)."""
    if at < certificate.not_valid_before_utc:
        raise Refused(crt.NOT_YET_VALID, what=what)
    if at > certificate.not_valid_after_utc:
        raise Refused(crt.EXPIRED, what=what)


def is_development(certificate: x509.Certificate) -> bool:
    """Whether the certificate bears the development policy."""
    policies = extension(certificate, x509.CertificatePolicies)
    return policies is not None and any(policy.policy_identifier == DEVELOPMENT_POLICY for policy in policies)


def check_authority(certificate: x509.Certificate, *, allow_rsa2048: bool) -> str | None:
    """None when a pinned certificate may issue; otherwise the rule it breaks."""
    basic = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    if basic is None or not basic.ca:
        return "basicConstraints"
    if usage is None or not usage.key_cert_sign:
        return "keyUsage"
    try:
        check_hash(certificate)
        key_method(certificate, allow_rsa2048=allow_rsa2048)
    except HubError as refusal:
        return refusal.code.id
    return None


def extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    """The extension's value, or None when it is absent. Raises `ValueError` when the extensions are damaged."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
