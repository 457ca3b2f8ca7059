"""Free ports on loopback, all at once, which no other harness on this machine is given meanwhile.

A port that is merely found free may be taken before its server listens: by an outgoing connection, so the ports lie below
the range from which the kernel takes those; or by another harness, so each port is reserved by the name of an abstract Unix
socket, which lives in the same network namespace as the port and goes with its process.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.servers.errors import ServerError

LOOPBACK = "127.0.0.1"
LOWEST = 10240
HIGHEST = 32767
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class Ports:
    """`count` ports that were free; reserved until `close`."""

    def __init__(self, count: int) -> None:
        self._held: list[socket.socket] = []
        self.numbers: tuple[int, ...] = ()
        found = []
        for port in _candidates():
            reservation = _reserve(port)
            if reservation is None:
                continue
            self._held.append(reservation)
            found.append(port)
            if len(found) == count:
                self.numbers = tuple(found)
                return
        self.close()
        raise ServerError(f"{count} free ports were wanted on {LOOPBACK}, {len(found)} were found")

    def close(self) -> None:
        for reservation in self._held:
            reservation.close()
        self._held.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _candidates() -> Iterator[int]:
    """Every port of the range once, from a place that differs from run to run."""
    lowest_ephemeral = int(EPHEMERAL.read_text("ascii").split()[0])
    highest = lowest_ephemeral - 1 if lowest_ephemeral > LOWEST + 1000 else HIGHEST
    ports = range(LOWEST, highest + 1)
    start = random.randrange(len(ports))  # noqa: S311 - only so that two harnesses seldom meet
    yield from ports[start:]
    yield from ports[:start]


def _reserve(port: int) -> socket.socket | None:
    """The reservation, or None when another harness or any server has the port."""
    reservation = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        reservation.bind(f"\0juki-hub-port-{port}")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, port))
    except OSError:
        reservation.close()
        return None
    return reservation
