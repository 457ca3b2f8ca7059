"""The gate before the inbound queues: what is unbound, what is counted, and what stays open."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hub.broker import Names, topology
from hub.broker.difference import Found, definitions
from hub.broker.gate import closing, inbound

NAMES, ENDPOINTS = Names("kikan"), ("juki", "juki2")


def broker() -> Found:
    lists: dict[str, Any] = dict(definitions(topology("kikan", ENDPOINTS, 2)))
    lists["bindings"] = [
        *lists["bindings"],
        {"source": "", "destination": "in.juki.0", "routing_key": "in.juki.0"},
        {"source": "in.juki", "destination": "in.juki.7", "routing_key": "7"},
    ]
    lists["queues"] = [*lists["queues"], {"name": "in.juki.7"}]
    return Found(**{one.name: lists[one.name] for one in fields(Found)})


class TestGate:
    def test_every_inbound_key_is_unbound_and_no_other(self) -> None:
        """Whatever the number that was: what a hand has bound besides is shut too. Control and outward ways stay open."""
        calls = closing(NAMES, ENDPOINTS, broker())

        assert {(one.method, one.name) for one in calls} == {
            ("DELETE", f"in.{code}.{number} ← {number}") for code in ENDPOINTS for number in (0, 1)
        } | {("DELETE", "in.juki.7 ← 7")}

    def test_only_inbound_queues_must_be_empty(self) -> None:
        """What waits for recipients, or to be asked, holds no change up; one of an older number does."""
        queues = ("in.juki.0", "in.juki.1", "in.juki.7", "in.juki2.0", "in.juki2.1")

        assert inbound(NAMES, ENDPOINTS, broker()) == queues
