"""Opens a home: lock, configuration, law, keys, journal and signer, checked before anything is done; then intake and dispatcher.

Nothing that is missing is made anew (style 3.6): keys and records cannot be. At an opening the digests of all that
decides are written as a config entry, unless the newest one in the log says the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hub import config as configuration
from hub import operators
from hub.app import law
from hub.app.confirmations import confirmed_provisions
from hub.app.journalplace import journal_place
from hub.app.paths import HomePaths
from hub.codes import cfg, log
from hub.config import Config
from hub.dispatcher import PAUSES, Dispatcher
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.edges.home import lock_home
from hub.edges.journal import Journal, Snapshot, open_journal
from hub.edges.keystore import KeyStore, open_keystore
from hub.edges.signer import load_log_key, open_signer
from hub.edges.signermemory import TreeHead
from hub.envelope import format_time
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Config as ConfigEntry
from hub.exchangelog.entry import Exchange
from hub.exchangelog.entry import Statement as StatementEntry
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.text import time_value
from hub.exchangelog.tree import Frontier, prove_consistency
from hub.intake import Intake, Ports
from hub.operators import Operators
from hub.pipeline import House
from hub.ports import Clock, Head, Observer
from hub.replies import Ledger
from hub.schemas import Schemas
from hub.stages.authorise import Law
from hub.stages.record import Desk, Notice
from hub.stages.validate import Site
from hub.xmlsig import DEFAULT_LIMITS, Anchor, Trust, fingerprint


@dataclass(frozen=True, slots=True)
class OpenHome:
    """A home that this process owns."""

    paths: HomePaths
    config: Config
    house: House
    journal: Journal
    keystore: KeyStore
    intake: Intake
    dispatcher: Dispatcher
    clock: Clock
    observe: Observer

    def consistency(self, gaps: Sequence[tuple[int, int]]) -> list[Sequence[bytes]]:
        """Consistency proofs for (smaller size, larger size), in order."""
        return [prove_consistency(small, large, self.journal.nodes) for small, large in gaps]

    def entry(self, index: int) -> entries.Entry | None:
        """The entry at an index, or None when the log is shorter."""
        return _entry(self.journal, index)


@contextmanager
def open_home(path: Path, clock: Clock, observe: Observer) -> Iterator[OpenHome]:
    """Owns the home while the block runs. Raises `HomeInUse`, `Misconfigured`, `Faults` or `IntegrityError`."""
    paths = HomePaths(path)
    config = read_config(paths)
    with ExitStack() as held:
        held.enter_context(lock_home(path))
        keystore = held.enter_context(open_keystore(paths.keystore, read_file(paths.master_key)))
        journal = held.enter_context(open_journal(journal_place(paths, config), keystore))
        house, digests = _house(paths, config, journal)
        head = journal.head()
        tree = Frontier(head.size, head.edge)
        log_key = read_file(paths.log_key)
        signer = held.enter_context(
            open_signer(log_key, paths.log_memory, config.origin, TreeHead(tree.size, tree.root))
        )
        _check_note(head, tree.root, VerifierKey.of(config.origin, load_log_key(log_key)))
        ledger = Ledger(journal, journal, config.origin, config.erase_after_days)
        ports = Ports(
            journal, journal, ledger, signer, clock, secrets.token_bytes, observe, lane_key=read_file(paths.lane_key)
        )
        desk = Desk(config.origin, config.tenant, config.environment, 0, house.law.digest, config.erase_after_days)
        intake = Intake(house, ports, desk)
        _catch_up(clock, _entry(journal, tree.size - 1))
        intake.cite(_config_entry(intake, journal, desk, clock, digests))
        # Simulated time stands still between messages: a pause in it might never end.
        pauses = [timedelta(0)] * len(PAUSES) if isinstance(clock, SimulatedClock) else PAUSES
        dispatcher = Dispatcher(house, journal, intake, clock, observe, pauses)
        yield OpenHome(paths, config, house, journal, keystore, intake, dispatcher, clock, observe)


def _check_note(head: Head, root: bytes, key: VerifierKey) -> None:
    """The stored note, which replies hand on, is the checkpoint of the stored tree. Raises `IntegrityError`."""
    if head.size == 0 and not head.note:
        return
    said = Checkpoint.verified(head.note, key)
    if (said.size, said.root) != (head.size, root):
        raise IntegrityError(log.HEAD_CHANGED, index=head.size)


def read_config(paths: HomePaths) -> Config:
    """The configuration of an existing home. Raises `Misconfigured` HUB-CFG-002 when there is none."""
    if not paths.config.is_file():
        raise Misconfigured(cfg.NO_HOME, path=str(paths.root))
    return configuration.load(paths.config.read_text("utf-8"), "hub.yaml")


def read_file(path: Path) -> bytes:
    """A file that the home must have. Raises `Misconfigured` HUB-CFG-004."""
    if not path.is_file():
        raise Misconfigured(cfg.MISSING_FILE, path=path.name)
    return path.read_bytes()


def read_operators(paths: HomePaths, endpoints: Collection[str]) -> Operators:
    """The rules about who may act for these endpoints. Raises `Faults`."""
    text = paths.operators.read_text("utf-8") if paths.operators.is_file() else operators.EMPTY
    return operators.load(text, paths.operators.name, endpoints)


def read_trust(paths: HomePaths, environment: str) -> Trust:
    """The pinned CA, the registered certificates and the revoked ones. Raises `Faults` or `Misconfigured`."""
    anchors = [Anchor(certificate) for certificate in pki.read_certificates(paths.authority)]
    registrations = {
        file.stem: frozenset(fingerprint(one) for one in pki.read_certificates(file))
        for file in sorted(paths.certificates.glob("*.pem"))
    }
    lines = read_file(paths.revoked).decode("utf-8").splitlines()
    revoked = frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    return Trust(anchors, registrations, revoked, environment)


def _house(paths: HomePaths, config: Config, journal: Journal) -> tuple[House, Mapping[str, str]]:
    provisions = confirmed_provisions(paths.root, law.load_provisions(), lambda index: _statement(journal, index))
    routes = law.zone_routes(read_file(paths.routing).decode("utf-8"), "routing.yaml", config, provisions)
    schemas = Schemas.load(resources.xsd_files())
    trust = read_trust(paths, config.environment)
    acting = read_operators(paths, routes.endpoints)
    house = House(
        Site(config.tenant, config.environment, schemas, acting), trust, DEFAULT_LIMITS, Law(routes, provisions)
    )
    digests = {
        **provisions.tables.digests,
        "provisions": provisions.digest,
        "routing.yaml": routes.digest,
        "operators.yaml": acting.digest,
        "xsd": schemas.digest,
        "keylist.txt": law.sha256(read_file(paths.key_list)),
    }
    return house, digests


def _catch_up(clock: Clock, last: entries.Entry | None) -> None:
    """A simulated clock goes on where the log stopped."""
    if last is not None and isinstance(clock, SimulatedClock) and time_value(last.time) > clock.now():
        clock.advance_to(time_value(last.time))


def _config_entry(intake: Intake, journal: Journal, desk: Desk, clock: Clock, digests: Mapping[str, str]) -> int:
    """The index of the config entry that holds now: a new one unless the newest in the log says the same."""
    newest = _newest_config(journal)
    if newest is not None:
        index, said = newest
        if said.digests == digests and (said.tenant, said.environment) == (desk.tenant, desk.environment):
            return index
    entry = ConfigEntry(
        time=format_time(clock.now()),
        origin=desk.origin,
        tenant=desk.tenant,
        environment=desk.environment,
        digests=dict(digests),
    )
    return intake.note(Notice(entry)).index


def _newest_config(journal: Journal) -> tuple[int, ConfigEntry] | None:
    """The newest config entry and its index. What is about a message cites it, so only a run of other entries is walked."""
    with journal.snapshot() as log:
        index = log.head().size - 1
        while (entry := _read(log, index)) is not None:
            if isinstance(entry, ConfigEntry):
                return index, entry
            index = min(entry.config, index - 1) if isinstance(entry, Exchange) else index - 1
    return None


def _statement(journal: Journal, index: int) -> str | None:
    entry = _entry(journal, index)
    return entry.statement if isinstance(entry, StatementEntry) else None


def _entry(journal: Journal, index: int) -> entries.Entry | None:
    with journal.snapshot() as log:
        return _read(log, index)


def _read(log: Snapshot, index: int) -> entries.Entry | None:
    row = next(log.entries(index, index + 1), None) if index >= 0 else None
    return None if row is None else entries.parse(row.leaf)
