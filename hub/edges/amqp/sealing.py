"""Frames sealed for the way through the broker: HPKE (RFC 9180), base mode, P-256, HKDF-SHA256, AES-256-GCM.

The broker's disks keep what passed them, also after it was acknowledged and its queue deleted (found in the write-ahead
files of quorum queues), so nothing crosses it in clear. The `info` binds kind, direction and parties: a frame of one way
opens on no other. Who sent it is said by the signature inside, and by the transport's `user_id`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hub.codes import brk
from hub.errors import Misconfigured, Refused
from hub.exchangelog import canonical
from hub.frames import Kind

HUB: Final = "hub"
_LABEL: Final = b"juki-hub/seal@v1\n"
_SUITE: Final = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a frame: the log's origin, the kind, and the two ends by endpoint code, or `HUB`."""

    origin: str
    kind: Kind
    sender: str
    recipient: str

    @property
    def info(self) -> bytes:
        """What the encryption binds."""
        ends = {"from": self.sender, "kind": self.kind.value, "origin": self.origin, "to": self.recipient}
        return _LABEL + canonical.encode(ends)


def seal(plain: bytes, key: EllipticCurvePublicKey, way: Way) -> bytes:
    """enc and ciphertext."""
    return _SUITE.encrypt(plain, key, way.info)


def unseal(sealed: bytes, key: EllipticCurvePrivateKey, way: Way) -> bytes:
    """The frame. Raises `Refused` HUB-BRK-003 for anything that was not sealed for exactly this way."""
    try:
        return _SUITE.decrypt(sealed, key, way.info)
    except (ValueError, InvalidTag):
        raise Refused(brk.NOT_SEALED_FOR_US, kind=way.kind.value) from None


def read_seal_key(path: Path) -> EllipticCurvePrivateKey:
    """An unencrypted PKCS#8 PEM on P-256. Raises `Misconfigured` HUB-BRK-001."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise Misconfigured(brk.SEAL_KEY, file=path.name) from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise Misconfigured(brk.SEAL_KEY, file=path.name)
    return key


def read_seal_certificate(path: Path) -> EllipticCurvePublicKey:
    """The public key of a registered sealing certificate. Raises `Misconfigured` HUB-BRK-001."""
    try:
        key = x509.load_pem_x509_certificate(path.read_bytes()).public_key()
    except (OSError, ValueError):
        raise Misconfigured(brk.SEAL_KEY, file=path.name) from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise Misconfigured(brk.SEAL_KEY, file=path.name)
    return key
