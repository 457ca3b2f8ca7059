"""CAdES-B-B (ETSI EN 319 122-1): a detached signature over a file, by the certificate of an organisation or an office.

cryptography's own PKCS#7 signer takes no attribute that names the certificate, without which CAdES is none; so the few
structures of RFC 5652 and RFC 5035 are written here, and `openssl cms -verify -cades` reads them.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from hub.edges.pki import Identity

_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_OCTETS: Final = 0x04
_NULL: Final = b"\x05\x00"
_CONTEXT_0: Final = 0xA0
_VERSION_1: Final = b"\x02\x01\x01"
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_DATA: Final = "1.2.840.113549.1.7.1"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_ECDSA_SHA256: Final = "1.2.840.10045.4.3.2"
_RSA_SHA256: Final = "1.2.840.113549.1.1.11"
_LONG: Final = 0x80


def sign(content: bytes, signer: Identity, at: datetime) -> bytes:
    """A ContentInfo (DER) that signs `content` without holding it. `at` is the time that the signer claims, aware."""
    certificate = signer.certificate.public_bytes(Encoding.DER)
    attributes = sorted(
        [
            _attribute(_CONTENT_TYPE, _oid(_DATA)),
            _attribute(_SIGNING_TIME, asn1.encode_der(asn1.UTCTime(at.astimezone(UTC).replace(microsecond=0)))),
            _attribute(_MESSAGE_DIGEST, _der(_OCTETS, hashlib.sha256(content).digest())),
            _attribute(_SIGNING_CERTIFICATE_V2, _names(certificate)),
        ]
    )
    algorithm, signature = _signed(signer, _der(_SET, *attributes))
    signer_info = _der(
        _SEQUENCE,
        _VERSION_1,
        _issuer_and_serial(signer.certificate),
        _der(_SEQUENCE, _oid(_SHA256)),
        _der(_CONTEXT_0, *attributes),
        algorithm,
        _der(_OCTETS, signature),
    )
    signed_data = _der(
        _SEQUENCE,
        _VERSION_1,
        _der(_SET, _der(_SEQUENCE, _oid(_SHA256))),
        _der(_SEQUENCE, _oid(_DATA)),
        _der(_CONTEXT_0, certificate),
        _der(_SET, signer_info),
    )
    return _der(_SEQUENCE, _oid(_SIGNED_DATA), _der(_CONTEXT_0, signed_data))


def _signed(signer: Identity, attributes: bytes) -> tuple[bytes, bytes]:
    """AlgorithmIdentifier and signature."""
    if isinstance(signer.key, rsa.RSAPrivateKey):
        signature = signer.key.sign(attributes, padding.PKCS1v15(), SHA256())
        return _der(_SEQUENCE, _oid(_RSA_SHA256), _NULL), signature
    return _der(_SEQUENCE, _oid(_ECDSA_SHA256)), signer.key.sign(attributes, ec.ECDSA(SHA256()))


def _names(certificate: bytes) -> bytes:
    """SigningCertificateV2: the certificate by its SHA-256, which is the algorithm that need not be named."""
    return _der(_SEQUENCE, _der(_SEQUENCE, _der(_SEQUENCE, _der(_OCTETS, hashlib.sha256(certificate).digest()))))


def _issuer_and_serial(certificate: x509.Certificate) -> bytes:
    return _der(_SEQUENCE, certificate.issuer.public_bytes(), asn1.encode_der(certificate.serial_number))


def _attribute(kind: str, value: bytes) -> bytes:
    return _der(_SEQUENCE, _oid(kind), _der(_SET, value))


def _oid(dotted: str) -> bytes:
    return asn1.encode_der(x509.ObjectIdentifier(dotted))


def _der(tag: int, *parts: bytes) -> bytes:
    """One element of DER."""
    content = b"".join(parts)
    if len(content) < _LONG:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(length))) + length + content
