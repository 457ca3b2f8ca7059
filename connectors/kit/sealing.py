"""Sealing of what the endpoint keeps on disk: AES-256-GCM (NIST SP 800-38D), 96-bit random nonce, bound to its row."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.kit.identity import Identity
from hub.codes import kit
from hub.errors import IntegrityError

_NONCE = 12


class Sealer:
    """Seals under one key for one owner; a sealed row opens only under the same owner and the same row name."""

    def __init__(self, key: bytes, owner: str) -> None:
        self._cipher = AESGCM(key)
        self._owner = owner.encode("utf-8")

    @classmethod
    def of(cls, identity: Identity) -> Sealer:
        return cls(identity.store_key, f"{identity.tenant}/{identity.zone}/{identity.endpoint}")

    def seal(self, row: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, self._bound(row))

    def open(self, row: str, sealed: bytes) -> bytes:
        """Raises `IntegrityError` when the bytes, the row or the key are not the ones that were sealed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(row))
        except (InvalidTag, ValueError) as error:
            raise IntegrityError(kit.STORE_DAMAGED, kind="seal") from error

    def opens(self, row: str, sealed: bytes, expected: bytes) -> bool:
        """Whether `sealed` opens to `expected`: how a store proves that this is its key."""
        try:
            return self.open(row, sealed) == expected
        except IntegrityError:
            return False

    def _bound(self, row: str) -> bytes:
        return self._owner + b"\x00" + row.encode("utf-8")
