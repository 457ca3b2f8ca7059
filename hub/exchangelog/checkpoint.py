"""Checkpoints (c2sp.org/tlog-checkpoint): origin, size and root, signed by the log's key, whose name is the origin.

Extension lines are refused: they are not auditable, and the hub's log has none. One origin has one key for its life; with
another key the log goes on under another origin (hub.exchangelog.line).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.note import Note, VerifierKey
from hub.exchangelog.text import base64_bytes, base64_text, decimal
from hub.exchangelog.tree import HASH_SIZE, verify_consistency


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one size."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"

    def sign(self, key: Ed25519PrivateKey) -> str:
        """The signed note. The caller must have remembered this checkpoint durably first: see `advance`."""
        return Note.sign(self.body(), self.origin, key).encode()

    @classmethod
    def claimed(cls, note: str) -> Checkpoint:
        """What an unverified note says: to choose the key by its origin, never to believe it."""
        return _parse(Note.parse(note).text)

    @classmethod
    def verified(cls, note: str, key: VerifierKey) -> Checkpoint:
        """The checkpoint of a note that this log key signed. Raises `IntegrityError`."""
        parsed = Note.parse(note)
        parsed.require(key)
        checkpoint = _parse(parsed.text)
        if checkpoint.origin != key.name:
            raise IntegrityError(log.CHECKPOINT_MALFORMED)
        return checkpoint


def _parse(body: str) -> Checkpoint:
    try:
        origin, size, root = body.split("\n")[:3]
        checkpoint = Checkpoint(origin, decimal(size), base64_bytes(root, HASH_SIZE))
    except ValueError as error:
        raise IntegrityError(log.CHECKPOINT_MALFORMED) from error
    if not origin or checkpoint.body() != body:
        raise IntegrityError(log.CHECKPOINT_MALFORMED)
    return checkpoint


def agree(one: Checkpoint, other: Checkpoint, proof: Sequence[bytes] | None) -> Checkpoint:
    """The larger of two checkpoints of one log, once the smaller is proven to be its prefix, whichever came first.

    That both are of one log, whatever it was called, the caller knows. `proof` is the consistency proof from the smaller to
    the larger size and is needed only when the sizes differ.
    Raises `IntegrityError`: LOG_FORKED is evidence that the log showed two histories, and both notes should be kept.
    """
    small, large = sorted((one, other), key=lambda checkpoint: checkpoint.size)
    if small.size == large.size:
        if small.root != large.root:
            raise IntegrityError(log.LOG_FORKED, small=small.size, large=large.size)
        return large
    if proof is None:
        raise IntegrityError(log.CONSISTENCY_MISSING, small=small.size, large=large.size)
    try:
        verify_consistency(small.size, small.root, large.size, large.root, proof)
    except IntegrityError as error:
        raise IntegrityError(log.LOG_FORKED, small=small.size, large=large.size) from error
    return large


def advance(last: Checkpoint | None, new: Checkpoint, proof: Sequence[bytes]) -> Checkpoint:
    """The signer's memory rule: what may be signed after `last`, which it keeps outside the database.

    Returns `new` when it equals `last` or is proven to extend it; raises `IntegrityError` for anything smaller or
    different, which is how a restored backup or a second process on a copy shows itself.
    """
    if last is None:
        return new
    if new.origin != last.origin:
        raise IntegrityError(log.OTHER_LOG)
    if new.size < last.size:
        raise IntegrityError(log.SIGNER_BEHIND, size=new.size, last=last.size)
    return agree(last, new, proof)
