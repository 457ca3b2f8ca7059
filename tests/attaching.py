"""A zone in this process whose shinsei files applications with documents and whose juki takes them: kit on both sides, a real home."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.kit import (
    Automaton,
    Draft,
    EndpointStore,
    Feed,
    File,
    Hub,
    Identity,
    LogTrust,
    Manner,
    Opened,
    Outcome,
    Page,
    Worker,
    basis,
    confirmed,
    new_id,
)
from hub.app import endpoints, law
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.app.serving import ConnectorHub
from hub.app.zone import ZoneCore
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.messages import Attachment
from hub.observe import silent
from tests import samples

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
PIECE = 1 << 20


@dataclass
class Window:
    """What shinsei has to send: a room of one feed."""

    drafts: list[Draft] = field(default_factory=list)
    name: str = "window"

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        raise AssertionError("nothing is sent to shinsei here")

    def feeds(self) -> Sequence[Feed]:
        return (self,)

    def poll(self, after: str, limit: int) -> Page:
        place = int(after or "0")
        page = tuple(self.drafts[place : place + limit])
        return Page(page, str(place + len(page)), end=False)


@dataclass
class Cabinet:
    """A room that takes every file: it notes what each is, read part by part."""

    filed: list[tuple[str, list[Attachment]]] = field(default_factory=list)
    largest: int = 0

    def takes(self, attachment: Attachment) -> bool:
        return attachment.type != "application/x-unwanted"

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        for one in batch:
            self.filed.append(
                (one.header.message_id, [self._read(file.attachment.type, file.parts()) for file in one.files])
            )
        return [confirmed() for _ in batch]

    def feeds(self) -> Sequence[Feed]:
        return ()

    def _read(self, type_: str, parts: Iterator[bytes]) -> Attachment:
        digest, size = hashlib.sha256(), 0
        for part in parts:
            digest.update(part)
            size += len(part)
            self.largest = max(self.largest, len(part))
        return Attachment(digest.hexdigest(), size, type_)


@dataclass
class House:
    """The zone at work; `sender` and `receiver` are stepped by whoever tests."""

    home: OpenHome
    core: ZoneCore
    hub: ConnectorHub
    place: Path
    window: Window
    cabinet: Cabinet
    sender: Worker
    receiver: Worker

    def run(self, rounds: int = 12) -> None:
        """Until both connectors have nothing to do, with the core's own rounds between."""
        for _ in range(rounds):
            while self.sender.step() or self.receiver.step():
                pass
            self.core.do(lambda: None)

    def file(self, *files: File) -> Draft:
        """Puts an application into the window."""
        made = filing(identity(self.home.paths, "shinsei"), *files)
        self.window.drafts.append(made)
        return made


def identity(paths: HomePaths, code: str) -> Identity:
    """An endpoint of a development home, as the kit knows itself."""
    own = paths.endpoint(code)
    pair = pki.read_identity(own.key, own.certificate)
    trust = LogTrust(CONFIG.origin, paths.root_verifier.read_text("utf-8").strip(), paths.key_list.read_text("utf-8"))
    keys = own.subject_key.read_bytes(), own.store_key.read_bytes()
    return Identity(code, CONFIG.zone, CONFIG.tenant, CONFIG.environment, pair.certificate, pair.key, *keys, trust)


def filing(sender: Identity, *files: File, at: datetime = NOW) -> Draft:
    """電子申請 of one person, with documents."""
    id_ = new_id(at, os.urandom(10))
    return Draft(
        flow="E4",
        type="SN-FILE",
        version=1,
        recipient="juki",
        basis=basis(law.load_provisions(), "statutes", "juki-24-shinsei"),
        subjects=(endpoints.fresh_subject(),),
        payload=samples.tree("SN-FILE"),
        created_at=at,
        conversation_id=id_,
        message_id=id_,
        operator=Automaton(sender.endpoint).acting("SHINSEI", "電子申請の受付"),
        files=files,
    )


def founded(path: Path) -> HomePaths:
    """A development home of the zone kikan."""
    return found(Founding(path, CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))


@contextmanager
def house(place: Path) -> Iterator[House]:
    """A new zone in this folder, or the one that is there, while the block runs."""
    paths = HomePaths(place / "home")
    if not paths.root.exists():
        founded(paths.root)
    with open_home(paths.root, SimulatedClock(NOW), silent) as home:
        core = ZoneCore(home.intake, home.dispatcher, silent)
        hub = ConnectorHub(home, core)
        window, cabinet = Window(), Cabinet()
        sender = worker(place, identity(paths, "shinsei"), window, hub, home)
        receiver = worker(place, identity(paths, "juki"), cabinet, hub, home)
        core.start({"juki": receiver})
        try:
            yield House(home, core, hub, place, window, cabinet, sender, receiver)
        finally:
            core.stop()
            sender.stop()
            receiver.stop()
        assert (core.latched, core.failed) == (None, "")


def worker(place: Path, who: Identity, room: Window | Cabinet, hub: Hub, home: OpenHome) -> Worker:
    """A connector with its store in this folder."""
    file = place / f"{who.endpoint}.db"
    store = EndpointStore.open(file, who) if file.exists() else EndpointStore.create(file, who)
    return Worker(who, room, hub, store, home.clock, Manner(None))


def described(content: bytes, type_: str = "application/pdf") -> Attachment:
    """What the header says of this content."""
    return Attachment(hashlib.sha256(content).hexdigest(), len(content), type_)
