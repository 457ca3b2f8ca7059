"""The ward's seal at the certificate server: a key of its own and a certificate for it, made at the first start of the simulator.

A stand-in: a real ward signs with a key of 地方公共団体組織認証基盤 in a device. Here the certificate is its own issuer, and whoever checks a
document is handed it. Neither half that is missing is made anew while the other is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.kit.languages import folders

KEY: Final = "conbini-seal.key"
CERTIFICATE: Final = "conbini-seal.crt"
_NAME: Final = "足立区長(模擬)"
_YEARS: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Seal:
    """Where the key and its certificate lie, both PEM."""

    key: Path
    certificate: Path

    @classmethod
    def at(cls, folder: Path) -> Seal:
        """The seal in `folder`, made if neither half is there. Raises `FileNotFoundError` when one half is missing."""
        seal = cls(folder / KEY, folder / CERTIFICATE)
        if not seal.key.exists() and not seal.certificate.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            # The key first: a certificate whose key nobody has says nothing, and a start that died between the two shows.
            folders.write(folder, {KEY: _pem(key)})
            folders.write(folder, {CERTIFICATE: _certificate(key).public_bytes(serialization.Encoding.PEM)})
        for half in (seal.key, seal.certificate):
            if not half.is_file():
                raise FileNotFoundError(half.name)
        return seal


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    no_password = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
