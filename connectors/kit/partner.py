"""A partner system as a room sees it, whatever language it speaks: effects under an idempotency key, and feeds.

A partner that is down is `Unavailable` for its endpoint alone. One that did something else under a MessageId is `Held`:
a person must look at that message. One that breaks its contract is an `IntegrityError`, and the endpoint stops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

CONFIRMED = "confirmed"
REJECTED = "rejected"
CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a partner is asked to do. `message` (MessageId) is its idempotency key, `sha256` (hex) is over the signed bytes.

    `content` is what the partner gets to read: the signed bytes themselves, or what the room made of them in its language.
    """

    message: str
    type: str
    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What the partner did, durably, before it said so. `code` is a domain code when rejected; `reply` its own data."""

    confirmed: bool
    code: str = ""
    reply: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Events:
    """A page of a partner's feed: events in order, where to go on, and whether no more can come."""

    events: Sequence[Mapping[str, Any]]
    cursor: str
    end: bool


class Partner(Protocol):
    """The partner system as a room sees it."""

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        """One result per effect, in order. The same (message, sha256) again gives the first result, nothing is done.

        Raises `Unavailable` when it is not known what was done: ask again with the same effects.
        """

    def feed(self, name: str, after: str, limit: int) -> Events:
        """Events of a feed after a cursor ("" is the beginning). Raises `Unavailable`."""
