"""The private part of an entry: persons and reasons, kept encrypted beside the log and bound to the leaf by a commitment.

What is stored is the opening, `salt32 || JCS(private)`; its SHA-256 is the leaf's `commit`. Erase the opening and the
leaf still proves that something was committed, but the salt is gone, so guesses about it cannot be tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog import canonical
from hub.exchangelog.canonical import Value
from hub.exchangelog.shapes import array, members, text

SALT_SIZE = 32
MAX_NAMES = 10_000  # subjects of one message (docs/spec/message.md section 1)


@dataclass(frozen=True, slots=True)
class Private:
    """Whom an entry concerns, who acted and why. `operator` is the operator part exactly as it came, or empty."""

    subjects: tuple[str, ...] = ()
    operator: str = ""
    reason: str = ""
    approvers: tuple[str, ...] = ()

    def opening(self, salt: bytes) -> bytes:
        """The bytes to be stored encrypted. `salt` is 32 unpredictable bytes, fresh for every entry."""
        value: Mapping[str, Value] = {
            "approvers": self.approvers,
            "operator": self.operator,
            "reason": self.reason,
            "subjects": self.subjects,
        }
        return _opening(salt, value)

    @classmethod
    def opened(cls, opening: bytes, commit: str) -> Private:
        """The private part that the leaf commits to. Raises `IntegrityError` for any other opening."""
        if sha256(opening).hexdigest() != commit:
            raise IntegrityError(log.COMMITMENT_BROKEN)
        try:
            value = canonical.decode(opening[SALT_SIZE:])
            approvers, operator, reason, subjects = members(value, "approvers", "operator", "reason", "subjects")
            return cls(_texts(subjects), _text(operator), _text(reason), _texts(approvers))
        except ValueError as error:
            raise IntegrityError(log.COMMITMENT_BROKEN) from error


def commitment(salt: bytes, private: Mapping[str, Value]) -> bytes:
    """SHA-256(salt || JCS(private)); raises `ValueError` for a salt of another size than 32 bytes."""
    return sha256(_opening(salt, private)).digest()


def _opening(salt: bytes, private: Mapping[str, Value]) -> bytes:
    if len(salt) != SALT_SIZE:
        raise ValueError("the salt must have 32 bytes")
    return salt + canonical.encode(dict(private))


_text = text(r"(?s:.*)")
_texts = array(_text, MAX_NAMES)
