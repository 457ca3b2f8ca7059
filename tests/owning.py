"""A home with an owner: its core and its socket, in this process, as `hub run` has them but for the connectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hub.app.opening import open_home
from hub.app.serving import Serving
from hub.app.zone import ZoneCore
from hub.edges.clock import SystemClock
from hub.edges.socket import Server
from hub.observe import silent
from hub.ports import Clock, Receiver


@contextmanager
def owner(home: Path, clock: Clock | None = None, receivers: Mapping[str, Receiver] | None = None) -> Iterator[Serving]:
    """Owns the home, with these connectors, and listens on its socket while the block runs."""
    with open_home(home, clock or SystemClock(), silent) as opened:
        core = ZoneCore(opened.intake, opened.dispatcher, silent)
        serving = Serving(opened, core, {})
        server = Server(opened.paths.socket, serving.answer)
        core.start(receivers or {})
        try:
            yield serving
        finally:
            server.close()
            core.stop()
