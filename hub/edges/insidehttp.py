"""One HTTP request inside the segment, for the 基幹系 reaches no internet (X5, L1119): to a witness, to a timestamp authority."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from hub.errors import Code, Misconfigured, Unavailable

PATIENCE: Final = 20.0  # seconds for one request


@dataclass(frozen=True, slots=True)
class Response:
    """Status, media type and body."""

    status: int
    media: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Partner:
    """Who is asked: how much of an answer is read, and the codes for an address outside and for nobody there."""

    largest: int
    not_inside: Code
    no_answer: Code

    def post(self, url: str, body: bytes, *, path: str = "", media: str = "text/plain") -> Response:
        """What came back, whatever its status. `path` is put behind that of `url`. Raises `Misconfigured`, `Unavailable`."""
        try:
            parts = urlsplit(url)
        except ValueError:
            raise Misconfigured(self.not_inside) from None
        if parts.scheme != "http" or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise Misconfigured(self.not_inside)
        try:
            address, port = self._inside(parts.hostname, parts.port or 80)
            line = HTTPConnection(address, port, timeout=PATIENCE)
            try:
                where = (parts.path.rstrip("/") + path if path else parts.path) or "/"
                line.request("POST", where, body, {"Host": parts.netloc, "Content-Type": media})
                answer = line.getresponse()
                return Response(answer.status, answer.headers.get_content_type(), answer.read(self.largest))
            finally:
                line.close()
        except (OSError, ValueError, HTTPException) as error:
            raise Unavailable(self.no_answer, reason=type(error).__name__) from None

    def _inside(self, host: str, port: int) -> tuple[str, int]:
        """The first address of a host, all of which are the segment's own (X5). Raises `Misconfigured`, `OSError`."""
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if any(ipaddress.ip_address(one.partition("%")[0]).is_global for one in found):
            raise Misconfigured(self.not_inside)
        return found[0], port
