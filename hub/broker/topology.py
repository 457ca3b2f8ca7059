"""The wanted topology of a zone as frozen values, each with the address and the body that the management API takes.

Quorum queues everywhere: what is confirmed is on most nodes' disks. Inbound queues have one active consumer: a worker that
was thought dead and comes back reads nothing. No delivery limit inbound, for it would dead-letter innocents on 3.10; a
full queue refuses, it never drops (reject-publish).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hub.broker.names import CONTROL, HUB, OUT, Names

Json = Mapping[str, object]

INBOUND_BYTES: Final = 2 * 1024 * 1024 * 1024
OUTBOUND_BYTES: Final = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """Direct and durable."""

    name: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Quorum and durable; `inbound` ones have one active consumer."""

    name: str
    inbound: bool

    @property
    def arguments(self) -> Json:
        """What is fixed when it is declared."""
        arguments: dict[str, object] = {"x-queue-type": "quorum", "x-overflow": "reject-publish"}
        if self.inbound:
            arguments["x-single-active-consumer"] = True
        return arguments


@dataclass(frozen=True, slots=True)
class Binding:
    """From an exchange to a queue by a key."""

    exchange: str
    queue: str
    key: str


@dataclass(frozen=True, slots=True)
class User:
    """Logs in by its TLS certificate alone; what it may configure, write and read are whole-name patterns."""

    name: str
    write: str
    read: str
    configure: str = "^$"


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of queues by name; can be changed while they work."""

    name: str
    pattern: str
    definition: Json


@dataclass(frozen=True, slots=True)
class Topology:
    """All of one zone."""

    vhost: str
    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    users: tuple[User, ...]
    policies: tuple[Policy, ...]


def topology(zone: str, endpoints: Collection[str], partitions: int) -> Topology:
    """What the zone with these endpoints needs, with so many inbound queues for each sender."""
    names = Names(zone)
    codes = sorted(endpoints)
    queues = [(queue, binding) for code in codes for queue, binding in _queues(names, code, partitions)]
    return Topology(
        names.vhost,
        (Exchange(OUT), *(Exchange(names.inbound(code)) for code in codes)),
        tuple(queue for queue, _ in queues),
        tuple(binding for _, binding in queues),
        (_hub(names), *(_endpoint(names, code) for code in codes)),
        (
            Policy("inbound", r"^(in|control)\.", {"max-length-bytes": INBOUND_BYTES, "overflow": "reject-publish"}),
            Policy(
                "outbound", r"^(out|receipts)\.", {"max-length-bytes": OUTBOUND_BYTES, "overflow": "reject-publish"}
            ),
        ),
    )


def _queues(names: Names, code: str, partitions: int) -> Iterator[tuple[Queue, Binding]]:
    inbound = names.inbound(code)
    for number in range(partitions):
        name = names.partition(code, number)
        yield Queue(name, inbound=True), Binding(inbound, name, str(number))
    yield Queue(names.control(code), inbound=True), Binding(inbound, names.control(code), CONTROL)
    for name in (names.out(code), names.receipts(code)):
        yield Queue(name, inbound=False), Binding(OUT, name, name)


def _hub(names: Names) -> User:
    return User(names.user(HUB), write=f"^{OUT}$", read=r"^(in|control)\..*$")


def _endpoint(names: Names, code: str) -> User:
    own = (names.out(code), names.receipts(code))
    read = "|".join(re.escape(name) for name in own)
    return User(names.user(code), write=f"^{re.escape(names.inbound(code))}$", read=f"^({read})$")
