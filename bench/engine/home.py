"""A home on the engine: `hub init`, its keys of the case's kind, its journal in PostgreSQL, its topology at the broker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.engine.plan import Case
from bench.plan import SENDER, TENANT
from connectors.kit.brokerhub import BrokerPlace
from hub import config as configuration
from hub.app import engine
from hub.app.founding import Founding, found
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.broker import Names
from hub.broker.names import HUB
from hub.config import Config, Engine
from hub.edges import pki, resources
from hub.edges.amqp.broker import Account
from hub.edges.amqp.sealing import read_seal_certificate, read_seal_key
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.edges.pki import Validity
from scripts.engine.ward import Ward


@dataclass(frozen=True, slots=True)
class EngineHome:
    """The files of a home whose processes run elsewhere; fulfils `bench.fixture.Founded`."""

    paths: HomePaths
    config: Config

    @classmethod
    def at(cls, root: Path) -> EngineHome:
        """One that exists."""
        paths = HomePaths(root)
        return cls(paths, read_config(paths))

    @property
    def engine(self) -> Engine:
        """Raises `ValueError` for an embedded home."""
        if self.config.engine is None:
            raise ValueError("a home on the engine")
        return self.config.engine

    @property
    def events(self) -> Path:
        """Where its processes write what happened."""
        return self.paths.root / "events.jsonl"

    def account(self, code: str) -> Account:
        """Of an endpoint, or of the hub."""
        broker = self.engine.broker
        if broker is None:
            raise ValueError("a home with a broker")
        names = Names(self.config.zone)
        return engine.account(self.paths, names, code, broker.nodes, self.paths.root / broker.ca)

    def place(self, code: str) -> BrokerPlace:
        """Where the connector of an endpoint meets the hub."""
        return BrokerPlace(
            self.account(code),
            Names(self.config.zone),
            read_seal_key(self.paths.endpoint(code).seal_key),
            read_seal_certificate(self.paths.seal(HUB)),
            self.engine.partitions,
        )

    def with_workers(self, workers: int) -> EngineHome:
        """The same home, to be served by so many from its next start on."""
        changed = self.config.model_copy(update={"engine": self.engine.model_copy(update={"workers": workers})})
        atomic_write(self.paths.config, configuration.render(changed).encode())
        return EngineHome(self.paths, changed)


def make(place: Path, case: Case, ward: Ward) -> EngineHome:
    """A new home below `place`, met by the ward's servers."""
    zone = case.workload.zone
    config = Config(
        format=1,
        tenant=TENANT,
        environment="test",
        zone=zone,
        origin=f"juki-hub/{TENANT}/{zone}",
        development=True,
        engine=ward.section(zone),
    )
    paths = found(Founding(place / zone, config, resources.routing_file(), SystemClock().now() - timedelta(hours=1)))
    home = EngineHome(paths, config)
    if case.kind != "ecdsa-p256":
        for code in (SENDER, *case.workload.recipients):
            _sign_with(home, code, case)
    ward.meet(zone, paths)
    return home


def _sign_with(home: EngineHome, code: str, case: Case) -> None:
    """Another key for this endpoint, with a certificate that is registered instead of its first one."""
    paths, config = home.paths, home.config
    authority = pki.Identity(pki.read_signing_key(paths.offline / "ca.key"), pki.read_certificates(paths.authority)[0])
    now = SystemClock().now()
    validity = Validity(now - timedelta(days=1), now + timedelta(days=30))
    names = (config.tenant, config.zone, code)
    made = pki.make_endpoint(authority, names, validity, development=True, kind=case.kind)
    own = paths.endpoint(code)
    for file in (own.key, own.certificate, paths.certificate(code)):
        file.unlink()
    pki.write_key(own.key, made.key)
    pki.write_certificates(own.certificate, [made.certificate])
    pki.write_certificates(paths.certificate(code), [made.certificate])
