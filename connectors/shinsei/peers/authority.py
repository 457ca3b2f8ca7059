"""A test JPKI: a CA, 署名用電子証明書 with the four items of invented persons, and a CRL; all out of a seed, the same in every process.

Whoever knows the seed has its keys. Real ones are RSA; these are P-256, and bear the development policy (connectors.shinsei.jpki).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from connectors.shinsei.jpki import ADDRESS, BIRTH, NAME, SEX, SIGNING_POLICY, Signed

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2, section 2.4.2)
_YEARS: Final = timedelta(days=5 * 365)  # a certificate holds until the fifth birthday after its issue
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SigningCard:
    """個人番号カード as far as it signs: the key does not leave it."""

    certificate: bytes = field(repr=False)
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    def sign(self, application: bytes) -> Signed:
        """The application with a signature over exactly its bytes."""
        signature = self._key.sign(application, ec.ECDSA(SHA256(), deterministic_signing=True))
        return Signed(application, signature, self.certificate)


class Authority:
    """One CA, as of the morning (UTC) of `day`. Another `name` makes another CA."""

    def __init__(self, seed: int, day: date, name: str = "公的個人認証 試験用認証局") -> None:
        self._label = f"jpki/{seed}/{name}"
        self._key = _key(self._label)
        self._name = _name(name)
        self._since = datetime.combine(day, time(), UTC) - _DAY
        self.certificate = self._self_signed()

    def issue(
        self,
        serial: str,
        four_items: Sequence[str],
        *,
        until: datetime | None = None,
        policy: x509.ObjectIdentifier = SIGNING_POLICY,
        committing: bool = True,
    ) -> SigningCard:
        """A card. `four_items`: 氏名, 生年月日, 性別, 住所. `until`: the end of its validity; five years by default."""
        end = until or self._since + _YEARS
        key = _key(f"{self._label}/{serial}")
        items = zip((NAME, BIRTH, SEX, ADDRESS), four_items, strict=True)
        names = [x509.OtherName(oid, asn1.encode_der(value)) for oid, value in items]
        usage = _usage(digital_signature=True, content_commitment=committing)
        builder = self._builder(_name(serial), key, int(serial, 16), end)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        made = builder.sign(self._key, SHA256(), ecdsa_deterministic=True)
        return SigningCard(made.public_bytes(Encoding.DER), key)

    def revocations(self, serials: Iterable[str], *, until: datetime | None = None) -> bytes:
        """A CRL in DER, in force for the day and the night after it."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._name)
        builder = builder.last_update(self._since).next_update(until or self._since + 3 * _DAY)
        builder = builder.add_extension(x509.CRLNumber(1), critical=False)
        for serial in sorted(serials):
            one = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(self._since)
            builder = builder.add_revoked_certificate(one.build())
        return builder.sign(self._key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)

    def _self_signed(self) -> x509.Certificate:
        builder = self._builder(self._name, self._key, 1, self._since + 2 * _YEARS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        return builder.sign(self._key, SHA256(), ecdsa_deterministic=True)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(min(self._since, until - _DAY))
            .not_valid_after(until)
        )


def _key(label: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha512(label.encode()).digest(), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "juki-hub development"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
