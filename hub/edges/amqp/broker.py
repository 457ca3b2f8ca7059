"""Where the broker is and who we are to it: nodes in the order to be tried, one virtual host, TLS both ways (EXTERNAL)."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.codes import brk
from hub.errors import Misconfigured

HEARTBEAT: Final = 10  # seconds: a peer that is silent for twice as long is gone
PATIENCE: Final = 10.0  # seconds for a connection, a confirm or a blocked publish
LARGEST: Final = 96 * 1024 * 1024  # bytes of one sealed frame; RabbitMQ 3.10 takes 128 MiB


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
