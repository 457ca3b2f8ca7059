"""Signed notes (c2sp.org/signed-note) with Ed25519 keys, signature type 0x01, the only one the hub's own keys use.

Signatures by unknown keys are kept and ignored, as the standard demands: that is how witnesses cosign later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.text import base64_bytes, base64_text

ED25519 = b"\x01"
MAX_SIGNATURES = 64  # the standard: at least 16 must be accepted, and a limit should be set
MAX_CHARACTERS = 512 * 1024  # of a whole note: MAX_SIGNATURES post-quantum signatures fit

_NAME = re.compile(r"[^\s+]+")  # "non-empty, no Unicode spaces, no plus"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]|[\ud800-\udfff]")  # control characters but newline; not valid UTF-8


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 public key; its text form (vkey) is `name+hex(id)+base64(0x01 || key)`."""

    name: str
    public: bytes

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey) -> VerifierKey:
        """The public half of a signing key."""
        return cls(name, key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Raises `IntegrityError` unless `text` is exactly what `encode` writes."""
        try:
            name, _, material = text.split("+", 2)
            key = cls(name, base64_bytes(material, 33)[1:])
        except ValueError as error:
            raise IntegrityError(log.KEY_MALFORMED) from error
        if not is_name(name) or key.encode() != text:
            raise IntegrityError(log.KEY_MALFORMED)
        return key

    @property
    def id(self) -> bytes:
        """signed-note: SHA-256(name || 0x0A || signature type || public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def encode(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64_text(ED25519 + self.public)}"

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether the signature (without key id) is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. `blob` follows the key id: for type 0x01 the 64 bytes of RFC 8032."""

    name: str
    id: bytes
    blob: bytes

    def encode(self) -> str:
        return f"— {self.name} {base64_text(self.id + self.blob)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text ending in a newline, and who signed it; nothing of it counts before `require` has passed."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def sign(cls, text: str, name: str, key: Ed25519PrivateKey) -> Note:
        """The text signed by one key. Raises `ValueError` for a name or text that no note can have."""
        if not is_name(name) or not text.endswith("\n") or _CONTROL.search(text):
            raise ValueError("not the name or the text of a note")
        return cls(text, (Signature(name, VerifierKey.of(name, key).id, key.sign(text.encode())),))

    @classmethod
    def parse(cls, encoded: str) -> Note:
        """Raises `IntegrityError` unless `encoded` is exactly what `encode` writes for some note."""
        try:
            note = _parse(encoded)
        except ValueError as error:
            raise IntegrityError(log.NOTE_MALFORMED) from error
        if note.encode() != encoded:
            raise IntegrityError(log.NOTE_MALFORMED)
        return note

    def encode(self) -> str:
        return self.text + "\n" + "".join(signature.encode() for signature in self.signatures)

    def require(self, key: VerifierKey) -> None:
        """Returns when the note bears exactly one signature line of this key and it holds; else `IntegrityError`."""
        mine = [line for line in self.signatures if (line.name, line.id) == (key.name, key.id)]
        if len(mine) != 1:
            raise IntegrityError(log.NOTE_UNSIGNED, key=key.name, lines=len(mine))
        if not key.signed(self.text, mine[0].blob):
            raise IntegrityError(log.NOTE_FORGED, key=key.name)


def is_name(name: str) -> bool:
    """Whether a key may be called so."""
    return bool(_NAME.fullmatch(name)) and not _CONTROL.search(name)


def _parse(encoded: str) -> Note:
    """Reads leniently what `Note.parse` then compares; raises `ValueError` where there is nothing to compare."""
    if len(encoded) > MAX_CHARACTERS or _CONTROL.search(encoded):
        raise ValueError("not a note")
    text, separator, block = encoded.rpartition("\n\n")  # "separated from the signatures by the last empty line"
    lines = block.split("\n")[:-1]
    if not separator or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise ValueError("no signatures, or too many")
    return Note(text + "\n", tuple(_parse_signature(line) for line in lines))


def _parse_signature(line: str) -> Signature:
    _, name, encoded = line.split(" ")
    blob = base64_bytes(encoded)
    if not is_name(name) or len(blob) < 5:
        raise ValueError("not a signature line")
    return Signature(name, blob[:4], blob[4:])
