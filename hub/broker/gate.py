"""The gate before the inbound queues: while their keys are unbound nobody can publish into them, and what is in them runs out.

A publish without a binding comes back to its sender (`mandatory`), who keeps it. Control queues stay open: what connectors
give back and ask goes on.
"""

from __future__ import annotations

from collections.abc import Collection

from hub.broker.difference import Change, Found, unbind
from hub.broker.forms import binding_of
from hub.broker.names import Names


def inbound(names: Names, endpoints: Collection[str], found: Found) -> tuple[str, ...]:
    """The inbound queues that are there, of whatever number."""
    starts = tuple(f"{names.inbound(code)}." for code in endpoints)
    return tuple(sorted(name for one in found.queues if (name := str(one.get("name"))).startswith(starts)))


def closing(names: Names, endpoints: Collection[str], found: Found) -> tuple[Change, ...]:
    """The calls that shut it; none when it is shut."""
    exchanges, queues = {names.inbound(code) for code in endpoints}, inbound(names, endpoints, found)
    bindings = {binding_of(one) for one in found.bindings}
    shut = sorted((one.queue, one.key, one) for one in bindings if one.exchange in exchanges and one.queue in queues)
    return tuple(unbind(one, names.vhost) for _, _, one in shut)
