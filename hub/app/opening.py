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
from hub.app.logline import following, read_line, read_log_key, require_begun
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.app.renewing import renewal
from hub.app.timestamplimit import Reading, timestamp_limit
from hub.codes import cfg, key, log
from hub.config import Config
from hub.dispatcher import PAUSES, Dispatcher
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.edges.home import lock_home
from hub.edges.journal import Journal, Snapshot, open_journal
from hub.edges.keystore import KeyStore, open_keystore
from hub.edges.signer import FileSigner, join_signer, open_signer
from hub.edges.signermemory import TreeHead
from hub.edges.turn import FileTurn
from hub.envelope import format_time
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Config as ConfigEntry
from hub.exchangelog.entry import Exchange
from hub.exchangelog.entry import Statement as StatementEntry
from hub.exchangelog.line import Line
from hub.exchangelog.text import time_value
from hub.exchangelog.tree import Frontier, prove_consistency
from hub.flows import load as load_flows
from hub.intake import Intake, Ports, open_gate
from hub.operators import Operators
from hub.pipeline import House
from hub.ports import Clock, Head, Observer, Turn, alone
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
    read_config(HomePaths(path))  # what is no home gets no lock file of ours
    _require_restored(path)
    with lock_home(path), opened(path, clock, observe) as home:
        yield home


@contextmanager
def keep_home(path: Path, clock: Clock, observe: Observer) -> Iterator[None]:
    """Owns the home for members that join it while the block runs.

    It is opened once before, so that what the last run left half done is settled and the configuration is in the log.
    Raises as `open_home`.
    """
    read_config(HomePaths(path))
    _require_restored(path)
    with lock_home(path):
        with opened(path, clock, observe):
            pass
        yield


@contextmanager
def opened(path: Path, clock: Clock, observe: Observer) -> Iterator[OpenHome]:
    """The home, for whoever holds its lock already. Raises as `open_home`, but for `HomeInUse`."""
    paths = HomePaths(path)
    config = read_config(paths)
    with ExitStack() as held:
        stores = _stores(paths, config, held)
        line = stores.line
        house, digests = read_house(paths, config, stores.journal)
        head = stores.journal.head()
        tree = Frontier(head.size, head.edge)
        log_key = read_log_key(paths, line)
        signer = held.enter_context(open_signer(log_key, paths.log_memory, line.origin, TreeHead(tree.size, tree.root)))
        _check_note(head, tree.root, line)
        home = _home(paths, config, house, stores, signer, clock, observe, alone)
        _catch_up(clock, stores.journal, tree.size)
        require_begun(line, clock)
        home.intake.cite(_config_entry(home.intake, stores.journal, home.intake.desk, clock, digests))
        yield home


@contextmanager
def join_home(path: Path, clock: Clock, observe: Observer) -> Iterator[OpenHome]:
    """One of several processes that write a home in turns; whoever starts them owns it and has opened it before.

    Raises as `open_home`, but for `HomeInUse`.
    """
    paths = HomePaths(path)
    config = read_config(paths)
    _require_restored(path)
    with ExitStack() as held:
        stores = _stores(paths, config, held)
        journal, line = stores.journal, stores.line
        house, digests = read_house(paths, config, journal)
        signer = join_signer(read_log_key(paths, line), paths.log_memory, line.origin)
        held.callback(signer.forget)

        def begun(head: Head) -> None:
            _catch_up(clock, journal, head.size)

        turn = held.enter_context(FileTurn(paths.turn, journal.head, signer, begun))
        home = _home(paths, config, house, stores, signer, clock, observe, turn)
        require_begun(line, clock)
        newest = _newest_config(journal)
        if newest is None or newest[1].digests != digests:
            raise Misconfigured(cfg.CHANGED_MEANWHILE, file=paths.root.name)
        home.intake.cite(newest[0])
        yield home


def _require_restored(path: Path) -> None:
    """No restore of the key store is half done: what was held since its generation would be erased. Raises `Misconfigured`."""
    if HomePaths(path).restoring.exists():
        raise Misconfigured(key.RESTORING)


@dataclass(frozen=True, slots=True)
class _Stores:
    keystore: KeyStore
    journal: Journal
    line: Line


def _stores(paths: HomePaths, config: Config, held: ExitStack) -> _Stores:
    keystore = held.enter_context(open_keystore(paths.keystore, read_file(paths.master_key)))
    journal = held.enter_context(open_journal(journal_place(paths, config), keystore))
    return _Stores(keystore, journal, read_line(paths, config))


def _home(
    paths: HomePaths,
    config: Config,
    house: House,
    stores: _Stores,
    signer: FileSigner,
    clock: Clock,
    observe: Observer,
    turn: Turn,
) -> OpenHome:
    journal, line = stores.journal, stores.line
    journal.renew = renewal(journal, line)
    ledger = Ledger(journal, journal, line, config.erase_after_days)
    ports = Ports(
        journal,
        journal,
        ledger,
        journal,
        signer,
        clock,
        secrets.token_bytes,
        observe,
        lane_key=read_file(paths.lane_key),
        turn=turn,
        gate=timestamp_limit(paths, config, journal, clock) or open_gate,
    )
    desk = Desk(line.origin, config.tenant, config.environment, 0, house.law.digest, config.erase_after_days)
    intake = Intake(house, ports, desk)
    # Simulated time stands still between messages: a pause in it might never end.
    pauses = [timedelta(0)] * len(PAUSES) if isinstance(clock, SimulatedClock) else PAUSES
    dispatcher = Dispatcher(house, journal, intake, clock, observe, pauses)
    return OpenHome(paths, config, house, journal, stores.keystore, intake, dispatcher, clock, observe)


def _check_note(head: Head, root: bytes, line: Line) -> None:
    """The stored note, which replies hand on, is the checkpoint of the stored tree. Raises `IntegrityError`."""
    if head.size == 0 and not head.note:
        return
    said = line.checkpoint(head.note)
    if (said.size, said.root) != (head.size, root):
        raise IntegrityError(log.HEAD_CHANGED, index=head.size)


def read_config(paths: HomePaths) -> Config:
    """The configuration of an existing home. Raises `Misconfigured` HUB-CFG-002 when there is none."""
    return configuration.load(read_text(paths.config, cfg.NO_HOME, str(paths.root)), "hub.yaml")


def read_operators(paths: HomePaths, endpoints: Collection[str]) -> Operators:
    """The rules about who may act for these endpoints. Raises `Faults`."""
    text = read_text(paths.operators) if paths.operators.exists() else operators.EMPTY
    return operators.load(text, paths.operators.name, endpoints)


def read_trust(paths: HomePaths, environment: str) -> Trust:
    """The pinned CA, the registered certificates and the revoked ones. Raises `Faults` or `Misconfigured`."""
    anchors = [Anchor(certificate) for certificate in pki.read_certificates(paths.authority)]
    registrations = {
        file.stem: frozenset(fingerprint(one) for one in pki.read_certificates(file))
        for file in sorted(paths.certificates.glob("*.pem"))
    }
    return Trust(anchors, registrations, read_revoked(paths), environment)


def read_revoked(paths: HomePaths) -> frozenset[str]:
    """The fingerprints that count no more. Raises `Misconfigured`."""
    lines = read_text(paths.revoked, cfg.MISSING_FILE).splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def read_house(paths: HomePaths, config: Config, journal: Reading) -> tuple[House, Mapping[str, str]]:
    provisions = confirmed_provisions(paths.root, law.load_provisions(), lambda index: _statement(journal, index))
    routes = law.zone_routes(read_text(paths.routing, cfg.MISSING_FILE), "routing.yaml", config, provisions)
    schemas = Schemas.load(resources.xsd_files())
    trust = read_trust(paths, config.environment)
    acting = read_operators(paths, routes.endpoints)
    flows = resources.flows_file()
    house = House(
        Site(config.tenant, config.environment, schemas, acting),
        trust,
        DEFAULT_LIMITS,
        Law(routes, provisions, load_flows(flows).observers),
    )
    digests = {
        **provisions.tables.digests,
        "provisions": provisions.digest,
        "routing.yaml": routes.digest,
        "operators.yaml": acting.digest,
        "xsd": schemas.digest,
        "flows.yaml": law.sha256(flows.encode("utf-8")),
        "keylist.txt": law.sha256(read_file(paths.key_list)),
        **following(read_line(paths, config)),
    }
    return house, digests


def _catch_up(clock: Clock, journal: Reading, size: int) -> None:
    """A simulated clock goes on where the log stopped. For another nothing is read: this is part of every turn."""
    if not isinstance(clock, SimulatedClock):
        return
    last = _entry(journal, size - 1)
    if last is not None and time_value(last.time) > clock.now():
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


def _newest_config(journal: Reading) -> tuple[int, ConfigEntry] | None:
    """The newest config entry and its index. What is about a message cites it, so only a run of other entries is walked."""
    with journal.snapshot() as log:
        index = log.head().size - 1
        while (entry := _read(log, index)) is not None:
            if isinstance(entry, ConfigEntry):
                return index, entry
            index = min(entry.config, index - 1) if isinstance(entry, Exchange) else index - 1
    return None


def _statement(journal: Reading, index: int) -> str | None:
    entry = _entry(journal, index)
    return entry.statement if isinstance(entry, StatementEntry) else None


def _entry(journal: Reading, index: int) -> entries.Entry | None:
    with journal.snapshot() as log:
        return _read(log, index)


def _read(log: Snapshot, index: int) -> entries.Entry | None:
    row = next(log.entries(index, index + 1), None) if index >= 0 else None
    return None if row is None else entries.parse(row.leaf)
