"""A certification authority for one run: certificates of servers on loopback, and of clients whose common name is their user.

The keys are P-256 and live in the run's temporary directory only. They have nothing to do with the keys that sign messages.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scripts.servers.account import Account

LIFE = timedelta(days=365)
#: Clocks of the same machine agree; certificates begin earlier all the same, for simulated days.
EARLIER = timedelta(days=1)
LOOPBACK_NAMES = x509.SubjectAlternativeName(
    [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of one party: its certificate and its key (0600), with the authority it trusts."""

    name: str
    certificate: Path
    key: Path
    ca: Path

    def context(self) -> ssl.SSLContext:
        """A client's TLS that shows this certificate and believes servers of the same authority only."""
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Signs for one run; its own key is never written."""

    def __init__(self, folder: Path, name: str = "juki-hub test servers") -> None:
        self.folder = folder
        self.ca = folder / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _common_name(name)
        self._certificate = (
            _builder(self._name, self._name, self._key.public_key(), self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(sign=False, certify=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.ca.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, name: str, owner: Account | None = None) -> Certificate:
        """For a server at 127.0.0.1 or localhost; `owner` alone reads its key."""
        return self._issue(name, ExtendedKeyUsageOID.SERVER_AUTH, owner)

    def client(self, name: str) -> Certificate:
        """For the user of this name: its common name."""
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def context(self) -> ssl.SSLContext:
        """A client's TLS that shows no certificate."""
        return ssl.create_default_context(cafile=self.ca)

    def _issue(self, name: str, purpose: x509.ObjectIdentifier, owner: Account | None) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_common_name(name), self._name, key.public_key(), self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign=True, certify=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        )
        if purpose == ExtendedKeyUsageOID.SERVER_AUTH:
            certificate = certificate.add_extension(LOOPBACK_NAMES, critical=False)
        files = Certificate(name, self.folder / f"{name}.pem", self.folder / f"{name}.key", self.ca)
        signed = certificate.sign(self._key, hashes.SHA256())
        files.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        _write_key(files.key, key)
        if owner is not None:
            owner.own(files.key)
        return files


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """The key identifiers tell authorities of the same name apart: OpenSSL sends what it takes for the issuer along."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _usage(*, sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certify,
        crl_sign=certify,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
