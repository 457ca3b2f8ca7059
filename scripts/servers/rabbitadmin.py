"""The management interface of one node, as far as a harness needs it. The product has a client of its own."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from dataclasses import dataclass
from urllib.parse import quote

from scripts.servers.errors import ServerError

OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Admin:
    """An administrator at one node; `tls` is None where the interface is plain."""

    host: str
    port: int
    name: str
    password: str
    tls: ssl.SSLContext | None

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://{self.host}:{self.port}"

    def call(self, method: str, path: str, body: object = None) -> object:
        """The answer's JSON (None when it is empty). `path` begins with /api; a refusal raises with its status."""
        connection = self._connect()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), self._headers())
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"the management interface at {self.url} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status not in OK:
            raise ServerError(f"{method} {path}: {answer.status} {content[:500].decode('utf-8', 'replace')}")
        return json.loads(content) if content else None

    def running(self) -> frozenset[str]:
        """The names of the nodes that run, as this node sees them; none while it does not answer."""
        try:
            nodes = self.call("GET", "/api/nodes")
        except ServerError:
            return frozenset()
        listed = nodes if isinstance(nodes, list) else []
        return frozenset(node["name"] for node in listed if node.get("running"))

    def add_vhost(self, vhost: str) -> None:
        """Makes the vhost; the administrator may do everything in it."""
        self.call("PUT", f"/api/vhosts/{quote(vhost, safe='')}")
        self.allow(self.name, vhost, ".*", ".*", ".*")

    def add_user(self, name: str, tags: str = "") -> None:
        """Makes a user without password: it comes in by a certificate only."""
        self.call("PUT", f"/api/users/{quote(name, safe='')}", {"password_hash": "", "tags": tags})

    def allow(self, user: str, vhost: str, configure: str, write: str, read: str) -> None:
        """The user's permissions in the vhost, as regular expressions."""
        place = f"/api/permissions/{quote(vhost, safe='')}/{quote(user, safe='')}"
        self.call("PUT", place, {"configure": configure, "write": write, "read": read})

    def _connect(self) -> http.client.HTTPConnection:
        if self.tls is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=30)
        return http.client.HTTPSConnection(self.host, self.port, timeout=30, context=self.tls)

    def _headers(self) -> dict[str, str]:
        secret = base64.b64encode(f"{self.name}:{self.password}".encode()).decode("ascii")
        return {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
