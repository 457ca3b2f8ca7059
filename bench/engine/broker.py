"""A virtual host of the benchmark's own, for whoever meets the broker without juki-hub: quorum queues, one user, TLS both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pika
from pika.adapters.blocking_connection import BlockingChannel

from hub.edges.amqp.broker import HEARTBEAT, Account, Node
from scripts.engine.ward import forget
from scripts.servers import RabbitCluster

VHOST = "bench"
USER = "bench"


def make(cluster: RabbitCluster, queues: Iterable[str]) -> Account:
    """The vhost, empty but for these queues, and an account that may use them."""
    forget(cluster, VHOST)
    admin = cluster.admin()
    admin.add_vhost(VHOST)
    admin.add_user(USER)
    admin.allow(USER, VHOST, "^$", ".*", ".*")
    for name in queues:
        body = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
        admin.call("PUT", f"/api/queues/{VHOST}/{quote(name, safe='')}", body)
    own = cluster.client(USER)
    return Account(USER, tuple(map(Node.parse, cluster.addresses)), VHOST, cluster.ca, own.certificate, own.key)


def connected(account: Account) -> pika.BlockingConnection:
    """To the first node, with pika as its documentation shows it."""
    node = account.nodes[0]
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host=node.host,
            port=node.port,
            virtual_host=account.vhost,
            credentials=pika.credentials.ExternalCredentials(),
            ssl_options=pika.SSLOptions(account.tls(), node.host),
            heartbeat=HEARTBEAT,
        )
    )


def send(channel: BlockingChannel, key: str, body: bytes, join: str) -> None:
    """Persistent, mandatory, and confirmed: the channel has confirms switched on."""
    properties = pika.BasicProperties(delivery_mode=2, correlation_id=join, user_id=USER)
    channel.basic_publish("", key, body, properties, mandatory=True)


@dataclass(frozen=True, slots=True)
class Written:
    """An account as a file, for another process."""

    path: Path

    def write(self, account: Account) -> None:
        nodes = [f"{one.host}:{one.port}" for one in account.nodes]
        files = [str(one) for one in (account.authority, account.certificate, account.key)]
        self.path.write_text(json.dumps([account.user, nodes, account.vhost, *files]), "utf-8")

    def read(self) -> Account:
        user, nodes, vhost, *files = _parsed(self.path)
        return Account(user, tuple(map(Node.parse, nodes)), vhost, *map(Path, files))


def _parsed(path: Path) -> list[Any]:
    found: list[Any] = json.loads(path.read_text("utf-8"))
    return found
