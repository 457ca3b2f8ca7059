"""Wanted against found: which calls of the management API make the one into the other, and what they are for.

Only what is of this zone's virtual host counts, and of the users those that end in `@<zone>`. What is there and not wanted
is taken away last, and a queue only when it is empty: nothing that waits is lost by a change of plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from hub.broker.forms import (
    EXCHANGE,
    USER,
    administrators,
    binding_of,
    of_broker,
    permission_form,
    policy_form,
    queue_form,
    shown,
)
from hub.broker.topology import Binding, Json, Topology


@dataclass(frozen=True, slots=True)
class Change:
    """One call: `method` and `path` below /api, with its body; `what` is one of add, change, remove.

    `empty`: only if the queue `name` is empty. Quorum queues of 3.10 know no `if-empty`, so whoever calls must look.
    """

    what: str
    kind: str
    name: str
    method: str
    path: str
    body: Json | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the management API tells of a zone: its lists as they come."""

    vhosts: Sequence[Json]
    exchanges: Sequence[Json]
    queues: Sequence[Json]
    bindings: Sequence[Json]
    users: Sequence[Json]
    permissions: Sequence[Json]
    policies: Sequence[Json]


def difference(wanted: Topology, found: Found, zone: str) -> tuple[Change, ...]:
    """The calls in the order in which they must be made; none when all is as wanted."""
    vhost = quote(wanted.vhost, safe="")
    return (
        *_vhost(wanted, found, vhost),
        *_exchanges(wanted, found, vhost),
        *_queues(wanted, found, vhost),
        *_bindings(wanted, found, vhost),
        *_policies(wanted, found, vhost),
        *_users(wanted, found),
        *_permissions(wanted, found, vhost),
        *_leftovers(wanted, found, vhost, zone),
    )


def definitions(wanted: Topology) -> Json:
    """The same as a `definitions.json` that a broker imports at its start."""
    return {
        "vhosts": [{"name": wanted.vhost}],
        "users": [{"name": user.name, **USER} for user in wanted.users],
        "permissions": [{"user": user.name, "vhost": wanted.vhost, **permission_form(user)} for user in wanted.users],
        "policies": [{"vhost": wanted.vhost, "name": policy.name, **policy_form(policy)} for policy in wanted.policies],
        "exchanges": [{"vhost": wanted.vhost, "name": one.name, **EXCHANGE} for one in wanted.exchanges],
        "queues": [{"vhost": wanted.vhost, "name": one.name, **queue_form(one)} for one in wanted.queues],
        "bindings": [
            {
                "vhost": wanted.vhost,
                "source": one.exchange,
                "destination": one.queue,
                "destination_type": "queue",
                "routing_key": one.key,
                "arguments": {},
            }
            for one in wanted.bindings
        ],
    }


def _vhost(wanted: Topology, found: Found, vhost: str) -> Iterator[Change]:
    if wanted.vhost not in _names(found.vhosts):
        yield Change("add", "vhost", wanted.vhost, "PUT", f"vhosts/{vhost}", {})


def _exchanges(wanted: Topology, found: Found, vhost: str) -> Iterator[Change]:
    there = _by_name(found.exchanges)
    for one in wanted.exchanges:
        path = f"exchanges/{vhost}/{quote(one.name, safe='')}"
        if (now := there.get(one.name)) is None:
            yield Change("add", "exchange", one.name, "PUT", path, EXCHANGE)
        elif not _same(now, EXCHANGE):
            yield Change("change", "exchange", one.name, "DELETE", path)
            yield Change("change", "exchange", one.name, "PUT", path, EXCHANGE)


def _queues(wanted: Topology, found: Found, vhost: str) -> Iterator[Change]:
    """A queue's arguments cannot change: one that differs is unbound, must be empty, and is made anew and bound again."""
    there, bound = _by_name(found.queues), {binding_of(one) for one in found.bindings}
    for one in wanted.queues:
        path, body = f"queues/{vhost}/{quote(one.name, safe='')}", queue_form(one)
        if (now := there.get(one.name)) is None:
            yield Change("add", "queue", one.name, "PUT", path, body)
        elif not _same(now, body):
            bindings = [binding for binding in wanted.bindings if binding.queue == one.name]
            for binding in bindings:
                if binding in bound:
                    yield unbind(binding, vhost)
            yield Change("change", "queue", one.name, "DELETE", path, empty=True)
            yield Change("change", "queue", one.name, "PUT", path, body)
            yield from (_bind(binding, vhost) for binding in bindings)


def _bindings(wanted: Topology, found: Found, vhost: str) -> Iterator[Change]:
    there = {binding_of(one) for one in found.bindings}
    yield from (_bind(one, vhost) for one in wanted.bindings if one not in there)


def _policies(wanted: Topology, found: Found, vhost: str) -> Iterator[Change]:
    there = _by_name(found.policies)
    for one in wanted.policies:
        path, body = f"policies/{vhost}/{quote(one.name, safe='')}", policy_form(one)
        now = there.get(one.name)
        if now is None or not _same(now, body):
            yield Change("add" if now is None else "change", "policy", one.name, "PUT", path, body)


def _users(wanted: Topology, found: Found) -> Iterator[Change]:
    there = _by_name(found.users)
    for one in wanted.users:
        now = there.get(one.name)
        if now is None or now.get("tags") not in ("", []) or now.get("password_hash"):
            what = "add" if now is None else "change"
            yield Change(what, "user", one.name, "PUT", f"users/{quote(one.name, safe='')}", USER)


def _permissions(wanted: Topology, found: Found, vhost: str) -> Iterator[Change]:
    there = {str(one.get("user")): one for one in found.permissions}
    for one in wanted.users:
        now, body = there.get(one.name), permission_form(one)
        if now is None or not _same(now, body):
            path = f"permissions/{vhost}/{quote(one.name, safe='')}"
            yield Change("add" if now is None else "change", "permission", one.name, "PUT", path, body)


def _leftovers(wanted: Topology, found: Found, vhost: str, zone: str) -> Iterator[Change]:
    """Who may still write goes first, then bindings, then queues that are empty. Administrators keep their permissions."""
    users, ends = {one.name for one in wanted.users}, f"@{zone}"
    for name in sorted({str(one.get("user")) for one in found.permissions} - users - administrators(found.users)):
        yield Change("remove", "permission", name, "DELETE", f"permissions/{vhost}/{quote(name, safe='')}")
    for name in sorted(name for name in _names(found.users) - users if name.endswith(ends)):
        yield Change("remove", "user", name, "DELETE", f"users/{quote(name, safe='')}")
    for one in sorted({binding_of(one) for one in found.bindings} - set(wanted.bindings), key=lambda one: one.queue):
        if one.exchange:  # the default exchange binds every queue by its name
            yield unbind(one, vhost)
    for name in sorted(_names(found.queues) - {one.name for one in wanted.queues}):
        yield Change("remove", "queue", name, "DELETE", f"queues/{vhost}/{quote(name, safe='')}", empty=True)
    for name in sorted(_names(found.exchanges) - {one.name for one in wanted.exchanges}):
        if not of_broker(name):
            yield Change("remove", "exchange", name, "DELETE", f"exchanges/{vhost}/{quote(name, safe='')}")
    for name in sorted(_names(found.policies) - {one.name for one in wanted.policies}):
        yield Change("remove", "policy", name, "DELETE", f"policies/{vhost}/{quote(name, safe='')}")


def _bind(one: Binding, vhost: str) -> Change:
    return Change("add", "binding", shown(one), "POST", _between(one, vhost), {"routing_key": one.key})


def unbind(one: Binding, vhost: str) -> Change:
    """The call that takes a binding away; `vhost` as it stands in a path."""
    return Change("remove", "binding", shown(one), "DELETE", f"{_between(one, vhost)}/{quote(one.key, safe='') or '~'}")


def _between(one: Binding, vhost: str) -> str:
    return f"bindings/{vhost}/e/{quote(one.exchange, safe='')}/q/{quote(one.queue, safe='')}"


def _same(now: Json, wanted: Json) -> bool:
    """Whether all that is wanted is so now; what the broker tells besides does not count."""
    return all(now.get(name) == value for name, value in wanted.items())


def _names(found: Sequence[Json]) -> set[str]:
    return {str(one.get("name")) for one in found}


def _by_name(found: Sequence[Json]) -> Mapping[str, Json]:
    return {str(one.get("name")): one for one in found}
