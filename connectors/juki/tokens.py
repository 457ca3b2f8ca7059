"""Opaque tokens for persons and ids for messages, both computed, so that a plan can be written before anything runs.

Subject: docs/spec/message.md section 4. MessageId: UUID version 7 (RFC 9562 section 5.7) whose random bits are a digest.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

_SUBJECT_BYTES: Final = 16
_KEY_BYTES: Final = 16


def subject(key: bytes, recipient: str, atena_bangou: str) -> str:
    """The token for a person towards one recipient: 22 characters of base64url, different for every recipient and key.

    It is a keyed digest of 宛名番号, never of 個人番号 or 住民票コード. Raises `ValueError` for a key of fewer than 16 bytes.
    """
    if len(key) < _KEY_BYTES:
        raise ValueError("a subject key has at least 16 bytes")
    digest = hmac.digest(key, recipient.encode() + b"\0" + atena_bangou.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:_SUBJECT_BYTES]).decode("ascii").rstrip("=")


def message_id(event_time_ms: int, *parts: str) -> str:
    """A UUIDv7 of that Unix time in milliseconds; its 74 other bits come from SHA-256 of the parts, each length-prefixed.

    The same time and parts always make the same id. Raises `ValueError` when there is no part or the time has no 48 bits.
    """
    if not parts or not 0 <= event_time_ms < 1 << 48:
        raise ValueError("an id needs a time of 48 bits and at least one part")
    texts = (part.encode() for part in parts)
    digest = hashlib.sha256(b"".join(len(text).to_bytes(4, "big") + text for text in texts)).digest()
    rand = int.from_bytes(digest, "big")
    value = event_time_ms << 80 | 0x7 << 76 | (rand & 0xFFF) << 64 | 0b10 << 62 | (rand >> 12 & (1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def onward_message_id(cause: str, recipient: str) -> str:
    """The id of the one message that a connector sends on to `recipient` because of the message `cause` (a UUIDv7).

    It bears the time of its cause, so that whoever knows the cause knows it too.
    """
    return message_id(int(cause.replace("-", "")[:12], 16), "onward", cause, recipient)
