"""A home of zone kikan whose topology stands on the session's cluster, for each file of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.app.brokerkeys import make_keys
from hub.app.founding import Founding, found
from hub.app.paths import HomePaths
from hub.broker import Names, Topology, difference, topology
from hub.broker.names import HUB
from hub.config import Config
from hub.edges import resources
from hub.edges.amqp.admin import Admin
from hub.edges.amqp.broker import Account, Node
from scripts.engine.ward import forget
from scripts.servers import RabbitCluster

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
ENDPOINTS = ("juki", "zei", "shinsei", "課税課")
PARTITIONS = 2


@dataclass(frozen=True, slots=True)
class Ward:
    """A home, and the accounts with which its parties meet the cluster."""

    paths: HomePaths
    names: Names
    cluster: RabbitCluster
    wanted: Topology
    partitions: int = PARTITIONS

    @property
    def admin(self) -> Admin:
        way = self.cluster.admin()
        return Admin(way.url, way.name, way.password)

    def make(self) -> None:
        """The topology as it is wanted."""
        for change in difference(self.wanted, self.admin.found(self.wanted.vhost), CONFIG.zone):
            self.admin.make(change)

    def account(self, code: str) -> Account:
        """Of an endpoint, or of the hub; the cluster's nodes are tried in order."""
        own = self.paths.endpoint(code)
        files = (self.paths.tls_certificate, self.paths.tls_key) if code == HUB else (own.tls_certificate, own.tls_key)
        nodes = tuple(map(Node.parse, self.cluster.addresses))
        return Account(self.names.user(code), nodes, self.names.vhost, self.cluster.ca, *files)


@pytest.fixture(scope="module")
def ward(rabbit: RabbitCluster, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """A home of its own for the tests of a file, on an empty virtual host; tests that change the topology put it back."""
    now = datetime.now(UTC)  # TLS looks at the real clock
    root: Path = tmp_path_factory.mktemp("ward") / "home"
    paths = found(Founding(root, CONFIG, resources.routing_file(), now - timedelta(hours=1)))
    make_keys(paths, CONFIG, now)
    rabbit.trust(paths.authority)
    forget(rabbit, Names(CONFIG.zone).vhost)
    made = Ward(paths, Names(CONFIG.zone), rabbit, topology(CONFIG.zone, ENDPOINTS, PARTITIONS))
    made.make()
    return made
