"""The network between the nodes, cut and mended: rules of a network namespace that this run has for itself.

Each node meets the others at a loopback address of its own (`scripts.servers.rabbitnode`), so what goes from one to another
can be dropped without a word, as a broken line drops it: connections stay open, and nothing arrives.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

from scripts.servers.errors import ServerError
from scripts.servers.ports import LOOPBACK
from scripts.servers.rabbitnode import address

_LEFT: Final = "JUKI_CHAOS_LEFT_NAMESPACE"  # the machine's own namespace, which must never be touched
_HERE: Final = Path("/proc/self/ns/net")
_CUT: Final = "10"  # the priority of our rules, before the table of local addresses
_LOCAL: Final = "100"
_NO_ROOT: Final = ("--user", "--map-current-user", "--keep-caps")


def enter(module: str) -> None:
    """Begins this program again in a namespace of its own, unless it is there. Raises `SystemExit` where none can be made."""
    if _LEFT not in os.environ:
        made = ("unshare", "--net", *(() if os.geteuid() == 0 else _NO_ROOT))
        if not _done([*made, "true"]):
            raise SystemExit("Partitions need a network namespace, which cannot be made here; --whole leaves them out.")
        os.environ[_LEFT] = str(_HERE.readlink())
        os.execvp(made[0], [*made, sys.executable, "-m", module, *sys.argv[1:]])  # noqa: S606
    if not _apart():
        raise SystemExit(f"{_LEFT} is set, but this is that namespace: please unset it.")
    _ip("link", "set", "lo", "up")
    _ip("rule", "add", "priority", _LOCAL, "lookup", "local")
    _ip("rule", "del", "priority", "0")


def cut_nodes(numbers: Iterable[int]) -> None:
    """None of these nodes hears another of them any more."""
    for one, other in combinations([address(number) for number in numbers], 2):
        _drop("from", one, "to", other)
        _drop("from", other, "to", one)


def cut_off(number: int, others: Iterable[int]) -> None:
    """This node hears none of the others, and they do not hear it."""
    for other in others:
        cut_nodes([number, other])


def cut_clients(port: int) -> None:
    """What clients send to this port arrives nowhere."""
    _drop("to", LOOPBACK, "ipproto", "tcp", "dport", str(port))


def mend() -> None:
    """Everybody hears everybody again. Without a namespace of our own nothing was cut, and the machine's rules are not ours."""
    while _apart() and _done(["ip", "rule", "del", "priority", _CUT]):
        pass


def _apart() -> bool:
    """Whether this process has left the namespace in which it was begun."""
    return os.environ.get(_LEFT, str(_HERE.readlink())) != str(_HERE.readlink())


def _drop(*what: str) -> None:
    _ip("rule", "add", "priority", _CUT, *what, "blackhole")


def _ip(*arguments: str) -> None:
    if not _done(["ip", *arguments]):
        raise ServerError(f"ip {' '.join(arguments)} failed")


def _done(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - words of this file
