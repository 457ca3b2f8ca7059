"""What the processes of the naive pipeline share: queues, a database, the hub's key, and the home whose CA and endpoints are theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bench.engine import broker, database
from bench.engine.database import Rows
from bench.engine.home import EngineHome
from bench.engine.plan import Case
from bench.naive import Signing, hub_identity
from bench.plan import SENDER, WORKLOADS, Workload
from hub.config import JournalServer
from hub.edges import pki
from hub.edges.amqp.broker import Account
from scripts.servers import Postgres, RabbitCluster

ANSWERED = "naive.in"
ONE_WAY = "naive.one-way"
SINK = "naive.sink"


def queue_of(endpoint: str) -> str:
    """Where the naive hub puts what is for this endpoint."""
    return f"naive.out.{endpoint}"


@dataclass(frozen=True, slots=True)
class Site:
    """A directory with all of it."""

    place: Path

    @classmethod
    def make(cls, place: Path, home: EngineHome, case: Case, cluster: RabbitCluster, postgres: Postgres) -> Site:
        """New queues, a new database, a new key of the case's kind for the hub."""
        place.mkdir(parents=True)
        site = cls(place)
        ends = map(queue_of, (SENDER, *case.workload.recipients))
        site.written.write(broker.make(cluster, (ANSWERED, ONE_WAY, SINK, *ends)))
        server = database.create(postgres, f"naive-{place.parent.name}")
        (place / "database.json").write_text(server.model_dump_json(), "utf-8")
        (place / "home.json").write_text(json.dumps([str(home.paths.root), case.workload.name]), "utf-8")
        made = hub_identity(home, case.kind)
        pki.write_key(place / "hub.key", made.key)
        pki.write_certificates(place / "hub.pem", [made.certificate])
        return site

    @property
    def written(self) -> broker.Written:
        return broker.Written(self.place / "account.json")

    @property
    def account(self) -> Account:
        return self.written.read()

    @property
    def hub(self) -> Signing:
        made = pki.read_identity(self.place / "hub.key", self.place / "hub.pem")
        return Signing(made.key, made.certificate)

    @property
    def home(self) -> EngineHome:
        return EngineHome.at(Path(json.loads((self.place / "home.json").read_text("utf-8"))[0]))

    @property
    def workload(self) -> Workload:
        name = json.loads((self.place / "home.json").read_text("utf-8"))[1]
        return next(one for one in WORKLOADS if one.name == name)

    def rows(self, table: str) -> Rows:
        """A table of its database."""
        return Rows(JournalServer.model_validate_json((self.place / "database.json").read_bytes()), table)
