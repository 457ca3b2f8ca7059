"""Inclusion proofs that stand alone (c2sp.org/tlog-proof@v1): index, path, the signed checkpoint, and opaque extra data."""

from __future__ import annotations

from dataclasses import dataclass

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.text import base64_bytes, base64_text, decimal
from hub.exchangelog.tree import HASH_SIZE, Path

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PATH = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """`note` is the checkpoint verbatim; `extra` is not authenticated by the format."""

    index: int
    path: Path
    note: str
    extra: bytes = b""

    def encode(self) -> str:
        extra = f"extra {base64_text(self.extra)}\n" if self.extra else ""
        path = "".join(f"{base64_text(hash_)}\n" for hash_ in self.path)
        return f"{HEADER}\n{extra}index {self.index}\n{path}\n{self.note}"

    @classmethod
    def parse(cls, encoded: str) -> Proof:
        """Raises `IntegrityError` unless `encoded` is exactly what `encode` writes; the note is not looked into."""
        try:
            proof = _parse(encoded)
        except ValueError as error:
            raise IntegrityError(log.PROOF_MALFORMED) from error
        if proof.encode() != encoded:
            raise IntegrityError(log.PROOF_MALFORMED)
        return proof


def _parse(encoded: str) -> Proof:
    head, _, note = encoded.partition("\n\n")
    _, *lines = head.split("\n")
    extra = base64_bytes(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else b""
    if not 1 <= len(lines) <= 1 + MAX_PATH:
        raise ValueError("no index, or too many hashes")
    index, *path = lines
    return Proof(decimal(index.removeprefix("index ")), tuple(base64_bytes(h, HASH_SIZE) for h in path), note, extra)
