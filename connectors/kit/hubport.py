"""The hub as a connector meets it, and a connector as the hub meets it: small Protocols, structural, no base class."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from hub.messages import Delivery, Part, Recorded, Returned, Submission


class Hub(Protocol):
    """The way in. Blocking and thread-safe."""

    def submit(self, submissions: Sequence[Submission]) -> Sequence[Recorded]:
        """One receipt per submission, in order, each durable in the log before this returns.

        Raises `Unavailable` when nothing is known to be recorded: the caller keeps the bytes and sends the same again.
        """

    def consistency(self, gaps: Sequence[tuple[int, int]]) -> Sequence[Sequence[bytes]]:
        """RFC 6962 consistency proofs of the zone's log, one per (smaller size, larger size), in order.

        Raises `Unavailable` when they cannot be read. They are checked by the caller, so nothing here need be trusted.
        """

    def deposit(self, sender: str, message: bytes, parts: Sequence[Part]) -> None:
        """Parts of the attachments of a message, given by its signed bytes, before it is submitted by the same endpoint.

        Returns when they are safe. Raises `Unavailable` when that is not known; the same again does no harm.
        """

    def fetch(self, recipient: str, index: int, sha256: str, positions: Sequence[int]) -> Sequence[bytes]:
        """Parts of an attachment of a delivery that waits for this recipient's answer, in order; b"" for what is not there.

        Raises `Unavailable`. What comes is checked against the signed digest by the caller.
        """


class Receiver(Protocol):
    """The way out: what the dispatcher offers deliveries to. `kit.worker.Worker` fulfils it."""

    def capacity(self) -> int:
        """How many deliveries `offer` takes now."""

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        """Takes over deliveries without blocking; what is not answered before a crash is offered again.

        Raises `Unavailable` when there are more than `capacity()`, or when the connector has latched.
        """

    def returned(self) -> Sequence[Returned]:
        """What it could not process since the last call: the hub offers it again, or asks persons."""


class Clock(Protocol):
    """Aware UTC time with millisecond precision."""

    def now(self) -> datetime: ...


class Observer(Protocol):
    """Hears what happened; cannot change it. Facts carry no personal data."""

    def __call__(self, event: str, /, **facts: str | int | float) -> None: ...
