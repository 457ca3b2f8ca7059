"""The log's signer: an Ed25519 key and a memory outside the database, which refuses anything smaller or different.

A note is signed before the journal commits, for stamps inside the commit carry it; so a crash in between leaves a note that
no journal holds. It never left the process (receipts and deliveries go out after the commit), hence it may be forgotten:

    prepare(size, root)    remembers the intent durably, then signs           one fdatasync a batch
    (the journal commits)
    confirm(size, root)    the journal holds it: published, all intents end   outlives the process; durable with the
                                                                              next prepare, or with close
    settle(size, root)     at start: the journal's head must be what was published, or one of the intents

A head that is neither is a journal rolled back or replaced: `IntegrityError`.

BUG: if power fails after `confirm` and somebody then cuts exactly that last batch from the journal, `settle` takes it for
never committed. Receipts and answers outside show it (design promise 9); a durable `confirm` would cost a second sync.
BUG: a commit whose outcome is unknown can come back from the write-ahead file after a crash, but only if the machine
fails before the next write; sixteen intents are kept for that. An older one that came back would stop the hub: fail closed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hub.codes import key
from hub.edges.signermemory import MAX_INTENDED, SignerMemory, TreeHead
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.tree import EMPTY_ROOT

EMPTY = TreeHead(0, EMPTY_ROOT)


class FileSigner:
    """Fulfils `hub.ports.Signer`. One thread at a time: by the home's lock, or in turns (`hub.edges.turn`)."""

    def __init__(self, log_key: Ed25519PrivateKey, memory: SignerMemory) -> None:
        self._key = log_key
        self._memory = memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._memory.state.origin

    @property
    def published(self) -> TreeHead:
        """The last head that the journal is known to hold."""
        return self._memory.state.published

    def settle(self, size: int, root: bytes) -> None:
        """Compares with the journal's head after opening, and takes it as published.

        Raises `IntegrityError` when the head is neither the published one nor one of the intents.
        """
        head, state = TreeHead(size, root), self._memory.state
        if head != state.published and head not in state.intended:
            raise IntegrityError(key.HEAD_DIFFERS, size=size, signed=state.published.size)
        self._memory.write(head, ())

    def take_over(self, size: int, root: bytes) -> None:
        """Goes on from the journal's head after other processes may have signed; what one of them left off is finished.

        Raises as `settle`. Nothing is made durable: the next `prepare` does that.
        """
        self._memory.reload()
        head, state = TreeHead(size, root), self._memory.state
        if head == state.published:
            return
        if head not in state.intended:
            raise IntegrityError(key.HEAD_DIFFERS, size=size, signed=state.published.size)
        self._memory.note(head)

    def prepare(self, size: int, root: bytes) -> str:
        """A signed note, remembered as intended before it is signed.

        Raises `IntegrityError` unless `size` is larger than what was published, or both are equal; `Unavailable`.
        """
        head, state = TreeHead(size, root), self._memory.state
        if head != state.published and size <= state.published.size:
            raise IntegrityError(key.HEAD_DIFFERS, size=size, signed=state.published.size)
        if head != state.published:
            others = tuple(intent for intent in state.intended if intent != head)
            self._memory.write(state.published, (*others, head)[-MAX_INTENDED:])
        return Checkpoint(state.origin, size, root).sign(self._key)

    def confirm(self, size: int, root: bytes) -> None:
        """The journal holds this head. Raises `IntegrityError` when it was never prepared."""
        head, state = TreeHead(size, root), self._memory.state
        if head != state.published and head not in state.intended:
            raise IntegrityError(key.HEAD_DIFFERS, size=size, signed=state.published.size)
        self._memory.note(head)

    def close(self) -> None:
        """Makes the last `confirm` durable and closes the memory."""
        try:
            self._memory.write(self.published, self._memory.state.intended)
        finally:
            self._memory.close()

    def forget(self) -> None:
        """Closes the memory without writing: nothing was decided."""
        self._memory.close()


def create_signer_memory(path: Path, origin: str) -> None:
    """The memory of a log that is empty. Raises `Misconfigured` when there is one."""
    SignerMemory.create(path, origin, EMPTY).close()


def continue_signer_memory(old: Path, new: Path, origin: str, following: str, head: TreeHead) -> None:
    """A memory for the next origin of a log, whose end is `head`. Raises as `require_head`."""
    require_head(old, origin, head)
    SignerMemory.create(new, following, head).close()


def require_head(path: Path, origin: str, head: TreeHead) -> None:
    """Returns when the memory knows this end of the log, as it is; raises `IntegrityError` when it is another one."""
    memory = SignerMemory.open(path, origin)
    memory.close()
    if head != memory.state.published and head not in memory.state.intended:
        raise IntegrityError(key.HEAD_DIFFERS, size=head.size, signed=memory.state.published.size)


def open_signer(pem: bytes, memory: Path, origin: str, head: TreeHead) -> FileSigner:
    """The signer of an existing log, compared with the journal's `head` before it can sign anything.

    Raises `Misconfigured` for the key, `IntegrityError` for the memory or for a head that it does not know.
    """
    signer = FileSigner(load_log_key(pem), SignerMemory.open(memory, origin))
    try:
        signer.settle(head.size, head.root)
    except BaseException:
        signer.forget()
        raise
    return signer


def join_signer(pem: bytes, memory: Path, origin: str) -> FileSigner:
    """The signer of one of several processes: it must `take_over` before it signs, and ends with `forget`.

    Raises as `open_signer`, but compares with no head yet.
    """
    return FileSigner(load_log_key(pem), SignerMemory.open(memory, origin))


def load_log_key(pem: bytes) -> Ed25519PrivateKey:
    """An unencrypted PKCS#8 PEM. Raises `Misconfigured`."""
    try:
        loaded = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(key.LOG_KEY_MALFORMED) from error
    if not isinstance(loaded, Ed25519PrivateKey):
        raise Misconfigured(key.LOG_KEY_MALFORMED)
    return loaded
