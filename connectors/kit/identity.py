"""Who an endpoint is: its name, zone and keys, and the log it believes (docs/spec/message.md sections 1, 2 and 4)."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

from cryptography import x509

from hub.xmlsig import SigningKey

_TOKEN_BYTES = 16
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class LogTrust:
    """What a recipient pins of its zone's log: the origin, the verifier key of the offline root, the signed key list."""

    origin: str
    root_key: str
    key_list: str


@dataclass(frozen=True, slots=True)
class Identity:
    """One endpoint in one zone. `subject_key` makes the Subject tokens, `store_key` seals the outbox; 32 bytes each."""

    endpoint: str
    zone: str
    tenant: str
    environment: str
    certificate: x509.Certificate = field(repr=False)
    key: SigningKey = field(repr=False)
    subject_key: bytes = field(repr=False)
    store_key: bytes = field(repr=False)
    log: LogTrust = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.subject_key) != KEY_BYTES or len(self.store_key) != KEY_BYTES:
            raise ValueError("subject_key and store_key are 32 bytes each")

    def subject(self, recipient: str, person: str) -> str:
        """The opaque token by which we speak of `person` (宛名番号) to `recipient`; two recipients cannot join theirs."""
        return subject_token(self.subject_key, recipient, person)


def subject_token(key: bytes, recipient: str, person: str) -> str:
    """22 characters of base64url: a keyed digest of 宛名番号, never of 個人番号 or 住民票コード.

    Raises `ValueError` for a key of fewer than 16 bytes.
    """
    if len(key) < _TOKEN_BYTES:
        raise ValueError("a subject key has at least 16 bytes")
    token = hmac.digest(key, recipient.encode("utf-8") + b"\x00" + person.encode("utf-8"), "sha256")[:_TOKEN_BYTES]
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode("ascii")
