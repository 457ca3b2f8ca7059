"""Which of its inbound queues a sender puts a message into: by the lane, so that one worker sees a lane in order.

The number is a keyed hash, so that the broker learns nothing of the person. A message sent again is the same bytes and
goes the same way. What has no lane (an answer, several persons) is spread by its digest.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

_RECIPIENT: Final = re.compile(rb"<Recipient>([^<]{1,200})</Recipient>")
_SUBJECT: Final = re.compile(rb"<Subject>([^<]{1,200})</Subject>")
_END: Final = b"</Header>"


def partition(key: bytes, raw: bytes, digest: str, partitions: int) -> int:
    """0 to `partitions` - 1. `raw` is in the one byte form (ADR 6), so its header can be read without a parser."""
    header = raw[: raw.find(_END)]
    recipient, subjects = _RECIPIENT.search(header), _SUBJECT.findall(header)
    lane = recipient is not None and len(subjects) == 1
    place = recipient[1] + b"\x00" + subjects[0] if recipient is not None and lane else digest.encode("ascii")
    return int.from_bytes(hmac.digest(key, place, "sha256")[:8], "big") % partitions
