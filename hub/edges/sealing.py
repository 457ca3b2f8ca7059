"""Encryption of single records: one AES-256-GCM data key each, wrapped under a bucket key, wrapped under the master key.

Every ciphertext is nonce (12 random bytes) || AES-GCM output (NIST SP 800-38D), and names its place as associated data,
so that neither a ciphertext nor a wrapped key means anything elsewhere. Pure but for the randomness.
"""

from __future__ import annotations

import hmac
import os
from datetime import date

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.codes import key
from hub.errors import IntegrityError

KEY_SIZE = 32
NONCE_SIZE = 12
PSEUDONYM_SIZE = 16


def new_key() -> bytes:
    """256 bits that nobody knows."""
    return os.urandom(KEY_SIZE)


def secret_place(key_id: int, index: int, slot: str) -> bytes:
    """Associated data of a secret: its key, its entry and its slot."""
    return f"juki-hub secret 1\n{key_id}\n{index}\n{slot}".encode()


def data_key_place(key_id: int) -> bytes:
    """Associated data of a wrapped data key; the bucket needs no mention, for its key is the bucket's own."""
    return f"juki-hub data key 1\n{key_id}".encode()


def bucket_place(retention: str, due: date) -> bytes:
    """Associated data of a wrapped bucket key."""
    return f"juki-hub bucket 1\n{retention}\n{due.isoformat()}".encode()


def pseudonym_key(bucket_key: bytes) -> bytes:
    """The key of a bucket's pseudonyms (RFC 5869): who has lost the bucket's key can neither make nor link them."""
    return HKDF(SHA256(), KEY_SIZE, salt=None, info=b"juki-hub pseudonym 1").derive(bucket_key)


def pseudonym(key_of_bucket: bytes, subject: str) -> bytes:
    """By which an entry about a person is found: the same token has another one in every bucket."""
    return hmac.digest(key_of_bucket, subject.encode(), "sha256")[:PSEUDONYM_SIZE]


class Dice:
    """Random bytes for many records, drawn from the kernel at once: a call for each would cost more than the cipher."""

    def __init__(self, records: int) -> None:
        self._bytes = os.urandom(records * (KEY_SIZE + 2 * NONCE_SIZE))
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next bytes, never given twice. Raises `ValueError` when they are used up."""
        start, self._at = self._at, self._at + size
        if self._at > len(self._bytes):
            raise ValueError("no random bytes left")
        return self._bytes[start : self._at]


def seal(secret_key: bytes, plain: bytes, place: bytes, nonce: bytes | None = None) -> bytes:
    """Encrypts and binds to `place`; a nonce that is passed in is random and used once."""
    nonce = nonce or os.urandom(NONCE_SIZE)
    return nonce + AESGCM(secret_key).encrypt(nonce, plain, place)


def unseal(secret_key: bytes, sealed: bytes, place: bytes, what: str) -> bytes:
    """The plaintext. Raises `IntegrityError` when key, ciphertext or place is another; `what` says of which kind."""
    try:
        return AESGCM(secret_key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], place)
    except (InvalidTag, ValueError) as error:
        raise IntegrityError(key.SECRET_UNREADABLE, what=what) from error
