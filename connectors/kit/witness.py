"""What this endpoint believes of its zone's log: one growing history, never two (design section 3, Stamp).

Every checkpoint that a stamp or receipt leads to must be signed by the pinned log and agree with all seen before. The
sizes seen are put in a row and each is proven against its neighbour, so that no two of them can belong to different
histories. The newest is kept and goes into every answer: answers are witnesses.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from connectors.kit.identity import LogTrust
from hub.codes import kit
from hub.errors import HubError, Misconfigured
from hub.exchangelog.checkpoint import Checkpoint, agree
from hub.exchangelog.keylist import KeyList
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.stamp import Trust

Prove = Callable[[Sequence[tuple[int, int]]], Sequence[Sequence[bytes]]]

_AGREED = 256


class Witness:
    """The newest checkpoint believed, and a bounded memory of those proven to agree with it."""

    def __init__(self, trust: Trust, prove: Prove, note: str | None) -> None:
        """`note` is what the store kept from the last run. Raises `IntegrityError` when the log's key did not sign it."""
        self.trust = trust
        self._prove = prove
        self.note = note
        self.last = None if note is None else trust.remembered(note)
        self._agreed: dict[Checkpoint, None] = {}

    def see(self, notes: Iterable[str]) -> None:
        """Returns when all these checkpoints and all earlier ones are one history. Raises `IntegrityError` if not.

        Raises `Unavailable` when the proofs cannot be had; nothing is believed then.
        """
        seen = {self.trust.checkpoint(note): note for note in dict.fromkeys(notes)}
        new = [checkpoint for checkpoint in seen if checkpoint not in self._agreed]
        if not new:
            return
        new += [end for end in self.trust.line.ends() if end not in self._agreed]  # by the word of the root
        row = sorted({*new, *([self.last] if self.last else [])}, key=lambda checkpoint: checkpoint.size)
        self._chain(row)
        for checkpoint in row:
            self._agreed[checkpoint] = None
        while len(self._agreed) > _AGREED:
            del self._agreed[next(iter(self._agreed))]
        newest = max(seen, key=lambda checkpoint: checkpoint.size)
        if self.last is None or newest.size > self.last.size:
            self.last, self.note = newest, seen[newest]

    def _chain(self, row: Sequence[Checkpoint]) -> None:
        """Each checkpoint is a prefix of the next; then each is a prefix of every later one."""
        pairs = list(itertools.pairwise(row))
        gaps = [(small.size, large.size) for small, large in pairs if small.size != large.size]
        proofs = iter(self._prove(gaps) if gaps else ())
        for small, large in pairs:
            agree(small, large, next(proofs, None) if small.size != large.size else None)


def log_trust(pinned: LogTrust) -> Trust:
    """The pinned log, checked against its root. Raises `Misconfigured` when root key, key list and origin do not fit."""
    try:
        return Trust(KeyList.opened(pinned.key_list, VerifierKey.parse(pinned.root_key)), pinned.origin)
    except HubError as error:
        raise Misconfigured(kit.LOG_TRUST, what=error.code.id) from error
