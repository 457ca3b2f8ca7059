"""Attachments in an endpoint's store, sealed part by part: those that go out until their receipt, those that came until they are handled.

What came is verified here, so a room is only ever handed what its sender signed. Nothing of it outlives the connector: at the
next opening it is fetched from the hub again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

from connectors.kit.files import File
from connectors.kit.sealing import Sealer
from hub.attachments import count, length
from hub.codes import kit
from hub.errors import IntegrityError, Refused
from hub.messages import Attachment, Part

TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS attached (
    message_id TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, position INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (message_id, sha256, position))""",
    """CREATE TABLE IF NOT EXISTS received (
    message TEXT NOT NULL, sha256 TEXT NOT NULL, position INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (message, sha256, position))""",
    "DELETE FROM received",
)
Writing = Callable[[], AbstractContextManager[sqlite3.Connection]]
Reading = Callable[[], AbstractContextManager[None]]


class Shelf:
    """The attachments of one store. `writing` is a transaction of the store, `reading` translates its errors."""

    def __init__(self, db: sqlite3.Connection, sealer: Sealer, writing: Writing, reading: Reading) -> None:
        self._db = db
        self._sealer = sealer
        self._writing = writing
        self._reading = reading

    # --- out ----------------------------------------------------------------------------------------------------------

    def put(self, db: sqlite3.Connection, message_id: str, files: Sequence[tuple[Attachment, File]]) -> None:
        """Keeps the files of a message, in the transaction that keeps the message.

        Raises `Refused` HUB-KIT-078 when one is not any more what was signed.
        """
        for declared, file in files:
            signed = hashlib.sha256()
            for position, content in enumerate(file.parts()):
                signed.update(content)
                row = (message_id, declared.sha256, declared.size, position)
                db.execute(
                    "INSERT INTO attached VALUES (?, ?, ?, ?, ?)", (*row, self._seal(*row[:2], position, content))
                )
            if signed.hexdigest() != declared.sha256:
                raise Refused(kit.ATTACHED_CHANGED)

    def leave(self, db: sqlite3.Connection, message_ids: Sequence[tuple[str]]) -> None:
        """The receipts of these messages are logged."""
        db.executemany("DELETE FROM attached WHERE message_id = ?", message_ids)

    def carrying(self) -> frozenset[str]:
        """The messages in the outbox that have attachments."""
        with self._reading():
            return frozenset(row[0] for row in self._db.execute("SELECT DISTINCT message_id FROM attached"))

    def outgoing(self, message_id: str, message: str) -> Iterator[Part]:
        """The parts of a message's attachments, one in memory at a time; `message` is the digest of its bytes."""
        with self._reading():
            places = self._db.execute(
                "SELECT sha256, size, position FROM attached WHERE message_id = ? ORDER BY sha256, position",
                (message_id,),
            ).fetchall()
        for sha256, size, position in places:
            with self._reading():
                (sealed,) = self._db.execute(
                    "SELECT sealed FROM attached WHERE message_id = ? AND sha256 = ? AND position = ?",
                    (message_id, sha256, position),
                ).fetchone()
            yield Part(message, sha256, size, position, self._open(message_id, sha256, position, sealed))

    # --- in -----------------------------------------------------------------------------------------------------------

    def missing(self, message: str, attachment: Attachment) -> list[int]:
        """The places of this attachment that are still empty."""
        with self._reading():
            found = self._db.execute(
                "SELECT position FROM received WHERE message = ? AND sha256 = ?", (message, attachment.sha256)
            ).fetchall()
        here = {position for (position,) in found}
        return [position for position in range(count(attachment.size)) if position not in here]

    def take(self, message: str, attachment: Attachment, parts: Sequence[tuple[int, bytes]]) -> None:
        """Keeps parts that came. Raises `ValueError` for one that does not fit its place."""
        if any(len(content) != length(attachment.size, position) for position, content in parts):
            raise ValueError("not the length of its place")
        place = (message, attachment.sha256)
        rows = [(*place, position, self._seal(*place, position, content)) for position, content in parts]
        with self._writing() as db:
            db.executemany("INSERT OR IGNORE INTO received VALUES (?, ?, ?, ?)", rows)

    def received(self, message: str, attachment: Attachment) -> Iterator[bytes]:
        """The attachment, part by part. Raises `IntegrityError` when it is not here: it goes with its message."""
        for position in range(count(attachment.size)):
            with self._reading():
                row = self._db.execute(
                    "SELECT sealed FROM received WHERE message = ? AND sha256 = ? AND position = ?",
                    (message, attachment.sha256, position),
                ).fetchone()
            if row is None:
                raise IntegrityError(kit.STORE_DAMAGED, kind="part")
            yield self._open(message, attachment.sha256, position, row[0])

    def drop(self, db: sqlite3.Connection, messages: Collection[str]) -> None:
        """These messages are handled, or given back."""
        db.executemany("DELETE FROM received WHERE message = ?", [(message,) for message in sorted(messages)])

    def forget(self, message: str) -> None:
        """`drop` in a transaction of its own."""
        with self._writing() as db:
            self.drop(db, (message,))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _seal(self, owner: str, sha256: str, position: int, content: bytes) -> bytes:
        return self._sealer.seal(_row(owner, sha256, position), content)

    def _open(self, owner: str, sha256: str, position: int, sealed: bytes) -> bytes:
        return self._sealer.open(_row(owner, sha256, position), sealed)


def _row(owner: str, sha256: str, position: int) -> str:
    return f"part\n{owner}\n{sha256}\n{position}"
