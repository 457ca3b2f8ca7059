"""How the driver of a demo speaks to a zone."""

from __future__ import annotations

import time
from pathlib import Path

from hub.edges.socket import Client, Message
from hub.errors import Unavailable


class Door:
    """A zone's socket. On the engine its owner may die and be started again: then it is knocked at until it answers."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._client: Client | None = None

    def call(self, request: Message) -> dict[str, object]:
        """As `Client.call`; with patience the same request again. Raises `Unavailable` when that is over."""
        until = time.monotonic() + self._patience
        while True:
            try:
                self._client = self._client or Client(self._path)
                return self._client.call(request)
            except Unavailable:
                self.close()
                if time.monotonic() >= until:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
