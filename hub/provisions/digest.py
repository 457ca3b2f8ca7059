"""SHA-256 over the canonical content of table entries, so that a comment or a line break changes nothing.

Canonical form: JSON with sorted keys, no blanks, UTF-8. It equals RFC 8785 for what stands here: no floats, and no key
outside the Basic Multilingual Plane, where code points and UTF-16 units sort alike.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from enum import Enum


def digest(content: object) -> str:
    """The SHA-256 (hex) of frozen values, mappings, sequences, texts and days. Raises `TypeError` for anything else."""
    text = json.dumps(
        content, default=_plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: getattr(value, part.name) for part in dataclasses.fields(value)}
    raise TypeError(f"no canonical form: {type(value).__name__}")
