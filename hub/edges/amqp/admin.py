"""The broker's management API (RabbitMQ 3.10), as much of it as the topology needs: lists, and calls that change."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from hub.broker.difference import Change, Found
from hub.broker.topology import Json
from hub.codes import brk
from hub.errors import Misconfigured, Unavailable

_PATIENCE: Final = 30.0


# The API counts a queue's messages anew every five seconds, and every node tells the others as late again.
_COUNTED: Final = 12.0


@dataclass(slots=True)
class Admin:
    """An administrator's way in: `url` is http(s)://host:port; plain http only on loopback."""

    url: str
    user: str
    password: str
    authority: Path | None = None
    counted: float = _COUNTED  # seconds after a change until its counts are true
    _changed: float = field(default_factory=time.monotonic)

    def found(self, vhost: str) -> Found:
        """What is there of this virtual host. Raises `Unavailable` HUB-BRK-002, `Misconfigured` HUB-BRK-013."""
        vhosts = self._list("vhosts")
        place = quote(vhost, safe="")
        there = any(one.get("name") == vhost for one in vhosts)

        def inside(path: str) -> Sequence[Json]:
            return self._list(path) if there else ()

        return Found(
            vhosts,
            inside(f"exchanges/{place}"),
            inside(f"queues/{place}"),
            inside(f"bindings/{place}"),
            self._list("users"),
            inside(f"vhosts/{place}/permissions"),
            inside(f"policies/{place}"),
        )

    def make(self, change: Change) -> None:
        """One call. Raises `Misconfigured` HUB-BRK-014 when the broker will not (a queue to be removed is not empty)."""
        if change.empty:
            self._require_empty(change)
        body = None if change.body is None else json.dumps(change.body).encode()
        status, _ = self._call(change.method, change.path, body)
        if not change.empty:
            self._changed = time.monotonic()
        if status >= 300:
            raise Misconfigured(brk.NOT_CHANGED, what=change.what, kind=change.kind, name=change.name, status=status)

    def _require_empty(self, change: Change) -> None:
        """After the last change (who could fill it was unbound), or the first look, the count must have been made anew."""
        time.sleep(max(0.0, self._changed + self.counted - time.monotonic()))
        status, body = self._call("GET", change.path, None)
        waiting = json.loads(body).get("messages", 0) if status == 200 else 0
        if waiting:
            raise Misconfigured(brk.NOT_EMPTY, name=change.name, count=int(waiting))

    def _list(self, path: str) -> Sequence[Json]:
        status, body = self._call("GET", path, None)
        if status != 200:
            raise Misconfigured(brk.ADMIN_REFUSED, status=status)
        try:
            found = json.loads(body)
        except ValueError:
            raise Unavailable(brk.UNREACHABLE, reason="no JSON") from None
        return [one for one in found if isinstance(one, dict)]

    def _call(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        connection = self._connection()
        try:
            connection.request(method, f"/api/{path}", body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(brk.UNREACHABLE, reason=type(error).__name__) from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or 15671
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=str(self.authority) if self.authority else None)
            return http.client.HTTPSConnection(host, port, timeout=_PATIENCE, context=context)
        if parts.scheme == "http" and host in ("127.0.0.1", "localhost", "::1"):
            return http.client.HTTPConnection(host, port, timeout=_PATIENCE)
        raise Misconfigured(brk.ADMIN_URL)
