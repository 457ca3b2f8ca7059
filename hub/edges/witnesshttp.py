"""A witness by HTTP (c2sp.org/tlog-witness), and asking one: one path, POST, small bodies.

Neither side trusts the line: a request bears the log's signature, an answer the witness's. A witness is asked inside the
segment alone, for the 基幹系 reaches no internet (X5, L1119); elsewhere the same request goes by medium.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import urlsplit

from hub.codes import wit
from hub.edges.http import Listener
from hub.errors import HubError, Misconfigured, Unavailable
from hub.exchangelog.witness import MAX_REQUEST

PATH: Final = "/add-checkpoint"
_PATIENCE: Final = 20.0  # seconds for one request


@dataclass(frozen=True, slots=True)
class Response:
    """Status, media type and body."""

    status: int
    media: str
    body: bytes


class WitnessServer(Listener):
    """Answers each request with `answer`."""

    def __init__(self, host: str, port: int, answer: Callable[[bytes], Response]) -> None:
        super().__init__(host, port, _handler(answer))


def ask(url: str, body: bytes) -> Response:
    """One request, to a host inside the segment. Raises `Misconfigured` for another URL or address, `Unavailable` HUB-WIT-006."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise Misconfigured(wit.NOT_INSIDE)
    try:
        address, port = _inside(parts.hostname, parts.port or 80)
        line = HTTPConnection(address, port, timeout=_PATIENCE)
        try:
            line.request("POST", parts.path.rstrip("/") + PATH, body, {"Host": parts.netloc})
            answer = line.getresponse()
            return Response(answer.status, answer.headers.get_content_type(), answer.read(MAX_REQUEST))
        finally:
            line.close()
    except (OSError, ValueError, HTTPException) as error:
        raise Unavailable(wit.NO_ANSWER, reason=type(error).__name__) from None


def _inside(host: str, port: int) -> tuple[str, int]:
    """The first address of a host, all of which are the segment's own (X5). Raises `Misconfigured` HUB-WIT-012, `OSError`."""
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if any(ipaddress.ip_address(one.partition("%")[0]).is_global for one in found):
        raise Misconfigured(wit.NOT_INSIDE)
    return found[0], port


def _handler(answer: Callable[[bytes], Response]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE
        server_version = "juki-hub-witness"
        sys_version = ""
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """add-checkpoint, or 404."""
            length = self.headers.get("Content-Length", "")
            if self.path != PATH:
                self._answer(Response(404, "text/plain", b""))
            elif not length.isascii() or not length.isdigit() or int(length) > MAX_REQUEST:
                self.close_connection = True  # what follows is no request
                self._answer(Response(413 if length.isdigit() else 411, "text/plain", b""))
            else:
                self._answer(_answered(answer, self.rfile.read(int(length))))

        def _answer(self, response: Response) -> None:
            self.send_response(response.status)
            self.send_header("Content-Type", response.media)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Says nothing."""

    return Handler


def _answered(answer: Callable[[bytes], Response], body: bytes) -> Response:
    """A witness whose memory is damaged or whose disk is full says so, and cosigns nothing."""
    try:
        return answer(body)
    except (HubError, OSError):
        return Response(500, "text/plain", b"")
