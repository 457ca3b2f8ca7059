"""What the journal asks of a database: one consistent view, and one transaction that is durable or says that it is not."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Store(Protocol):
    """An open database (`hub.edges.sqlite.Database`, `hub.edges.postgres.Server`). Threads may share it."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent view. Raises `Unavailable` or `IntegrityError`."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: durable when the block has ended. An error at COMMIT is `Unavailable` with code IN_DOUBT."""

    def close(self) -> None:
        """Closes every connection."""
