"""外字パターン: the dots of a 外字, for whoever has no glyph of it. What a character is and what stands for it: connectors.kit.text."""

from __future__ import annotations

import base64
import hashlib

from connectors.kit.text.characters import gaiji


def pattern(text: str) -> str:
    """外字パターン of the first 外字 as base64: 72 bytes, a square of 24 by 24 dots. The dots are invented."""
    found = gaiji(text)
    if not found:
        return ""
    seed = found[0].encode()
    return base64.b64encode(b"".join(hashlib.sha256(seed + bytes([n])).digest() for n in range(3))[:72]).decode("ascii")
