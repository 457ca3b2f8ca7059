"""X5 (L1119): the 基幹系 segment never reaches the internet, so a process that serves a zone makes no connection beyond its machine,
but for the servers of its engine that hub.yaml names.

A hook of the interpreter sees every address that Python code connects, sends or binds to, and every name it looks up, whatever
library asks. Sockets of the file system and the loop-back interface pass. Routers and firewalls remain the network's: the hook
does not see what is written in C, nor other programs of the machine.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Final

from hub.codes import rte
from hub.errors import IntegrityError

# Event -> where the address stands among its arguments. (socket.connect covers connect_ex and create_connection.)
_ADDRESSED: Final = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.bind": 1}
_LOOKED_UP: Final = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)


def keep(configured: Collection[str] = ()) -> None:
    """From now on this process keeps inside its machine, for as long as it lives: whoever tries gets `IntegrityError` HUB-RTE-017.

    `configured` are the hosts of the engine as hub.yaml names them, in the same segment: they may be reached, by these
    names and at the addresses that they have now.
    """
    allowed = frozenset(configured) | frozenset(_addresses(configured))
    sys.addaudithook(lambda event, arguments: _watch(event, arguments, allowed))


def _addresses(names: Collection[str]) -> Iterator[str]:
    for name in names:
        with suppress(OSError):  # a host that has no address now cannot be reached by it either
            yield from (str(found[4][0]) for found in socket.getaddrinfo(name, None))


def _watch(event: str, arguments: tuple[object, ...], allowed: frozenset[str]) -> None:
    if event in _ADDRESSED:
        address = arguments[_ADDRESSED[event]]
    elif event in _LOOKED_UP:
        address = arguments[0] if isinstance(arguments[0], tuple) else arguments[:1]
    else:
        return
    if not _inside(address) and not (isinstance(address, tuple) and address and str(address[0]) in allowed):
        raise IntegrityError(rte.INTERNET, rule="X5")


def _inside(address: object) -> bool:
    """A path, an abstract name, nothing at all, or a loop-back address; anything that is not understood is outside."""
    if address is None or isinstance(address, str | bytes):
        return True
    if not isinstance(address, tuple) or not address:
        return False
    host = address[0]
    if host in (None, "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False
