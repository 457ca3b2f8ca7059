"""添付: files beside a message, bound by digest and size (docs/spec/message.md section 6, ADR 14).

They travel in parts of 1 MiB before the message that signs their digests, and are judged part by part: nothing here ever
holds a whole one. What a header declares is refused from the header alone, before a byte of it is looked at.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hub.codes import msg
from hub.errors import Refused
from hub.messages import Attachment, Part
from hub.ports import PartRow, Parts

PART_BYTES: Final = 1 << 20
MOST_BYTES: Final = 64 << 20  # of all attachments of one message
SPOOL_PARTS: Final = (
    512  # of one sender, without their messages: a message has 163 at most (64 full ones, 99 of one byte)
)
SPOOL_DAYS: Final = 2  # until parts go whose message never came


def count(size: int) -> int:
    """How many parts an attachment of `size` bytes has."""
    return -(-size // PART_BYTES)


def length(size: int, position: int) -> int:
    """The bytes of the part at `position`: all but the last are full."""
    return min(PART_BYTES, size - position * PART_BYTES)


def fits(part: Part) -> bool:
    """Whether a part may be kept: what it says of its attachment is within the limits, and it fits its place."""
    sized = 0 < part.size <= MOST_BYTES and 0 <= part.position < count(part.size)
    return sized and len(part.content) == length(part.size, part.position) and _digests(part)


def check_declared(attachments: Sequence[Attachment]) -> None:
    """Raises `Refused` HUB-MSG-027 for sizes beyond the limits, HUB-MSG-028 for a digest that stands twice."""
    total = sum(one.size for one in attachments)
    if total > MOST_BYTES or any(one.size < 1 for one in attachments):
        raise Refused(msg.ATTACHMENTS_SIZE, size=total, limit=MOST_BYTES)
    if len({one.sha256 for one in attachments}) != len(attachments):
        raise Refused(msg.ATTACHMENT_TWICE)


def verified(attachments: Sequence[Attachment], sender: str, message: str, parts: Parts) -> tuple[int, ...]:
    """The parts that make up these attachments, by their keys, read one by one. `message` is the digest of the signed bytes.

    Raises `Refused` HUB-MSG-029 when one is missing, HUB-MSG-030 when an attachment is not what was signed.
    """
    kept: dict[tuple[str, int], dict[int, PartRow]] = defaultdict(dict)
    for row in parts.loose(sender, message):
        kept[row.sha256, row.size][row.position] = row
    chosen = []
    for number, one in enumerate(attachments, start=1):
        rows = kept[one.sha256, one.size]
        if len(rows) != count(one.size):
            raise Refused(msg.ATTACHMENT_MISSING, number=number)
        if digest(_contents(rows, parts, number)) != (one.sha256, one.size):
            raise Refused(msg.ATTACHMENT_DIFFERS, number=number)
        chosen += [row.key_id for row in rows.values()]
    return tuple(chosen)


def digest(contents: Iterator[bytes]) -> tuple[str, int]:
    """SHA-256 (hex) and size of what comes part by part."""
    hashed, size = hashlib.sha256(), 0
    for content in contents:
        hashed.update(content)
        size += len(content)
    return hashed.hexdigest(), size


def _contents(rows: Mapping[int, PartRow], parts: Parts, number: int) -> Iterator[bytes]:
    for position in sorted(rows):
        content = parts.content(rows[position])
        if content is None:  # its day came while it was looked at
            raise Refused(msg.ATTACHMENT_MISSING, number=number)
        yield content


def _digests(part: Part) -> bool:
    return all(len(text) == 64 and not text.strip("0123456789abcdef") for text in (part.message, part.sha256))
