"""A witness by HTTP (c2sp.org/tlog-witness), and asking one: one path, POST, small bodies.

Neither side trusts the line: a request bears the log's signature, an answer the witness's. A witness is asked inside the
segment alone, for the 基幹系 reaches no internet (X5, L1119); elsewhere the same request goes by medium.
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Final

from hub.codes import wit
from hub.edges.http import Listener
from hub.edges.insidehttp import PATIENCE, Partner, Response
from hub.errors import HubError
from hub.exchangelog.witness import MAX_REQUEST

PATH: Final = "/add-checkpoint"
_WITNESS: Final = Partner(MAX_REQUEST, wit.NOT_INSIDE, wit.NO_ANSWER)


class WitnessServer(Listener):
    """Answers each request with `answer`."""

    def __init__(self, host: str, port: int, answer: Callable[[bytes], Response]) -> None:
        super().__init__(host, port, _handler(answer))


def ask(url: str, body: bytes) -> Response:
    """One request, to a host inside the segment. Raises `Misconfigured` HUB-WIT-012, `Unavailable` HUB-WIT-006."""
    return _WITNESS.post(url, body, path=PATH)


def _handler(answer: Callable[[bytes], Response]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE
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
