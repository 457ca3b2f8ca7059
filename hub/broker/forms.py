"""The forms of a zone's objects at the management API: what is put there, and how what is found there is read."""

from __future__ import annotations

from collections.abc import Sequence

from hub.broker.topology import Binding, Json, Policy, Queue, User

USER: Json = {"password_hash": "", "tags": ""}  # no password: the certificate is the only way in
EXCHANGE: Json = {"type": "direct", "durable": True, "auto_delete": False, "internal": False, "arguments": {}}


def queue_form(queue: Queue) -> dict[str, object]:
    return {"durable": True, "auto_delete": False, "arguments": dict(queue.arguments)}


def permission_form(user: User) -> dict[str, object]:
    return {"configure": user.configure, "write": user.write, "read": user.read}


def policy_form(policy: Policy) -> dict[str, object]:
    return {"pattern": policy.pattern, "definition": dict(policy.definition), "apply-to": "queues", "priority": 0}


def binding_of(found: Json) -> Binding:
    return Binding(str(found.get("source")), str(found.get("destination")), str(found.get("routing_key")))


def shown(binding: Binding) -> str:
    """For a person, who knows the exchange by the queue's name."""
    return f"{binding.queue} ← {binding.key}"


def administrators(users: Sequence[Json]) -> set[str]:
    """Who may change the broker keeps permissions that no topology names."""
    return {str(one.get("name")) for one in users if "administrator" in str(one.get("tags"))}


def of_broker(exchange: str) -> bool:
    """The broker has exchanges of its own in every virtual host."""
    return not exchange or exchange.startswith("amq.")
