"""The signer's memory: a small file outside the database that says what was signed and what was published.

Three slots of 4096 bytes. A durable write goes to the first or second slot in turn, so the last durable one is never
touched; a write that need not be durable goes to the third. The valid slot with the highest number counts. Each holds:

    juki-hub/signer@v1
    origin <origin>
    number <decimal>
    published <size> <root, hex>
    intended <size> <root, hex>          none, one or several; signed, and not known to be in the journal
    sha256 <of all lines above, hex>

An overwrite in place needs one fdatasync of one block, where replacing a file needs two fsyncs and a rename.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from hub.codes import jnl, key
from hub.edges.home import reason, sync_directory
from hub.errors import IntegrityError, Misconfigured, Unavailable

HEADER = "juki-hub/signer@v1"
SLOT = 4096
SLOTS = 3
_LAZY = 2
MAX_INTENDED = 16


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a signature is over, beside the origin."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class State:
    """One slot's content. `intended` is oldest first, and only the last sixteen are kept: see `FileSigner`."""

    origin: str
    number: int
    published: TreeHead
    intended: tuple[TreeHead, ...] = ()

    def encode(self) -> bytes:
        """The text of a slot, without its padding."""
        heads = [f"published {_head(self.published)}", *(f"intended {_head(head)}" for head in self.intended)]
        text = "\n".join((HEADER, f"origin {self.origin}", f"number {self.number}", *heads)) + "\n"
        return f"{text}sha256 {sha256(text.encode()).hexdigest()}\n".encode()

    @classmethod
    def decode(cls, slot: bytes) -> State | None:
        """The state of a slot; None when it was never written or was torn."""
        try:
            header, origin, number, published, *intended, _ = slot.rstrip(b"\0").decode().splitlines()
            heads = tuple(_parsed(line, "intended ") for line in intended)
            state = cls(
                origin.removeprefix("origin "),
                int(number.removeprefix("number ")),
                _parsed(published, "published "),
                heads,
            )
        except ValueError:
            return None
        # Re-encoding and comparing is the strict parser: header, order, digest and every digit (style.md 3.5).
        return state if header == HEADER and state.encode() == slot.rstrip(b"\0") else None


class SignerMemory:
    """The open file. One thread at a time uses it: by the home's lock, or in turns (`hub.edges.turn`)."""

    def __init__(self, path: Path, descriptor: int, state: State, durable_slot: int) -> None:
        self._path, self._descriptor = path, descriptor
        self._durable_slot = durable_slot
        self.state = state

    @classmethod
    def create(cls, path: Path, origin: str, published: TreeHead) -> Self:
        """A new memory. Raises `Misconfigured` when one is there."""
        state = State(origin, 0, published)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            os.pwrite(descriptor, state.encode().ljust(SLOT * SLOTS, b"\0"), 0)
            os.fsync(descriptor)
            sync_directory(path.parent)
        except FileExistsError as error:
            raise Misconfigured(key.MEMORY_EXISTS) from error
        except OSError as error:
            raise Unavailable(jnl.FILE_FAILED, place=path.name, reason=reason(error)) from error
        return cls(path, descriptor, state, 0)

    @classmethod
    def open(cls, path: Path, origin: str) -> Self:
        """An existing memory of this log. Raises `IntegrityError` when it is missing, damaged or another's."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise IntegrityError(key.MEMORY_DAMAGED, reason="missing") from error
        except OSError as error:
            raise Unavailable(jnl.FILE_FAILED, place=path.name, reason=reason(error)) from error
        try:
            state, slot = _newest(descriptor, origin)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor, state, slot)

    def reload(self) -> None:
        """What the file says now: another process of this home may have written it. Raises `IntegrityError`.

        Also where another file is in its place: the log goes on under another key (`hub log key take`), and not by us.
        """
        try:
            same = os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError as error:
            raise Unavailable(jnl.FILE_FAILED, place=self._path.name, reason=reason(error)) from error
        if not same:
            raise IntegrityError(key.MEMORY_DAMAGED, reason="replaced")
        self.state, self._durable_slot = _newest(self._descriptor, self.state.origin)

    def write(self, published: TreeHead, intended: tuple[TreeHead, ...]) -> None:
        """Replaces the state durably. Raises `Unavailable`; nothing is changed then, or the slot is written again."""
        state, slot = self._next(published, intended), 1 - self._durable_slot
        try:
            if os.pwrite(self._descriptor, state.encode().ljust(SLOT, b"\0"), slot * SLOT) != SLOT:
                raise OSError(errno.EIO, "short write")
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise Unavailable(jnl.FILE_FAILED, place="signer", reason=reason(error)) from error
        self._durable_slot, self.state = slot, state

    def note(self, published: TreeHead) -> None:
        """Replaces the state, without intents, in a way that outlives the process, but perhaps not the power.

        Never raises: what could not be written here is written with the next durable state.
        """
        self.state = self._next(published, ())
        with suppress(OSError):
            os.pwrite(self._descriptor, self.state.encode().ljust(SLOT, b"\0"), _LAZY * SLOT)

    def _next(self, published: TreeHead, intended: tuple[TreeHead, ...]) -> State:
        return State(self.state.origin, self.state.number + 1, published, intended)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)


def _newest(descriptor: int, origin: str) -> tuple[State, int]:
    """The state that counts, and the slot of the newest durable one."""
    found = [(state, slot) for slot, state in enumerate(_slots(descriptor)) if state is not None]
    durable = [(state.number, slot) for state, slot in found if slot != _LAZY]
    if not durable:
        raise IntegrityError(key.MEMORY_DAMAGED, reason="no slot")
    newest = max((state for state, _ in found), key=lambda state: state.number)
    if any(state.origin != origin for state, _ in found):
        raise IntegrityError(key.MEMORY_DAMAGED, reason="origin")
    return newest, max(durable)[1]


def _slots(descriptor: int) -> Iterator[State | None]:
    for slot in range(SLOTS):
        yield State.decode(os.pread(descriptor, SLOT, slot * SLOT))


def _head(head: TreeHead) -> str:
    return f"{head.size} {head.root.hex()}"


def _parsed(line: str, name: str) -> TreeHead:
    size, root = line.removeprefix(name).split(" ")
    return TreeHead(int(size), bytes.fromhex(root))
