"""What the journal asks of its database, whichever it is (hub/edges/sqlite.py, hub/edges/postgres.py)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Store(Protocol):
    """An open database. Threads may share it. Everything raises `Unavailable` or `IntegrityError`, never the driver's own."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent view of what is committed."""

    def settled(self) -> AbstractContextManager[Connection]:
        """As `reading`, once every transaction of a writer that was under way has ended.

        Whoever decides what to commit next looks this way: a commit whose outcome nobody knew has one by then.
        """

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: all of it is durable when the block has ended, or an error says otherwise.

        An error before COMMIT leaves nothing; one at COMMIT raises `Unavailable` with code IN_DOUBT.
        """

    def shed(self, connection: Connection) -> None:
        """Forgets what large values brought into memory by this connection; to be called where many of them pass."""

    def close(self) -> None:
        """Closes every connection."""
