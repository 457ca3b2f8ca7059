"""系列: the lane of a message, recipient x person (docs/spec/message.md section 4)."""

from __future__ import annotations

import hmac

from hub.exchangelog import canonical
from hub.messages import Header

LANE_BYTES = 16


def lane(key: bytes, header: Header, *, unordered: bool) -> bytes | None:
    """The lane, opaque under a key of the home; None when the type is unordered or several persons are concerned."""
    if unordered or len(header.subjects) != 1:
        return None
    place = canonical.encode([header.recipient, header.subjects[0]])
    return hmac.digest(key, place, "sha256")[:LANE_BYTES]
