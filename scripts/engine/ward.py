"""Servers for the zones of one run: a database each, a virtual host each, and the homes' own CAs trusted by the broker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from hub.app import law
from hub.app.brokerkeys import make_keys
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.broker import difference, topology
from hub.config import BrokerNodes, Engine, JournalServer
from hub.edges.amqp.admin import Admin
from scripts.servers import Postgres, RabbitCluster

CA = "trust/broker.pem"


@dataclass(frozen=True, slots=True)
class Ward:
    """Fulfils `connectors.demo.run.Engine`."""

    cluster: RabbitCluster
    postgres: Postgres
    workers: int = 2
    partitions: int = 2
    name: str = "juki"  # of its databases, each with the zone behind it

    def section(self, zone: str) -> Engine:
        """hub.yaml's engine for a new home of this zone."""
        made = self.postgres.create_database(f"{self.name}-{zone}")
        journal = JournalServer(host=str(made.socket), port=made.port, database=made.name, user=made.user)
        broker = BrokerNodes(nodes=list(self.cluster.addresses), ca=CA)
        return Engine(journal=journal, broker=broker, workers=self.workers, partitions=self.partitions)

    def meet(self, zone: str, paths: HomePaths) -> None:
        """Keys, trust, topology."""
        config = read_config(paths)
        (paths.root / CA).write_bytes(self.cluster.ca.read_bytes())
        make_keys(paths, config, datetime.now(UTC))
        self.cluster.trust(paths.authority)
        routes = law.zone_routes(
            read_file(paths.routing).decode("utf-8"), paths.routing.name, config, law.load_provisions()
        )
        wanted = topology(zone, routes.endpoints.keys(), self.partitions)
        way = self.cluster.admin()
        admin = Admin(way.url, way.name, way.password)
        forget(self.cluster, wanted.vhost)
        for change in difference(wanted, admin.found(wanted.vhost), zone):
            admin.make(change)


def forget(cluster: RabbitCluster, vhost: str) -> None:
    """Nothing is left of this virtual host: what was sealed to an older home nobody can read, and a connector stops at it."""
    place = f"/api/vhosts/{quote(vhost, safe='')}"
    listed = cluster.admin().call("GET", "/api/vhosts")
    if isinstance(listed, list) and any(one.get("name") == vhost for one in listed):
        cluster.admin().call("DELETE", place)
