"""Cosignatures (c2sp.org/tlog-cosignature, Ed25519): a witness's word that, at a time, a checkpoint was the newest it had seen.

A cosignature is one more signature line of the checkpoint's note; whoever does not know the witness ignores it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.codes import log, wit
from hub.errors import IntegrityError
from hub.exchangelog.note import Note, Signature, is_name
from hub.exchangelog.text import base64_bytes, base64_text

COSIGNATURE = b"\x04"  # the signature type of Ed25519 cosignatures
_TIME = 8  # bytes, big-endian


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness by name and key; its text form (vkey) is `name+hex(id)+base64(0x04 || key)`."""

    name: str
    public: bytes

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey) -> Cosigner:
        """The public half of a witness's key."""
        return cls(name, key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Cosigner:
        """Raises `IntegrityError` unless `text` is exactly what `encode` writes."""
        try:
            name, _, material = text.split("+", 2)
            cosigner = cls(name, base64_bytes(material, 33)[1:])
        except ValueError as error:
            raise IntegrityError(log.KEY_MALFORMED) from error
        if not is_name(name) or cosigner.encode() != text:
            raise IntegrityError(log.KEY_MALFORMED)
        return cosigner

    @property
    def id(self) -> bytes:
        """tlog-cosignature: SHA-256(name || 0x0A || 0x04 || public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + COSIGNATURE + self.public).digest()[:4]

    def encode(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64_text(COSIGNATURE + self.public)}"

    def time(self, note: Note) -> int:
        """When this witness cosigned the note (POSIX seconds). Raises `IntegrityError` HUB-WIT-001 or -002."""
        mine = [line for line in note.signatures if (line.name, line.id) == (self.name, self.id)]
        if len(mine) != 1:
            raise IntegrityError(wit.NOT_COSIGNED, witness=self.name, lines=len(mine))
        blob = mine[0].blob
        seconds, signature = int.from_bytes(blob[:_TIME], "big"), blob[_TIME:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, _message(note.text, seconds))
        except (InvalidSignature, ValueError):
            raise IntegrityError(wit.COSIGNATURE_FORGED, witness=self.name) from None
        return seconds


def cosign(text: str, name: str, key: Ed25519PrivateKey, seconds: int) -> Signature:
    """The line of this witness under a checkpoint's text."""
    blob = seconds.to_bytes(_TIME, "big") + key.sign(_message(text, seconds))
    return Signature(name, Cosigner.of(name, key).id, blob)


def _message(text: str, seconds: int) -> bytes:
    """What is signed: a header, the time, and the whole text of the checkpoint."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
