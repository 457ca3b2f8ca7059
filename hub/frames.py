"""What crosses the broker, before it is sealed and after it was opened (docs/spec/broker.md): nine kinds of frames.

A frame is its parts, each but the last behind four bytes of length. JSON parts are canonical (RFC 8785), so that a frame
has one form; what is not exactly that raises `ValueError`, whose text quotes nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hub.errors import Fact
from hub.exchangelog import canonical
from hub.messages import Delivery, Part, Recorded, Returned, Submission

_LENGTH: Final = 4
_HASH: Final = 64  # hex digits
_PLACES: Final = 64  # parts of the largest attachment (hub/attachments.py)
FETCHED: Final = 8  # parts that may be asked for at once
LARGEST_PART: Final = (1 << 20) + 1024  # bytes of a sealed part: what is longer is no part, and not worth opening


class Kind(Enum):
    """The kinds, by their AMQP `type`."""

    SUBMISSION = "submission"
    RECEIPT = "receipt"
    DELIVERY = "delivery"
    RETURNED = "returned"
    ASK = "ask"
    PROOF = "proof"
    PART = "part"
    FETCH = "fetch"
    PIECE = "piece"


@dataclass(frozen=True, slots=True)
class Ask:
    """A connector asks for consistency proofs between tree sizes; `id` joins the answer to it."""

    id: str
    gaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The proofs for an `Ask`, in its order."""

    id: str
    proofs: tuple[tuple[bytes, ...], ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """A connector asks for parts of an attachment of the delivery at `index`; `id` joins the pieces to it."""

    id: str
    index: int
    sha256: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One part for a `Fetch`; empty when there is no such part for this endpoint (any more)."""

    id: str
    position: int
    content: bytes


def write_submission(one: Submission) -> bytes:
    """Operator part and signed bytes."""
    return _joined(one.operator, one.raw)


def read_submission(data: bytes, channel: str) -> Submission:
    """`channel` is what the transport says of the sender. Raises `ValueError`."""
    operator, raw = _split(data, 2)
    return Submission(raw, operator, channel)


def write_receipt(digest: str, one: Recorded) -> bytes:
    """What became of the bytes with this SHA-256 (64 hex digits)."""
    return canonical.encode(
        {
            "code": one.code,
            "digest": digest,
            "facts": dict(one.facts),
            "index": one.index,
            "message": one.message_id,
            "permit": one.permit,
            "receipt": one.receipt,
            "repeated": one.repeated,
        }
    )


def read_receipt(data: bytes) -> tuple[str, Recorded]:
    """The digest and the receipt. Raises `ValueError`."""
    match _object(data):
        case {
            "code": str(code),
            "digest": str(digest),
            "facts": dict(facts),
            "index": int(index),
            "message": str(message),
            "permit": bool(permit),
            "receipt": str(receipt),
            "repeated": bool(repeated),
            **rest,
        } if not rest and len(digest) == _HASH:
            return digest, Recorded(index, permit, message, code, receipt, repeated, _facts(facts))
    raise ValueError("not a receipt")


def write_delivery(one: Delivery) -> bytes:
    """What the dispatcher hands over; the signed bytes are the last part, as they were."""
    head: dict[str, canonical.Value] = {
        "attempt": one.attempt,
        "index": one.index,
        "lane": base64.b64encode(one.lane).decode("ascii"),
        "message": one.message_id,
        "recipient": one.recipient,
        "sender": one.sender,
        "stamp": one.stamp,
        "type": one.type,
        "version": one.version,
    }
    return _joined(canonical.encode(head), one.raw)


def read_delivery(data: bytes) -> Delivery:
    """Raises `ValueError`. Nothing of it is believed yet: the stamp is checked by the recipient."""
    head, raw = _split(data, 2)
    match _object(head):
        case {
            "attempt": int(attempt),
            "index": int(index),
            "lane": str(lane),
            "message": str(message),
            "recipient": str(recipient),
            "sender": str(sender),
            "stamp": str(stamp),
            "type": str(type_),
            "version": int(version),
            **rest,
        } if not rest:
            opened = base64.b64decode(lane, validate=True)
            return Delivery(index, message, type_, version, sender, recipient, opened, raw, stamp, attempt)
    raise ValueError("not a delivery")


def write_returned(one: Returned) -> bytes:
    """A delivery that could not be processed."""
    return canonical.encode({"code": one.code, "hold": one.hold, "index": one.index})


def read_returned(data: bytes) -> Returned:
    """Raises `ValueError`."""
    match _object(data):
        case {"code": str(code), "hold": bool(hold), "index": int(index), **rest} if not rest:
            return Returned(index, code, hold)
    raise ValueError("not a return")


def write_ask(one: Ask) -> bytes:
    """A question for consistency proofs."""
    return canonical.encode({"gaps": [list(gap) for gap in one.gaps], "id": one.id})


def read_ask(data: bytes) -> Ask:
    """Raises `ValueError`."""
    match _object(data):
        case {"gaps": [*gaps], "id": str(id_), **rest} if not rest:
            return Ask(id_, tuple(_gap(gap) for gap in gaps))
    raise ValueError("not a question")


def write_proof(one: Proof) -> bytes:
    """Consistency proofs, hashes in hex."""
    return canonical.encode({"id": one.id, "proofs": [[part.hex() for part in proof] for proof in one.proofs]})


def read_proof(data: bytes) -> Proof:
    """Raises `ValueError`."""
    match _object(data):
        case {"id": str(id_), "proofs": [*proofs], **rest} if not rest:
            return Proof(id_, tuple(_hashes(proof) for proof in proofs))
    raise ValueError("not a proof")


def write_part(one: Part) -> bytes:
    """A part of an attachment, on its way before its message."""
    head: dict[str, canonical.Value] = {
        "message": one.message,
        "position": one.position,
        "sha256": one.sha256,
        "size": one.size,
    }
    return _joined(canonical.encode(head), one.content)


def read_part(data: bytes) -> Part:
    """Raises `ValueError`. Whether it is within the limits and fits its place is for `hub.attachments` to say."""
    head, content = _split(data, 2)
    match _object(head):
        case {
            "message": str(message),
            "position": int(position),
            "sha256": str(sha256),
            "size": int(size),
            **rest,
        } if not rest:
            return Part(message, sha256, size, position, content)
    raise ValueError("not a part")


def write_fetch(one: Fetch) -> bytes:
    """A question for parts."""
    return canonical.encode({"id": one.id, "index": one.index, "positions": list(one.positions), "sha256": one.sha256})


def read_fetch(data: bytes) -> Fetch:
    """Raises `ValueError`, also for more parts than are given at once."""
    match _object(data):
        case {"id": str(id_), "index": int(index), "positions": [*positions], "sha256": str(sha256), **rest} if (
            not rest and index >= 0 and len(positions) <= FETCHED and len(sha256) == _HASH
        ):
            return Fetch(id_, index, sha256, tuple(_position(one) for one in positions))
    raise ValueError("not a question for parts")


def write_piece(one: Piece) -> bytes:
    """A part for whoever asked."""
    return _joined(canonical.encode({"id": one.id, "position": one.position}), one.content)


def read_piece(data: bytes) -> Piece:
    """Raises `ValueError`."""
    head, content = _split(data, 2)
    match _object(head):
        case {"id": str(id_), "position": int(position), **rest} if not rest:
            return Piece(id_, position, content)
    raise ValueError("not a piece")


def _position(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _PLACES:
        return value
    raise ValueError("not a place of a part")


def _facts(value: Mapping[str, object]) -> dict[str, Fact]:
    facts = {name: fact for name, fact in value.items() if isinstance(fact, str | int) and not isinstance(fact, bool)}
    if len(facts) != len(value):
        raise ValueError("not facts")
    return facts


def _gap(value: object) -> tuple[int, int]:
    match value:
        case [int(small), int(large)] if 0 <= small <= large:
            return small, large
    raise ValueError("not two sizes")


def _hashes(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError("not hashes")
    hashes = tuple(bytes.fromhex(part) for part in value if isinstance(part, str) and len(part) == _HASH)
    if len(hashes) != len(value):
        raise ValueError("not hashes")
    return hashes


def _object(data: bytes) -> Mapping[str, object]:
    value = canonical.decode(data)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _joined(*parts: bytes) -> bytes:
    *first, last = parts
    return b"".join(len(part).to_bytes(_LENGTH, "big") + part for part in first) + last


def _split(data: bytes, count: int) -> tuple[bytes, ...]:
    parts, place = [], 0
    for _ in range(count - 1):
        end = place + _LENGTH + int.from_bytes(data[place : place + _LENGTH], "big")
        if len(data) < place + _LENGTH or len(data) < end:
            raise ValueError("a part is cut short")
        parts.append(data[place + _LENGTH : end])
        place = end
    return (*parts, data[place:])
