"""How large an envelope may be before anyone spends time on it (security.md finding 2: inclusive C14N is cubic).

Checked on the raw bytes where possible, before the parser runs. Ordinary messages stay far below every value: the
largest, an answer of 1,000 lines, has about 5,000 elements.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, all inclusive. A type's own, tighter bound on bytes stands in the catalogue (`max_bytes`, checked in validate).

    `bytes`: the whole document. `depth`: nesting of elements, the root counts 1. `elements`, `attributes`: in the
    document. `namespaces`: occurrences of `xmlns`. `run`: bytes from one `<` to the next, that is a tag with its
    attributes and the text after it; so it also bounds every text and attribute value.
    """

    bytes: int = 1 << 20
    depth: int = 24
    elements: int = 12_000
    attributes: int = 2_000
    namespaces: int = 32
    run: int = 1 << 16

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise ValueError(f"limit {field.name} must be positive")


DEFAULT_LIMITS = Limits()
