"""A witness by HTTP (c2sp.org/tlog-witness), and asking one: one path, POST, small bodies.

Neither side trusts the line: a request bears the log's signature, an answer the witness's.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from hub.codes import wit, zon
from hub.edges.home import reason
from hub.errors import Misconfigured, Unavailable
from hub.exchangelog.witness import MAX_REQUEST

PATH: Final = "/add-checkpoint"
_PATIENCE: Final = 20.0  # seconds for one request


@dataclass(frozen=True, slots=True)
class Response:
    """Status, media type and body."""

    status: int
    media: str
    body: bytes


class WitnessServer:
    """Answers each request with `answer` from its own threads until `close`."""

    def __init__(self, host: str, port: int, answer: Callable[[bytes], Response]) -> None:
        """Port 0 takes a free one. Raises `Misconfigured` HUB-ZON-006 when the port is not to be had."""
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(answer))
        except OSError as error:
            raise Misconfigured(zon.NO_PORT, port=port, reason=reason(error)) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="witness", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def ask(url: str, body: bytes) -> Response:
    """One request. Raises `Misconfigured` for what is no URL of HTTP, `Unavailable` HUB-WIT-006."""
    if not url.startswith(("http://", "https://")):
        raise Misconfigured(wit.NO_ANSWER, reason="URL")
    request = urllib.request.Request(url.rstrip("/") + PATH, body, method="POST")  # noqa: S310 - http alone, as said
    try:
        with _OPENER.open(request, timeout=_PATIENCE) as answer:
            return Response(answer.status, answer.headers.get_content_type(), answer.read(MAX_REQUEST))
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, error.headers.get_content_type(), error.read(MAX_REQUEST))
    except (OSError, ValueError) as error:
        raise Unavailable(wit.NO_ANSWER, reason=type(error).__name__) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An answer from elsewhere is no answer."""

    def redirect_request(self, *_: object) -> None:
        """Follows nothing."""


_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


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
                self._answer(answer(self.rfile.read(int(length))))

        def _answer(self, response: Response) -> None:
            self.send_response(response.status)
            self.send_header("Content-Type", response.media)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Says nothing."""

    return Handler
