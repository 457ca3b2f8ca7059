"""Files for a medium: sealed to one recipient's certificate by HPKE (RFC 9180), so that a lost medium tells nothing.

One line of canonical JSON (what it is, for whom, by which statement), a line feed, then enc and ciphertext as the library
writes them: KEM P-256, HKDF-SHA256, AES-256-GCM. The line is the `info` of the encryption: it cannot be changed alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from hub.codes import med
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog import canonical

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LONGEST_HEAD = 4096


def seal(plain: bytes, recipient: x509.Certificate, head: Mapping[str, str]) -> bytes:
    """The file's bytes. Raises `Misconfigured` HUB-MED-001 for a certificate of another kind of key."""
    key = recipient.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Misconfigured(med.KEY_KIND)
    line = canonical.encode(head)
    return line + b"\n" + _SUITE.encrypt(plain, key, line)


def unseal(data: bytes, key: object, file: str) -> tuple[Mapping[str, object], bytes]:
    """The head and the plaintext. Raises `Misconfigured` HUB-MED-001, `IntegrityError` HUB-MED-002."""
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Misconfigured(med.KEY_KIND)
    line, found, sealed = data[:_LONGEST_HEAD].partition(b"\n")
    try:
        head = canonical.decode(line)
        if not found or not isinstance(head, dict):
            raise ValueError("no head")
        return head, _SUITE.decrypt(sealed + data[_LONGEST_HEAD:], key, line)
    except (ValueError, InvalidTag) as error:
        raise IntegrityError(med.NOT_A_MEDIUM, file=file) from error
