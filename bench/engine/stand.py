"""Where a case is measured: its home, the naive pipeline's site beside it, the servers under both, and fresh messages for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import fixture
from bench.engine import home as homes
from bench.engine import naive_zone
from bench.engine.home import EngineHome
from bench.engine.load import Carrier, Parts
from bench.engine.naive_site import Site
from bench.engine.plan import PARTITIONS, Case
from bench.engine.processes import Part
from bench.plan import SENDER
from connectors.kit.compose import compose
from connectors.kit.identity import Identity
from hub.app import law
from hub.edges.clock import SystemClock
from hub.messages import Submission
from scripts.engine.ward import Ward
from scripts.servers import Postgres, RabbitCluster


@dataclass(frozen=True, slots=True)
class Servers:
    """RabbitMQ and PostgreSQL."""

    cluster: RabbitCluster
    postgres: Postgres


@dataclass(frozen=True, slots=True)
class Stand:
    """One case. The naive pipeline's first hub and its recipients run all the time: they block while nothing comes."""

    case: Case
    servers: Servers
    home: EngineHome
    site: Site
    naive: tuple[Part, Part]
    sender: Identity
    mint: fixture.Mint

    def signed(self, count: int) -> list[Submission]:
        """So many new messages, each about another person."""
        events = self.mint.events(count, SystemClock().now())
        return [compose(draft, self.sender) for event in events for draft in event]

    def parts(self, carrier: Carrier) -> Parts:
        """The processes of whoever carries, and of the servers under it."""
        servers = self.servers
        return lambda: {**carrier.parts(), "broker": servers.cluster.pids(), "database": servers.postgres.pids()}


@contextmanager
def stand(place: Path, case: Case, servers: Servers) -> Iterator[Stand]:
    """A new home and a new site below `place`."""
    ward = Ward(servers.cluster, servers.postgres, partitions=PARTITIONS, name=place.name)
    home = homes.make(place, case, ward)
    site = Site.make(place / "naive", home, case, servers.cluster, servers.postgres)
    sender = fixture.identity(home, SENDER)
    mint = fixture.Mint(case.workload, sender, law.load_provisions())
    with naive_zone.parties(site) as naive:
        yield Stand(case, servers, home, site, naive, sender, mint)
