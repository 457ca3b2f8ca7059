"""Where everything of a home lies (docs/home.md). Endpoint codes may be Japanese; no file name names a resident."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HomePaths:
    """The files of one home."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "hub.yaml"

    @property
    def routing(self) -> Path:
        return self.root / "routing.yaml"

    @property
    def operators(self) -> Path:
        """Who may act for an endpoint; a home without it has no such rules, and lets no contractor act."""
        return self.root / "operators.yaml"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def log_key(self) -> Path:
        return self.keys / "log.key"

    @property
    def log_memory(self) -> Path:
        """The signer's memory: outside the database on purpose, so that a restored database shows itself."""
        return self.keys / "log.memory"

    def next_key(self, id_: str) -> Path:
        """A log key that was asked for, by its id in hex, until the root's key list names it, or another one."""
        return self.keys / f"next-{id_}.key"

    def next_memory(self, id_: str) -> Path:
        """The signer's memory for it."""
        return self.keys / f"next-{id_}.memory"

    def next_files(self) -> tuple[Path, ...]:
        """All of those."""
        return tuple(sorted((*self.keys.glob("next-*.key"), *self.keys.glob("next-*.memory"))))

    @property
    def lane_key(self) -> Path:
        return self.keys / "lane.key"

    @property
    def master_key(self) -> Path:
        return self.keys / "master.key"

    @property
    def seal_key(self) -> Path:
        """Opens what endpoints send through the broker."""
        return self.keys / "seal.key"

    @property
    def tls_key(self) -> Path:
        """With its certificate the hub logs in at the broker."""
        return self.keys / "tls.key"

    @property
    def tls_certificate(self) -> Path:
        return self.keys / "tls.pem"

    @property
    def journal_passwords(self) -> Path:
        """In libpq's form, for a journal on a server that asks for one; else absent."""
        return self.keys / "journal.pgpass"

    @property
    def key_list(self) -> Path:
        return self.keys / "keylist.txt"

    @property
    def root_verifier(self) -> Path:
        """The offline root's public key, as recipients pin it."""
        return self.keys / "root.vkey"

    @property
    def offline(self) -> Path:
        """Made by init for the ceremony; the operator takes it away. Only a development home keeps it."""
        return self.root / "offline"

    @property
    def trust(self) -> Path:
        return self.root / "trust"

    @property
    def authority(self) -> Path:
        return self.trust / "ca.pem"

    @property
    def certificates(self) -> Path:
        return self.trust / "endpoints"

    @property
    def seals(self) -> Path:
        """The sealing certificates of the hub (`hub.pem`) and of each endpoint."""
        return self.trust / "seal"

    @property
    def revoked(self) -> Path:
        return self.trust / "revoked.txt"

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def anchors(self) -> Path:
        """Checkpoints that somebody outside cosigned."""
        return self.root / "anchors"

    def anchor(self, witness: str) -> Path:
        """The newest checkpoint that this witness (the hex id of its key) cosigned."""
        return self.anchors / f"{witness}.note"

    @property
    def timestamps(self) -> Path:
        """Checkpoints with the timestamps over them (hub.edges.timestampstore)."""
        return self.root / "timestamps"

    @property
    def timestamp_authority(self) -> Path:
        """The CAs that may have issued the timestamp authority's certificate."""
        return self.trust / "tsa.pem"

    @property
    def timestamp_said(self) -> Path:
        """What the last request for a timestamp came to."""
        return self.root / "run" / "timestamp.json"

    @property
    def key_backup_said(self) -> Path:
        """What the last backup of the key store came to."""
        return self.root / "run" / "keybackup.json"

    @property
    def selfcheck(self) -> Path:
        """When the zone last verified its own log."""
        return self.root / "run" / "verified"

    @property
    def selfcheck_said(self) -> Path:
        """What the last verification said."""
        return self.root / "run" / "verified.json"

    @property
    def frozen(self) -> Path:
        """Which deliveries were held because their entries are damaged; each is held for that once."""
        return self.root / "run" / "frozen.json"

    @property
    def search(self) -> Path:
        """Derived from the journal: may be deleted at any time, and is then made anew."""
        return self.root / "search" / "log.sqlite"

    @property
    def keystore(self) -> Path:
        return self.root / "keystore"

    @property
    def restoring(self) -> Path:
        """There while a generation of the key store is being put in its place; its name."""
        return self.keystore / "restoring"

    @property
    def persons(self) -> Path:
        return self.root / "persons"

    @property
    def confirmations(self) -> Path:
        """Statements by two persons that lift a doubt; each is in the log."""
        return self.root / "confirmations"

    @property
    def socket(self) -> Path:
        return self.root / "run" / "hub.sock"

    @property
    def turn(self) -> Path:
        """Locked by whichever process of the home writes the log now."""
        return self.root / "run" / "turn.lock"

    def certificate(self, endpoint: str) -> Path:
        """The registered certificates of an endpoint."""
        return self.certificates / f"{endpoint}.pem"

    def seal(self, name: str) -> Path:
        """The sealing certificate of an endpoint, or of `hub`."""
        return self.seals / f"{name}.pem"

    @property
    def endpoints(self) -> Path:
        return self.root / "endpoints"

    def endpoint(self, code: str) -> EndpointPaths:
        """The endpoint's own place: of every one in a development home, of one alone in that endpoint's home."""
        return EndpointPaths(self.endpoints / code)

    def endpoint_keys(self) -> tuple[Path, ...]:
        """The signing keys of endpoints that lie in this home."""
        return tuple(sorted(self.endpoints.glob("*/key.pem")))


@dataclass(frozen=True, slots=True)
class EndpointPaths:
    """The files of one endpoint: its signing key, and the keys under which it keeps its outbox and names persons."""

    root: Path

    @property
    def key(self) -> Path:
        return self.root / "key.pem"

    @property
    def certificate(self) -> Path:
        return self.root / "cert.pem"

    @property
    def seal_key(self) -> Path:
        return self.root / "seal.key"

    @property
    def tls_key(self) -> Path:
        return self.root / "tls.key"

    @property
    def tls_certificate(self) -> Path:
        return self.root / "tls.pem"

    @property
    def subject_key(self) -> Path:
        return self.root / "subject.key"

    @property
    def store_key(self) -> Path:
        return self.root / "store.key"

    @property
    def store(self) -> Path:
        return self.root / "store.db"
