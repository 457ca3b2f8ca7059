"""Whether a certificate from a CA serves at the broker: as certs/tls.yaml or certs/seal.yaml say, from a pinned CA, in time.

Pure. An outside CA may add names of its own, but no other common name, for that is the user; and no URI of another party.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.codes import brk, crt
from hub.errors import HubError, Misconfigured, Refused, Words
from hub.xmlsig import fingerprint, is_development
from hub.xmlsig.certificate import check_hash, extension

PRODUCTION: Final = "production"
_OURS: Final = "urn:juki-hub:endpoint:"


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom this home trusts, and when it looks (aware). `revoked` are fingerprints."""

    anchors: Sequence[x509.Certificate]
    revoked: frozenset[str]
    environment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """What the certificate is for; `file` names it in what is said of it."""

    file: str
    common_name: str
    uri: str
    seals: bool

    @property
    def profile(self) -> str:
        """In certs/."""
        return "seal.yaml" if self.seals else "tls.yaml"


def faults(certificate: x509.Certificate, expected: Expected, trusted: Trusted) -> Iterator[HubError]:
    """Everything that is wrong with it, as HUB-BRK-022 to -025 and HUB-CRT-012."""
    file = expected.file
    issuer = next((one for one in trusted.anchors if _issued(certificate, one)), None)
    if issuer is None or fingerprint(certificate) in trusted.revoked:
        yield Misconfigured(brk.CERTIFICATE_UNTRUSTED, file=file)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [one.value for one in names] != [expected.common_name]:
        yield Misconfigured(brk.CERTIFICATE_NAME, file=file, expected=expected.common_name)
    for rule in _broken(certificate, expected):
        yield Misconfigured(brk.CERTIFICATE_PROFILE, file=file, profile=expected.profile, rule=rule)
    for one, words in ((certificate, _ITSELF), (issuer, _ISSUER)):
        if one is not None and not one.not_valid_before_utc <= trusted.at <= one.not_valid_after_utc:
            yield Misconfigured(brk.CERTIFICATE_DATES, file=file, what=words)
    if trusted.environment == PRODUCTION and _readable(certificate) and is_development(certificate):
        yield Misconfigured(crt.DEVELOPMENT, what=file)


_ITSELF: Final = Words("証明書", "the certificate")
_ISSUER: Final = Words("発行した認証局", "the CA that issued it")


def _issued(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(anchor)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _readable(certificate: x509.Certificate) -> bool:
    try:
        len(certificate.extensions)
    except (ValueError, x509.DuplicateExtension):
        return False
    return True


def _broken(certificate: x509.Certificate, expected: Expected) -> Iterator[str]:
    """The rules of the profile that it breaks, by the names that the profile gives them."""
    if not _readable(certificate):
        yield "extensions"
        return
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        yield "key"
    try:
        check_hash(certificate)
    except Refused:
        yield "hash"
    basic = extension(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca:
        yield "basicConstraints"
    if _bits(extension(certificate, x509.KeyUsage)) != (not expected.seals, expected.seals, False, False):
        yield "keyUsage"
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    if (None if purposes is None else list(purposes)) != (
        None if expected.seals else [ExtendedKeyUsageOID.CLIENT_AUTH]
    ):
        yield "extendedKeyUsage"
    names = extension(certificate, x509.SubjectAlternativeName)
    uris = names.get_values_for_type(x509.UniformResourceIdentifier) if names else []
    if any(uri.startswith(_OURS) and uri != expected.uri for uri in uris):
        yield "subjectAltName"


def _bits(usage: x509.KeyUsage | None) -> tuple[bool, bool, bool, bool] | None:
    """Signs, agrees, signs certificates, signs lists."""
    if usage is None:
        return None
    return (usage.digital_signature, usage.key_agreement, usage.key_cert_sign, usage.crl_sign)
