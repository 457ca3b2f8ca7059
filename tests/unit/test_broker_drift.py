"""What differs at the broker, told object by object: whatever is changed by hand, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from hub.broker import Drift, difference, drift, topology
from hub.broker.difference import Found, definitions
from hub.broker.forms import policy_form

ZONE = "kikan"
WANTED = topology(ZONE, ("juki", "課税課"), 2)
QUEUE = "in.juki.0"
Lists = dict[str, list[dict[str, Any]]]


def broker(change: Callable[[Lists], object] = lambda _: None) -> Found:
    """What the management API would tell of a broker as wanted, with its own things, after a change by hand."""
    lists: Lists = json.loads(json.dumps(definitions(WANTED)))
    lists["users"] += [{"name": "admin", "tags": ["administrator"], "password_hash": "x"}, {"name": "zei@other"}]
    lists["permissions"].append({"user": "admin", "configure": ".*", "write": ".*", "read": ".*"})
    lists["exchanges"] += [{"name": ""}, {"name": "amq.direct"}]
    lists["bindings"].append({"source": "", "destination": QUEUE, "routing_key": QUEUE})
    lists["queues"] = [{**one, "messages": 7} for one in lists["queues"]]
    change(lists)
    return Found(**{one.name: lists[one.name] for one in fields(Found)})


def named(rows: list[dict[str, Any]], name: str, member: str = "name") -> dict[str, Any]:
    return next(one for one in rows if one[member] == name)


def without(lists: Lists, kind: str, name: str) -> None:
    lists[kind] = [one for one in lists[kind] if one["name"] != name]


class TestDrift:
    def test_a_broker_as_wanted_has_none(self) -> None:
        """Its own exchanges, its administrators and another zone's users are not ours to judge."""
        assert (drift(WANTED, broker(), ZONE), difference(WANTED, broker(), ZONE)) == ((), ())

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (
                lambda all_: named(all_["permissions"], "juki@kikan", "user").update(read=".*"),
                Drift("permission", "juki@kikan", {"read": ".*"}, {"read": r"^(out\.juki|receipts\.juki)$"}),
            ),
            (
                lambda all_: named(all_["users"], "juki@kikan").update(password_hash="secret", tags=["management"]),
                Drift(
                    "user",
                    "juki@kikan",
                    {"password": "set", "tags": ["management"]},
                    {"password": "none", "tags": ""},
                ),
            ),
            (
                lambda all_: all_["users"].append({"name": "old@kikan", "tags": "", "password_hash": ""}),
                Drift("user", "old@kikan", {"password": "none", "tags": ""}, None),
            ),
            (
                lambda all_: all_["queues"].append({"name": "in.juki.2", "arguments": {}, "messages": 3, "node": "a"}),
                Drift("queue", "in.juki.2", {"arguments": {}, "messages": 3}, None),
            ),
            (
                lambda all_: named(all_["queues"], QUEUE)["arguments"].update({"x-overflow": "drop-head"}),
                Drift(
                    "queue",
                    QUEUE,
                    {"arguments": {**WANTED.queues[0].arguments, "x-overflow": "drop-head"}},
                    {"arguments": WANTED.queues[0].arguments},
                ),
            ),
            (
                lambda all_: without(all_, "policies", "inbound"),
                Drift("policy", "inbound", None, policy_form(WANTED.policies[0])),
            ),
            (
                lambda all_: all_["bindings"].append(
                    {"source": "in.juki", "destination": "out.juki", "routing_key": "9"}
                ),
                Drift("binding", "in.juki → out.juki (9)", {}, None),
            ),
            (
                lambda all_: all_["bindings"].remove(named(all_["bindings"], "1", "routing_key")),
                Drift("binding", "in.juki → in.juki.1 (1)", None, {}),
            ),
            (
                lambda all_: named(all_["exchanges"], "out").update(type="topic"),
                Drift("exchange", "out", {"type": "topic"}, {"type": "direct"}),
            ),
        ],
    )
    def test_names_the_object_how_it_is_and_how_it_should_be(
        self, change: Callable[[Lists], object], told: Drift
    ) -> None:
        """By the members that differ alone; never a password's hash. Whoever mends finds the same work to do."""
        (found,) = drift(WANTED, broker(change), ZONE)

        assert found == told
        assert difference(WANTED, broker(change), ZONE)

    def test_of_an_empty_broker_everything_is_missing(self) -> None:
        """As many as there are objects, the virtual host first."""
        nothing = Found(**{one.name: () for one in fields(Found)})
        found = drift(WANTED, nothing, ZONE)
        objects = (WANTED.exchanges, WANTED.queues, WANTED.bindings, WANTED.policies, WANTED.users, WANTED.users)

        assert (found[0].kind, {one.fault for one in found}) == ("vhost", {"missing"})
        assert len(found) == 1 + sum(map(len, objects))
