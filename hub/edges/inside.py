"""X5 (L1119): the 基幹系 segment never reaches the internet, so a process that serves a zone makes no connection beyond its machine.

A hook of the interpreter sees every address that Python code connects, sends or binds to, and every name it looks up, whatever
library asks. Sockets of the file system and the loop-back interface pass. Routers and firewalls remain the network's: the hook
does not see what is written in C, nor other programs of the machine.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Final

from hub.codes import rte
from hub.errors import IntegrityError

# Event -> where the address stands among its arguments. (socket.connect covers connect_ex and create_connection.)
_ADDRESSED: Final = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.bind": 1}
_LOOKED_UP: Final = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)


def keep() -> None:
    """From now on this process keeps inside its machine, for as long as it lives: whoever tries gets `IntegrityError` HUB-RTE-017."""
    sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _ADDRESSED:
        address = arguments[_ADDRESSED[event]]
    elif event in _LOOKED_UP:
        address = arguments[0] if isinstance(arguments[0], tuple) else arguments[:1]
    else:
        return
    if not _inside(address):
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
