"""What things are called at the broker. Endpoint codes may be Japanese; names there are ASCII, so that every tool shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

HUB: Final = "hub"
OUT: Final = "out"
CONTROL: Final = "control"
_PLAIN: Final = re.compile(r"[a-z0-9-]+")


def broker_name(code: str) -> str:
    """An endpoint's name at the broker: its code, or `xn--` and its punycode (RFC 3492), from which the code can be read."""
    return code if _PLAIN.fullmatch(code) and not code.startswith("xn--") else f"xn--{code.encode('punycode').decode()}"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one zone."""

    zone: str

    @property
    def vhost(self) -> str:
        """A zone has a virtual host of its own; a ward may give it a broker of its own as well."""
        return f"juki-hub.{self.zone}"

    def user(self, code: str) -> str:
        """The user of an endpoint, or of `HUB`: the common name of its TLS certificate, unique among zones."""
        return f"{code if code == HUB else broker_name(code)}@{self.zone}"

    def inbound(self, code: str) -> str:
        """The exchange that an endpoint publishes to, and nobody else."""
        return f"in.{broker_name(code)}"

    def partition(self, code: str, number: int) -> str:
        """One of its inbound queues; the routing key is the number."""
        return f"{self.inbound(code)}.{number}"

    def control(self, code: str) -> str:
        """What an endpoint gives back or asks."""
        return f"{CONTROL}.{broker_name(code)}"

    def out(self, code: str) -> str:
        """Deliveries to an endpoint; also the routing key."""
        return f"out.{broker_name(code)}"

    def receipts(self, code: str) -> str:
        """Receipts for an endpoint; also the routing key."""
        return f"receipts.{broker_name(code)}"
