"""`hub run`: one process that owns a zone's home: core thread, connectors as threads, and a socket for everybody else.

Connectors are found by name (`connectors.kit.assembly`): the hub does not import them.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hub.app import (
    attaching,
    confirming,
    disclosing,
    erasing,
    holding,
    inboxes,
    legalhold,
    media,
    personsearch,
    revealing,
    usereview,
)
from hub.app.asking import failure
from hub.app.daily import Daily
from hub.app.following import follow
from hub.app.opening import OpenHome
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.app.zone import ZoneCore
from hub.codes import cfg, jnl, zon
from hub.config import Config
from hub.edges import pki
from hub.edges.socket import Message, Server
from hub.errors import HomeInUse, HubError, IntegrityError, Refused
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Exchange, Refuse
from hub.exchangelog.stamp import Stamp
from hub.exchangelog.tree import prove_inclusion
from hub.messages import Part, Recorded, Submission
from hub.pipeline import House
from hub.ports import Clock, Observer
from hub.routes import Endpoint

# A recipient believes the stamp; of the senders' signatures it checks one in SAMPLED itself, chosen by the digest.
SAMPLED = 16


# Who answers which request about the home, on the core's thread; what stands here not is about holds.
_ANSWERS: Mapping[str, Callable[[OpenHome, Message], Message]] = {
    "inbox": inboxes.answer,
    "delivery": inboxes.answer,
    "confirm": confirming.answer,
    "person": confirming.answer,
    "erase": erasing.answer,
    "due": erasing.answer,
    "medium": media.answer,
    "reveal": revealing.answer,
    "concerning": personsearch.answer,
    "use": usereview.answer,
    "disclose": disclosing.answer,
    "legal": legalhold.answer,
    "legal-holds": legalhold.answer,
    "part": attaching.answer,
    "handed": attaching.answer,
}


class ConnectorHub:
    """The hub as the connectors of this process meet it (`connectors.kit.hubport.Hub`)."""

    def __init__(self, home: OpenHome, core: ZoneCore) -> None:
        self._home = home
        self._core = core

    def submit(self, submissions: Sequence[Submission]) -> Sequence[Recorded]:
        """Blocks until all are in the log."""
        follow(self._home.clock, submissions)
        return self._core.submit(submissions)

    def consistency(self, gaps: Sequence[tuple[int, int]]) -> Sequence[Sequence[bytes]]:
        """Consistency proofs of this zone's log."""
        return self._home.consistency(gaps)

    def deposit(self, sender: str, message: bytes, parts: Sequence[Part]) -> None:
        """Blocks until these parts of what the message will carry are kept, or left out."""
        digest = hashlib.sha256(message).hexdigest()
        mine = [part for part in parts if part.message == digest]
        self._core.do(partial(self._home.intake.deposit, sender, mine))

    def fetch(self, recipient: str, index: int, sha256: str, positions: Sequence[int]) -> Sequence[bytes]:
        """Parts of what a delivery carries; an empty one is there no more. Read beside the core, which goes on."""
        return [self._home.journal.handed(index, recipient, sha256, place) or b"" for place in positions]


@dataclass(frozen=True, slots=True)
class Serving:
    """A zone at work. `workers` are the connectors, by endpoint."""

    home: OpenHome
    core: ZoneCore
    workers: Mapping[str, Any]

    def answer(self, request: Message) -> Message:
        """One request by socket; a `HubError` becomes a reply."""
        try:
            return self._answer(request)
        except HubError as error:
            return failure(error)

    def _answer(self, request: Message) -> Message:
        match request:
            case {"op": "submit", "xml": str(xml), "operator": str(operator)}:
                one = Submission(_bytes(xml), _bytes(operator), "local:socket")
                return recorded_json(self.core.submit([one])[0])
            case {"op": "find", "digest": str(digest)}:
                return self._find(digest)
            case {"op": "status"}:
                return self.status()
            case {"op": "confirm"} if self.home.config.brokered:
                # Its processes join by the configuration in force, which this would change.
                raise HomeInUse(jnl.HOME_IN_USE)
            case _:
                answer = _ANSWERS.get(str(request.get("op")), holding.answer)
                return self.core.do(partial(answer, self.home, request))

    def _find(self, digest: str) -> Message:
        """The first entry about the bytes with this SHA-256: how a sender without a receipt learns what became of them."""
        with self.home.journal.snapshot() as log:
            wanted = f'"digest":"{digest}"'.encode()
            for row in log.entries():
                if (
                    wanted in row.leaf
                    and isinstance(entry := entries.parse(row.leaf), Exchange)
                    and entry.digest == digest
                ):
                    return self._told(row.index, entry)
        return {"index": None}

    def _told(self, index: int, entry: Exchange) -> Message:
        """As `recorded_json`, with a receipt made anew: the same entry, proven up to the newest checkpoint."""
        head = self.home.journal.head()
        stamp = Stamp(
            entries.encode(entry), index, prove_inclusion(index, head.size, self.home.journal.nodes), head.note
        )
        code = entry.code if isinstance(entry, Refuse) else ""  # that of an observation is not the hub's
        return recorded_json(Recorded(index, not code, entry.message, code, stamp.encode()))

    def status(self) -> Message:
        """What a driver or an operator may know at a glance."""
        latched = self.core.latched
        return {
            "zone": self.home.config.zone,
            "size": self.home.intake.tree.size,
            "outstanding": self.core.outstanding,
            "latched": latched.code.id if latched else "",
            "deliveries": self.home.journal.tally(),
            "connectors": {name: worker_json(worker.status()) for name, worker in self.workers.items()},
        }


def serve(home: OpenHome, sockets: Path, started: Callable[[Serving], None]) -> None:
    """Runs the zone until SIGTERM or SIGINT. Raises the latched `IntegrityError` when the zone stopped by itself."""
    daily = Daily(home)
    core = ZoneCore(home.intake, home.dispatcher, home.observe, daily.look)
    workers = _workers(home, core, sockets)
    try:
        run_core(Serving(home, core, workers), workers, started)
    finally:
        daily.stop()


def run_core(serving: Serving, receivers: Mapping[str, Any], started: Callable[[Serving], None]) -> None:
    """The core thread, the connectors of this process and the home's socket, until SIGTERM or SIGINT. Raises as `serve`."""
    core, workers, observe = serving.core, serving.workers, serving.home.observe
    stop = ending()
    server = Server(serving.home.paths.socket, serving.answer)
    try:
        core.start(receivers)
        for worker in workers.values():
            worker.start()
        observe("zone.started", size=serving.home.intake.tree.size)
        started(serving)
        while not stop.wait(0.2):
            if core.ended:
                break
    finally:
        server.close()
        for worker in workers.values():
            worker.stop()
        core.stop()
        observe("zone.stopped", code=core.latched.code.id if core.latched else core.failed)
    if core.latched is not None:
        raise core.latched
    if core.failed:
        raise IntegrityError(zon.LATCHED, stop=core.failed)


def ending() -> threading.Event:
    """Set by SIGTERM and SIGINT from now on."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def recorded_json(one: Recorded) -> dict[str, object]:
    """A receipt for a program, and for its submitter what explains a refusal."""
    return {
        "index": one.index,
        "permit": one.permit,
        "message": one.message_id,
        "code": one.code,
        "receipt": one.receipt,
        "repeated": one.repeated,
        "facts": dict(one.facts),
    }


def _workers(home: OpenHome, core: ZoneCore, sockets: Path) -> Mapping[str, Any]:
    assembly = importlib.import_module("connectors.kit.assembly")
    zone = kit_zone(home.paths, home.config, home.house, home.clock, home.observe, ConnectorHub(home, core))
    endpoints = home.house.law.routes.endpoints.values()
    places = [assembly.Place(**kit_place(home.paths, endpoint, sockets)) for endpoint in endpoints]
    workers: Mapping[str, Any] = assembly.assemble(zone, places)
    return workers


def kit_zone(paths: HomePaths, config: Config, house: House, clock: Clock, observe: Observer, hub: object) -> Any:
    """What all connectors of a zone share (`connectors.kit.assembly.Zone`)."""
    assembly = importlib.import_module("connectors.kit.assembly")
    acceptance = importlib.import_module("connectors.kit.acceptance")
    root, keys = read_text(paths.root_verifier, cfg.MISSING_FILE).strip(), read_text(paths.key_list, cfg.MISSING_FILE)
    return assembly.Zone(
        config.zone,
        config.tenant,
        config.environment,
        (config.origin, root, keys),
        house.law.provisions,
        hub,
        clock,
        observe,
        acceptance.SignatureCheck(house.trust, SAMPLED),
        config.answer_lines,
    )


def kit_place(paths: HomePaths, endpoint: Endpoint, sockets: Path) -> dict[str, Any]:
    """What is an endpoint's own (`connectors.kit.assembly.Place`), from its home inside a development home."""
    own = paths.endpoint(endpoint.code)
    identity = pki.read_identity(own.key, own.certificate)
    return {
        "endpoint": endpoint.code,
        "room": endpoint.room,
        "key": identity.key,
        "certificate": identity.certificate,
        "subject_key": read_file(own.subject_key),
        "store_key": read_file(own.store_key),
        "store": own.store,
        "partner": sockets / f"{endpoint.room}.sock",
    }


def worker_json(status: Any) -> dict[str, object]:
    return {
        "inbox": status.inbox,
        "outbox": status.outbox,
        "handled": status.handled,
        "repeated": status.repeated,
        "receipts": dict(status.receipts),
        "idle": status.idle,
        "latched": status.latched,
        "waiting_for": status.waiting_for,
    }


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(zon.REQUEST, what="base64") from None


__all__ = ["ConnectorHub", "Serving", "ending", "recorded_json", "run_core", "serve"]
