"""Which of its inbound queues a sender puts a message into: by the lane, so that one worker sees a lane in order.

The number is a keyed hash, so that the broker learns nothing of the person. A message sent again is the same bytes and
goes the same way. What has no lane (an answer, several persons) is spread by its digest.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_RECIPIENT: Final = re.compile(rb"<Recipient>([^<]{1,200})</Recipient>")
_SUBJECT: Final = re.compile(rb"<Subject>([^<]{1,200})</Subject>")
_END: Final = b"</Header>"


def partition(key: bytes, raw: bytes, digest: str, partitions: int) -> int:
    """0 to `partitions` - 1."""
    return int.from_bytes(hmac.digest(key, lane(raw, digest), "sha256")[:8], "big") % partitions


def lane(raw: bytes, digest: str) -> bytes:
    """What has an order of its own. `raw` is in the one byte form (ADR 6), so its header can be read without a parser."""
    header = raw[: raw.find(_END)]
    recipient, subjects = _RECIPIENT.search(header), _SUBJECT.findall(header)
    if recipient is None or len(subjects) != 1:
        return digest.encode("ascii")
    return b"\x00".join((recipient[1], *subjects))


def rounds(lanes: Sequence[bytes]) -> Sequence[Sequence[int]]:
    """The places of `lanes` in rounds, each lane once in a round and in its order.

    The broker may refuse one message and take the next (a queue that was full, or had no binding yet), so the next of a
    lane goes only after the one before is confirmed.
    """
    seen: Counter[bytes] = Counter()
    made: list[list[int]] = []
    for place, one in enumerate(lanes):
        if seen[one] == len(made):
            made.append([])
        made[seen[one]].append(place)
        seen[one] += 1
    return made
