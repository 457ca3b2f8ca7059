"""What a system has taken and must still pass on: effects, sealed on disk from before their line until the next one has them.

A crash in between repeats the passing on, and whoever is told twice knows it by the id. Simulators only.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable
from pathlib import Path

from connectors.kit.partner import Effect
from connectors.kit.safe import Safe


class Pending:
    """Effects by a name that their keeper gives them. Threads may share it; each name belongs to one at a time."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """`folder` is of one system alone, and its name is part of the seal; `key` is the system's ledger key."""
        owner = folder.name
        self._safe = Safe(folder, hmac.digest(key, owner.encode("ascii"), "sha256"), owner)

    def keep(self, effects: Iterable[tuple[str, Effect]]) -> None:
        """Keeps every (name, effect), durably, before it returns."""
        self._safe.keep((name, _encoded(effect)) for name, effect in effects)

    def left(self) -> list[tuple[str, Effect]]:
        """All that are kept, by name."""
        return [(name, _decoded(self._safe.read(name))) for name in self._safe.names()]

    def names(self) -> list[str]:
        """Whose effects are kept."""
        return self._safe.names()

    def erase(self, name: str) -> None:
        """Lets go of one; nothing happens when it is not kept."""
        self._safe.erase(name)


def _encoded(effect: Effect) -> bytes:
    content = base64.b64encode(effect.content).decode("ascii")
    said = {"message": effect.message, "type": effect.type, "sha256": effect.sha256, "content": content}
    return json.dumps(said).encode("ascii")


def _decoded(kept: bytes) -> Effect:
    said = json.loads(kept)
    return Effect(said["message"], said["type"], said["sha256"], base64.b64decode(said["content"]))
