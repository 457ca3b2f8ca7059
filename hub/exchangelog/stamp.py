"""Stamps (証印) and receipts (受領証): an entry with its proof up to a signed checkpoint, and the check of whoever gets one.

A stamp is a c2sp.org/tlog-proof@v1 whose extra data is the entry itself; hashing it as the leaf authenticates it.
*No log, no delivery* is checked here, by the receiver, with nothing but public keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.codes import log
from hub.errors import Code, IntegrityError
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint, agree
from hub.exchangelog.entry import Exchange, Permit, Refuse
from hub.exchangelog.keylist import KeyList
from hub.exchangelog.line import Line
from hub.exchangelog.proof import Proof
from hub.exchangelog.tree import Growth, Path, leaf_hash, verify_inclusion

MEMO = 64


@dataclass(frozen=True, slots=True)
class Stamp:
    """`note` is the checkpoint that the proof leads to; nothing of the leaf counts before it is proven."""

    leaf: bytes
    index: int
    path: Path
    note: str

    def encode(self) -> str:
        return Proof(self.index, self.path, self.note, self.leaf).encode()

    @classmethod
    def parse(cls, text: str) -> Stamp:
        """Raises `IntegrityError` unless `text` is exactly what `encode` writes."""
        proof = Proof.parse(text)
        return cls(proof.extra, proof.index, proof.path, proof.note)


def stamps(leaves: Sequence[bytes], growth: Growth, note: str) -> tuple[Stamp, ...]:
    """The stamps of one batch, in order: `growth` appended these leaves, and `note` is the checkpoint of the new tree."""
    first = growth.old.size
    return tuple(
        Stamp(leaf, first + place, path, note)
        for place, (leaf, path) in enumerate(zip(leaves, growth.inclusion(), strict=True))
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """What the checker knows by itself: the message in its hands (`digest` is SHA-256 hex of its bytes) and its own place."""

    message: str
    digest: str
    type: str
    version: int
    sender: str
    recipient: str
    tenant: str
    environment: str


class Trust:
    """The pinned log (`origin`, or how it is called since) and the key list; remembers the last few checkpoints that it verified.

    A batch shares one checkpoint, so one signature check serves it whole. The memory is of verified facts only and
    changes no answer.
    """

    __slots__ = ("_memo", "line")

    def __init__(self, keylist: KeyList, origin: str) -> None:
        self.line = Line.today(keylist, origin)
        self._memo: dict[str, Checkpoint] = {}

    def checkpoint(self, note: str) -> Checkpoint:
        """The checkpoint in a note of the pinned log. Raises `IntegrityError`, HUB-LOG-073 where its key is in doubt."""
        known = self._memo.get(note)
        if known is None:
            known = self.remembered(note)
            epoch = self.line.named(known.origin)
            if epoch is not None and epoch.ended is not None and epoch.doubted:
                raise IntegrityError(log.KEY_IN_DOUBT, origin=known.origin, since=epoch.ended.doubt)
            while len(self._memo) >= MEMO:
                del self._memo[next(iter(self._memo))]
            self._memo[note] = known
        return known

    def in_doubt(self, stamp: str) -> bool:
        """Whether a stamp or receipt leads to a checkpoint of a key in doubt: whoever gave it must give another. Of what is none: no."""
        if not any(epoch.doubted for epoch in self.line.epochs):
            return False
        try:
            epoch = self.line.named(Checkpoint.claimed(Stamp.parse(stamp).note).origin)
        except IntegrityError:
            return False
        return epoch is not None and epoch.doubted

    def remembered(self, note: str) -> Checkpoint:
        """As `checkpoint`, of one that the holder itself has accepted before its key came into doubt."""
        return self.line.checkpoint(note)


def accept(
    stamp: Stamp, claim: Claim, trust: Trust, last: Checkpoint | None, proof: Sequence[bytes] | None = None
) -> Checkpoint:
    """The recipient's whole check of a delivery; returns the checkpoint to keep as its last.

    `last` is the newest checkpoint that it has accepted, None only for its first; `proof` is the consistency proof
    between that size and the stamp's, from the smaller to the larger (`gap` tells which). A stamp of an older batch is
    as good as any once proven to be a prefix; the last checkpoint then stays. Raises `IntegrityError`, a code for each
    way to fail.
    """
    entry, checkpoint = _proven(stamp, trust)
    if not isinstance(entry, Permit):
        raise IntegrityError(log.STAMP_NOT_PERMIT, index=stamp.index)
    _compare(entry, claim, stamp.index)
    return _agreed(trust, last, checkpoint, proof)


def acknowledge(
    receipt: Stamp, claim: Claim, trust: Trust, last: Checkpoint | None, proof: Sequence[bytes] | None = None
) -> tuple[Exchange, Checkpoint]:
    """The sender's whole check of a receipt: the entry that decided (permit, refuse, answer or observation), and the last checkpoint.

    As `accept`, except that a refusal may leave blank what was not proven of the message; its digest never.
    """
    entry, checkpoint = _proven(receipt, trust)
    if not isinstance(entry, Exchange):
        raise IntegrityError(log.STAMP_NOT_EXCHANGE, index=receipt.index)
    _compare(entry, claim, receipt.index)
    return entry, _agreed(trust, last, checkpoint, proof)


def _agreed(trust: Trust, last: Checkpoint | None, new: Checkpoint, proof: Sequence[bytes] | None) -> Checkpoint:
    if last is None:
        return new
    if trust.line.named(last.origin) is None:
        raise IntegrityError(log.OTHER_LOG)
    return agree(last, new, proof)


def gap(stamp: Stamp, last: Checkpoint | None) -> tuple[int, int] | None:
    """The two sizes, smaller first, between which `accept` will demand a consistency proof; None when it needs none."""
    size = Checkpoint.claimed(stamp.note).size
    if last is None or last.size == size:
        return None
    return min(size, last.size), max(size, last.size)


def _proven(stamp: Stamp, trust: Trust) -> tuple[entries.Entry, Checkpoint]:
    """The entry, once it is proven to stand in the pinned log under a key that was good at its time."""
    checkpoint = trust.checkpoint(stamp.note)
    verify_inclusion(leaf_hash(stamp.leaf), stamp.index, checkpoint.size, stamp.path, checkpoint.root)
    entry = entries.parse(stamp.leaf)
    epoch = trust.line.at(stamp.index)
    if entry.origin != epoch.origin:
        raise IntegrityError(log.OTHER_LOG)
    if not epoch.log_key.covers(entry.time):
        raise IntegrityError(log.KEY_NOT_IN_FORCE, index=stamp.index)
    return entry, checkpoint


def _compare(entry: Exchange, claim: Claim, index: int) -> None:
    unproven = Refuse.UNPROVEN if isinstance(entry, Refuse) else frozenset[str]()
    for name, code in _CODES:
        said = getattr(entry, name)
        if said != getattr(claim, name) and (said or name not in unproven):
            raise IntegrityError(code, index=index)


_CODES: tuple[tuple[str, Code], ...] = (
    ("recipient", log.STAMP_RECIPIENT),
    ("sender", log.STAMP_SENDER),
    ("type", log.STAMP_TYPE),
    ("version", log.STAMP_TYPE),
    ("message", log.STAMP_MESSAGE),
    ("tenant", log.STAMP_TENANT),
    ("environment", log.STAMP_ENVIRONMENT),
    ("digest", log.STAMP_DIGEST),
)
