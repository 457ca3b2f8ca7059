"""Where the broker is and who we are to it: nodes in the order to be tried, one virtual host, TLS both ways (EXTERNAL)."""

from __future__ import annotations

import random
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.codes import brk
from hub.errors import Misconfigured

HEARTBEAT: Final = 10  # seconds: a peer that is silent for twice as long is gone
PATIENCE: Final = 10.0  # seconds for a connection, a confirm or a blocked publish
LARGEST: Final = 96 * 1024 * 1024  # bytes of one sealed frame; RabbitMQ 3.10 takes 128 MiB
_PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)  # seconds between attempts at most; chance shortens them by up to half


@dataclass(frozen=True, slots=True)
class Node:
    """One node's address for TLS clients."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Node:
        """`host:port`. Raises `ValueError`."""
        host, found, port = text.rpartition(":")
        if not found or not host or not port.isdecimal():
            raise ValueError("not host:port")
        return cls(host.strip("[]"), int(port))


@dataclass(frozen=True, slots=True)
class Account:
    """A client of the broker: its user is the common name of its certificate, and what it publishes says so."""

    user: str
    nodes: tuple[Node, ...]
    vhost: str
    authority: Path
    certificate: Path
    key: Path

    def tls(self) -> ssl.SSLContext:
        """Our certificate, and the pinned CA alone. Raises `Misconfigured` HUB-BRK-012 when a file cannot be read."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(self.authority)
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError):
            raise Misconfigured(brk.TLS_FILES, user=self.user) from None
        return context


class Rest:
    """How long a broker that fails is left alone: longer each time, and not equally long for all who wait for it."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    @property
    def left(self) -> float:
        """Seconds until the next attempt."""
        return max(0.0, self._until - time.monotonic())

    def failed(self) -> float:
        """The next attempt comes after a pause; returns its seconds."""
        pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)] * random.uniform(0.5, 1)  # noqa: S311 - no secret
        self._failures += 1
        self._until = time.monotonic() + pause
        return pause

    def worked(self) -> None:
        """The broker is there."""
        self._failures, self._until = 0, 0.0
