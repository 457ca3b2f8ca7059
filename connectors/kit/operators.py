"""操作者 of what a connector does by itself: answers, follow-ups and feeds (S6; docs/spec/message.md section 5).

S4 forbids shared ids, so an automatic act bears the id of the connector, which is one process with one key.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from hub.envelope import SALT_BYTES
from hub.messages import Operator

__all__ = ["SALT_BYTES", "Automaton", "Operator"]


@dataclass(frozen=True, slots=True)
class Automaton:
    """Names the process that acts for `endpoint`; `department` is the one that answers for it."""

    endpoint: str
    department: str = "情報システム課"
    entropy: Callable[[int], bytes] = secrets.token_bytes

    def acting(self, reason_code: str, reason: str) -> Operator:
        """The operator part of one automatic act, with a salt of its own."""
        return Operator(
            staff=f"AUTO-{self.endpoint}",
            department=self.department,
            terminal=f"connector-{self.endpoint}",
            reason_code=reason_code,
            reason=reason,
            authentication="connector-key",
            salt=self.entropy(SALT_BYTES),
        )
