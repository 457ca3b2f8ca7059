"""Files beside a message (docs/spec/message.md section 6): what a room sends, and what it is handed. Never whole in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from hub.attachments import MOST_BYTES, PART_BYTES, digest
from hub.codes import kit, msg
from hub.errors import Misconfigured, Refused
from hub.messages import Attachment


@dataclass(frozen=True, slots=True)
class File:
    """What a draft carries: its media type, and how to read it from the beginning, as often as wanted and always the same."""

    type: str
    open: Callable[[], BinaryIO]

    @classmethod
    def of(cls, content: bytes, type: str) -> File:  # noqa: A002 - the header's own word
        """A small one out of memory."""
        return cls(type, partial(io.BytesIO, content))

    @classmethod
    def at(cls, path: Path, type: str) -> File:  # noqa: A002 - as above
        """One on disk, which must stay as it is until the message is in the outbox."""
        return cls(type, lambda: path.open("rb"))

    def parts(self) -> Iterator[bytes]:
        """The bytes, part by part. Raises `Misconfigured` HUB-KIT-077 when they cannot be read."""
        try:
            with self.open() as stream:
                while part := stream.read(PART_BYTES):
                    yield part
        except OSError as error:
            raise Misconfigured(kit.ATTACHED_UNREADABLE, kind=type(error).__name__) from error

    def declared(self) -> Attachment:
        """What the header says of it. Raises `Refused` HUB-MSG-027 when it is too large, before it is read to its end."""
        found, size = digest(self._within())
        return Attachment(found, size, self.type)

    def _within(self) -> Iterator[bytes]:
        size = 0
        for part in self.parts():
            size += len(part)
            if size > MOST_BYTES:
                raise Refused(msg.ATTACHMENTS_SIZE, size=size, limit=MOST_BYTES)
            yield part


@dataclass(frozen=True, slots=True)
class Received:
    """A file that a room is handed: it is what the sender signed, and is here until the message is committed."""

    attachment: Attachment
    parts: Callable[[], Iterator[bytes]]


__all__ = ["File", "Received"]
