"""What a witness and a log say to each other (c2sp.org/tlog-witness): the request, and what a witness must make of it.

Pure: who keeps the latest checkpoint, and that it is kept before an answer goes out, is the edge's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.errors import IntegrityError
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.text import base64_bytes, base64_text, decimal
from hub.exchangelog.tree import HASH_SIZE, verify_consistency

MAX_REQUEST: Final = 1 << 20  # bytes
MAX_PROOF: Final = 63  # hashes
SIZE_MEDIA: Final = "text/x.tlog.size"

COSIGNED, MALFORMED, FORBIDDEN, UNKNOWN, CONFLICT, UNPROVEN = 200, 400, 403, 404, 409, 422


@dataclass(frozen=True, slots=True)
class Request:
    """`old` is the size that the log believes the witness has seen last, `proof` leads from there to the note's size."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def encode(self) -> bytes:
        lines = [f"old {self.old}", *map(base64_text, self.proof)]
        return ("".join(f"{line}\n" for line in lines) + "\n" + self.note).encode()

    @classmethod
    def parse(cls, data: bytes) -> Request:
        """Raises `ValueError` unless `data` is exactly what `encode` writes."""
        if len(data) > MAX_REQUEST:
            raise ValueError("too large")
        head, _, note = data.decode("utf-8").partition("\n\n")
        old, *proof = head.split("\n")
        if not old.startswith("old ") or len(proof) > MAX_PROOF:
            raise ValueError("no old size, or too many hashes")
        request = cls(decimal(old.removeprefix("old ")), tuple(base64_bytes(one, HASH_SIZE) for one in proof), note)
        if request.encode() != data:
            raise ValueError("not in its one form")
        return request


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status of tlog-witness. `size` goes with a conflict: what was seen last. `two_histories`: the log's own signature proves them."""

    status: int
    checkpoint: Checkpoint | None = None
    size: int | None = None
    two_histories: bool = False


def origin_of(request: Request) -> str:
    """Of the checkpoint, as it claims. Raises `IntegrityError`."""
    return Checkpoint.claimed(request.note).origin


def judge(request: Request, logs: Mapping[str, VerifierKey], latest: Checkpoint | None) -> Verdict:
    """What becomes of a request about the log whose latest cosigned checkpoint is `latest` (None: none was).

    Only a status of 200 may be answered with a cosignature, and only once the checkpoint is kept.
    """
    try:
        origin = origin_of(request)
    except IntegrityError:
        return Verdict(MALFORMED)
    if origin not in logs:
        return Verdict(UNKNOWN)
    try:
        checkpoint = Checkpoint.verified(request.note, logs[origin])
    except IntegrityError:
        return Verdict(FORBIDDEN)
    if request.old > checkpoint.size:
        return Verdict(MALFORMED)
    seen = 0 if latest is None else latest.size
    if request.old != seen:
        return Verdict(CONFLICT, size=seen)
    if latest is not None and checkpoint.size == latest.size and checkpoint.root != latest.root:
        return Verdict(CONFLICT, size=seen, two_histories=True)
    if not _extends(latest, checkpoint, request.proof):
        return Verdict(UNPROVEN)
    return Verdict(COSIGNED, checkpoint)


def _extends(latest: Checkpoint | None, checkpoint: Checkpoint, proof: Sequence[bytes]) -> bool:
    if latest is None:
        return not proof
    try:
        verify_consistency(latest.size, latest.root, checkpoint.size, checkpoint.root, proof)
    except IntegrityError:
        return False
    return True
