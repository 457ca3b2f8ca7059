"""提供内容ダイジェスト: binds what persons approve to the values that will be shown (C3, S14; L1115).

The approval speaks of a message, and the message of these values: when the copy changes between question and answer, the
digest that was approved is no longer that of what would be told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def content_digest(number: str, permit: str, items: Mapping[str, str]) -> str:
    """SHA-256 (hex) over 照会番号, 提供許可証番号 and every item that would be told, by name; for this enquiry alone."""
    value = {"照会番号": number, "提供許可証番号": permit, "提供内容": dict(items)}
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()
