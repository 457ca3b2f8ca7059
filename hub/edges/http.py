"""A small HTTP server, for those who watch: GET alone, on loopback alone, each path a function of its own.

Nothing here can change anything, and what a page says bears no personal data; so there is no login. Whoever is on the
machine may look (docs/home.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from hub.codes import zon
from hub.edges.home import reason
from hub.errors import Misconfigured

LOOPBACK: Final = "127.0.0.1"
_PATIENCE: Final = 5.0  # seconds for one request


@dataclass(frozen=True, slots=True)
class Page:
    """What a path answers: the status, the media type, and the body in UTF-8."""

    status: int
    media: str
    body: str


Pages = Mapping[str, Callable[[], Page]]


class Listener:
    """Answers requests by `handler` from its own threads until `close`."""

    def __init__(self, host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        """Port 0 takes a free one. Raises `Misconfigured` HUB-ZON-006 when the port is not to be had."""
        try:
            self._server = ThreadingHTTPServer((host, port), handler)
        except OSError as error:
            raise Misconfigured(zon.NO_PORT, port=port, reason=reason(error)) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="http", daemon=True)
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


class HttpServer(Listener):
    """Serves `pages` by path, on loopback."""

    def __init__(self, port: int, pages: Pages) -> None:
        super().__init__(LOOPBACK, port, _handler(pages))


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE
        server_version = "juki-hub"
        sys_version = ""

        def do_GET(self) -> None:
            """One page, or 404."""
            page = pages.get(self.path.split("?", 1)[0])
            self._answer(_made(page) if page else Page(404, "text/plain", "not found\n"))

        def _answer(self, page: Page) -> None:
            body = page.body.encode()
            self.send_response(page.status)
            self.send_header("Content-Type", f"{page.media}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Says nothing: events are told by the observer."""

    return Handler


def _made(page: Callable[[], Page]) -> Page:
    """A page that cannot be made is an outage of the page, never of the server; its error may quote data."""
    try:
        return page()
    except Exception as error:  # noqa: BLE001 - as said
        return Page(503, "text/plain", f"{type(error).__name__}\n")
