"""E2: who signed a filing, and whether it is what was signed (L1022, L1681). Fail closed: whatever is not proven is not so.

A 署名用電子証明書 says the four items of its holder. Checked in this order, each failure under its own domain code: issued by
the pinned CA under its signing policy, in its validity when the filing arrived, not on the CRL, the signature over exactly
these bytes. Without a CRL in force there is no verdict at all. Known holes: one CA and no bridge; no OCSP; an older CRL that
is still in force is not told from a newer one. tests/unit/test_shinsei_jpki.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from connectors.kit.domain import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_UNTRUSTED,
    FILING_CHANGED,
)

# The house's development policy (certs/), and what we number below it: the real OIDs stand for real certificates alone.
DEVELOPMENT: Final = "2.25.8071007570232788124991759083852618645"
SIGNING_POLICY: Final = x509.ObjectIdentifier(f"{DEVELOPMENT}.1")
NAME, BIRTH, SEX, ADDRESS = (x509.ObjectIdentifier(f"{DEVELOPMENT}.2.{number}") for number in range(1, 5))
_RSA_BITS: Final = 2048  # what the real CA issues
_CRITICAL: Final = frozenset({x509.BasicConstraints.oid, x509.KeyUsage.oid, x509.CertificatePolicies.oid})


class Unverified(Exception):
    """The filing was not signed as it must be; `code` is the domain code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoRevocationList(Exception):
    """There is no CRL in force: neither yes nor no. The filing waits."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A filing as it came: the signed bytes, the signature over them (SHA-256), the certificate in DER."""

    application: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    certificate: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate it is: its serial in upper-case hexadecimal, and 氏名, 生年月日, 性別, 住所 as it says them."""

    serial: str
    four_items: tuple[str, str, str, str] = field(repr=False)


class Verifier:
    """Believes one CA and one policy of it."""

    def __init__(self, anchor: x509.Certificate, policy: x509.ObjectIdentifier = SIGNING_POLICY) -> None:
        self._anchor = anchor
        self._policy = policy

    def holder(self, signed: Signed, crl: bytes, at: datetime) -> Holder:
        """Who filed, as of `at` (aware). Raises `Unverified`, or `NoRevocationList` when `crl` says nothing of that time."""
        if at.tzinfo is None:
            raise ValueError("the time of verification must be aware")
        try:
            certificate = x509.load_der_x509_certificate(signed.certificate)
            self._check_kind(certificate)
            holder = Holder(_serial(certificate), _four_items(certificate))
        except Unverified:
            raise
        except Exception:  # noqa: BLE001 - cryptography raises many kinds for a damaged certificate; none may escape
            raise Unverified(CERTIFICATE_UNTRUSTED) from None
        for one in (certificate, self._anchor):
            if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
                raise Unverified(CERTIFICATE_EXPIRED)
        if self._revocations(crl, at).get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
            raise Unverified(CERTIFICATE_REVOKED)
        _check_signature(signed, certificate)
        return holder

    def _check_kind(self, certificate: x509.Certificate) -> None:
        """A signing certificate of a person, issued by our CA. Raises `Unverified`, or whatever cryptography raises."""
        certificate.verify_directly_issued_by(self._anchor)
        extensions = certificate.extensions
        basic = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
        fits = (
            not basic.ca
            and usage.digital_signature
            and usage.content_commitment
            and not usage.key_cert_sign
            and isinstance(certificate.signature_hash_algorithm, SHA256)
            and any(policy.policy_identifier == self._policy for policy in policies)
            and all(not one.critical or one.oid in _CRITICAL for one in extensions)
        )
        if not fits:
            raise Unverified(CERTIFICATE_UNTRUSTED)

    def _revocations(self, der: bytes, at: datetime) -> x509.CertificateRevocationList:
        try:
            crl = x509.load_der_x509_crl(der)
            key = self._anchor.public_key()
            if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
                raise NoRevocationList
            until = crl.next_update_utc
            fits = (
                crl.issuer == self._anchor.subject
                and crl.is_signature_valid(key)
                and isinstance(crl.signature_hash_algorithm, SHA256)
                # Partial and indirect lists say so in a critical extension.
                and not any(one.critical for one in crl.extensions)
                and until is not None
                and crl.last_update_utc <= at <= until
            )
        except NoRevocationList:
            raise
        except Exception:  # noqa: BLE001 - a list that cannot be read is no list
            raise NoRevocationList from None
        if not fits:
            raise NoRevocationList
        return crl


def serial_of(signed: Signed) -> str:
    """The serial of a certificate that was verified before."""
    return _serial(x509.load_der_x509_certificate(signed.certificate))


def _serial(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:X}"


def _four_items(certificate: x509.Certificate) -> tuple[str, str, str, str]:
    """Each exactly once, in the subjectAltName. Raises `ValueError` or what cryptography raises."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    said = [(one.type_id, one.value) for one in names if isinstance(one, x509.OtherName)]
    found = dict(said)
    if len(said) != len(found):
        raise ValueError("an item stands twice")
    name, birth, sex, address = (asn1.decode_der(str, found[oid]) for oid in (NAME, BIRTH, SEX, ADDRESS))
    return name, birth, sex, address


def _check_signature(signed: Signed, certificate: x509.Certificate) -> None:
    """改ざん検知. Raises `Unverified`."""
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            key.verify(signed.signature, signed.application, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS:
            key.verify(signed.signature, signed.application, padding.PKCS1v15(), SHA256())
        else:
            raise Unverified(CERTIFICATE_UNTRUSTED)
    except InvalidSignature:
        raise Unverified(FILING_CHANGED) from None
