"""A partner's own ledger of the effects it performed: one JSON line each, on disk before the connector hears of it.

The ledger is the partner's state (it is rebuilt from the lines at start) and its deduplication. A torn last line was
never answered for, so it is cut off; any other unreadable line stops the start. A line holds no personal data: persons
and their items stand in it as keyed tokens.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.codes import kit
from hub.errors import HomeInUse, IntegrityError, Misconfigured

_KEY_BYTES = 32
_TOKEN_HEX = 32


@dataclass(frozen=True, slots=True)
class Line:
    """One performed effect. `facts` are what the partner must remember: names and tokens, never personal data."""

    message: str
    sha256: str
    result: str
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        members = {"MessageId": self.message, "sha256": self.sha256, "result": self.result}
        if self.code:
            members["code"] = self.code
        return json.dumps(members | dict(self.facts), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Line:
        """Raises `ValueError` for anything but an object of strings with MessageId, sha256 and result."""
        members = json.loads(data)
        if not isinstance(members, dict) or not all(isinstance(value, str) for value in members.values()):
            raise ValueError("not an object of strings")
        try:
            message, sha256, result = (members.pop(name) for name in ("MessageId", "sha256", "result"))
        except KeyError as error:
            raise ValueError("a member is missing") from error
        return cls(message, sha256, result, members.pop("code", ""), members)


class Ledger:
    """The ledger of one endpoint, open for appending by one process."""

    def __init__(self, path: Path, wait: float = 10.0) -> None:
        """Opens or begins the ledger; waits up to `wait` seconds for a predecessor that is just ending.

        Raises `HomeInUse` when another process keeps it, `IntegrityError` for a line in its middle that is no line.
        """
        fresh = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _lock(self._file, wait)
            self.lines = tuple(self._restore())
        except BaseException:
            os.close(self._file)
            raise
        if fresh:
            _sync_directory(path.parent)

    def append(self, lines: Sequence[Line]) -> None:
        """Writes and syncs; when this raises, the process must end, for it no longer knows what is on disk."""
        data = b"".join(line.encode() for line in lines)
        while data:
            data = data[os.write(self._file, data) :]
        os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _restore(self) -> Iterator[Line]:
        data = _read_all(self._file)
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        yield from _lines(data[:whole])


def peek(path: Path) -> tuple[Line, ...]:
    """The whole lines of a ledger that another process may be keeping; nothing is changed, and no ledger has none.

    Raises `IntegrityError` for a line in its middle that is no line.
    """
    data = path.read_bytes() if path.exists() else b""
    return tuple(_lines(data[: data.rfind(b"\n") + 1]))


class Tokens:
    """Keyed tokens under which a ledger remembers persons and items; the key lies apart from the ledgers."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def at(cls, path: Path, *, begun: bool) -> Tokens:
        """The key file at `path`, made when no ledger has begun. Raises `Misconfigured` when it is missing or short."""
        if not path.exists():
            if begun:
                raise Misconfigured(kit.LEDGER_KEY, rule="missing")
            _write_key(path)
        key = path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise Misconfigured(kit.LEDGER_KEY, rule="length")
        return cls(key)

    def of(self, *parts: str) -> str:
        """HMAC-SHA256 over the parts, unambiguous about where each ends; 128 bits in hex."""
        text = json.dumps(parts, ensure_ascii=False).encode("utf-8")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_TOKEN_HEX]


def _lines(whole: bytes) -> Iterator[Line]:
    for number, line in enumerate(whole.split(b"\n")[:-1], start=1):
        try:
            yield Line.decode(line)
        except ValueError as error:
            raise IntegrityError(kit.LEDGER_DAMAGED, line=number) from error


def _read_all(file: int) -> bytes:
    parts = []
    offset = 0
    while part := os.pread(file, 1 << 20, offset):
        parts.append(part)
        offset += len(part)
    return b"".join(parts)


def _write_key(path: Path) -> None:
    draft = path.with_name(f".{path.name}.new")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(file, secrets.token_bytes(_KEY_BYTES))
        os.fsync(file)
    finally:
        os.close(file)
    draft.rename(path)
    _sync_directory(path.parent)


def _lock(file: int, wait: float) -> None:
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise HomeInUse(kit.LEDGER_IN_USE) from error
            time.sleep(0.05)
        else:
            return


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
