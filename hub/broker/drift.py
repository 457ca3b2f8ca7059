"""What differs between wanted and found, object by object: for a person who asks what somebody changed, not for the calls.

The same objects count as in `difference`, which makes the one into the other: one is empty exactly when the other is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hub.broker.difference import Found
from hub.broker.forms import EXCHANGE, administrators, binding_of, of_broker, permission_form, policy_form, queue_form
from hub.broker.topology import Binding, Json, Topology

Key = tuple[str, str]

# In the order in which they are told; what an unwanted one is told by stands behind it.
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "vhost": (),
    "exchange": ("type", "durable"),
    "queue": ("arguments", "messages"),
    "binding": (),
    "policy": ("pattern", "definition"),
    "user": ("password", "tags"),
    "permission": ("configure", "write", "read"),
}


@dataclass(frozen=True, slots=True)
class Drift:
    """One object: how it is and how it should be, by those members alone that differ; None for what is not, or should not be."""

    kind: str
    name: str
    now: Json | None
    wanted: Json | None

    @property
    def fault(self) -> str:
        """One of missing, unwanted, differs."""
        return "missing" if self.now is None else "unwanted" if self.wanted is None else "differs"


def drift(wanted: Topology, found: Found, zone: str) -> tuple[Drift, ...]:
    """By kind and name; none when all is as wanted."""
    should, there = dict(_wanted(wanted)), dict(_found(found, wanted.vhost, zone))
    told = (_drift(key, there.get(key), should.get(key)) for key in {**should, **there})
    return tuple(sorted((one for one in told if one is not None), key=lambda one: (_PLACES[one.kind], one.name)))


_PLACES: Final = {kind: place for place, kind in enumerate(_KINDS)}


def _drift(key: Key, now: Json | None, wanted: Json | None) -> Drift | None:
    if now is None or wanted is None:
        told = None if now is None else {name: now[name] for name in _KINDS[key[0]] if name in now}
        return Drift(*key, told, wanted)
    differing = [name for name, value in wanted.items() if now.get(name) != value]
    if not differing:
        return None
    return Drift(*key, {name: now.get(name) for name in differing}, {name: wanted[name] for name in differing})


def _wanted(wanted: Topology) -> Iterator[tuple[Key, Json]]:
    yield ("vhost", wanted.vhost), {}
    yield from ((("exchange", one.name), EXCHANGE) for one in wanted.exchanges)
    yield from ((("queue", one.name), queue_form(one)) for one in wanted.queues)
    yield from ((("binding", _way(one)), {}) for one in wanted.bindings)
    yield from ((("policy", one.name), policy_form(one)) for one in wanted.policies)
    yield from ((("user", one.name), {"password": "none", "tags": ""}) for one in wanted.users)
    yield from ((("permission", one.name), permission_form(one)) for one in wanted.users)


def _found(found: Found, vhost: str, zone: str) -> Iterator[tuple[Key, Json]]:
    bindings = [binding_of(one) for one in found.bindings]
    yield from _named("vhost", (one for one in found.vhosts if one.get("name") == vhost))
    yield from _named("exchange", (one for one in found.exchanges if not of_broker(str(one.get("name")))))
    yield from _named("queue", found.queues)
    yield from ((("binding", _way(one)), {}) for one in bindings if one.exchange)
    yield from _named("policy", found.policies)
    yield from _named("user", (_user(one) for one in found.users if str(one.get("name")).endswith(f"@{zone}")))
    above = administrators(found.users)
    yield from ((("permission", user), one) for one in found.permissions if (user := str(one.get("user"))) not in above)


def _named(kind: str, found: Iterable[Json]) -> Iterator[tuple[Key, Json]]:
    return (((kind, str(one.get("name"))), one) for one in found)


def _way(one: Binding) -> str:
    return f"{one.exchange} → {one.queue} ({one.key})"


def _user(one: Json) -> Json:
    """Without the hash of a password: that there is one says enough."""
    tags = one.get("tags")
    return {
        "name": one.get("name"),
        "password": "set" if one.get("password_hash") else "none",
        "tags": "" if tags in ("", []) else tags,
    }
