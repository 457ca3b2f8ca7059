"""Endpoints, a hub in memory and a partner in memory for tests of connectors; everything that can be real is real."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lxml import etree

from connectors.kit import identity as kit_identity
from connectors.kit.bench import BenchClock, MemoryHub
from connectors.kit.compose import Draft
from connectors.kit.desk import Desk, Play
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.ids import new_id
from connectors.kit.ledger import Ledger
from connectors.kit.operators import Automaton
from connectors.kit.partner import CONFIRMED, CONFLICT, Effect, Events, Result
from hub.codes import kit
from hub.errors import Held, Unavailable
from hub.exchangelog.keylist import KeyList, LogKey
from hub.exchangelog.note import VerifierKey
from hub.messages import Basis
from tests import testpki

AT = datetime(2026, 4, 1, 3, 0, 0, tzinfo=UTC)
ZONE = "kikan"
ENVIRONMENT = "test"
ROOT = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
BASIS = Basis("利用", "statutes", "conbini-1", "試験の事務", "試験の情報")


def origin_of(zone: str) -> str:
    return f"juki-hub/{testpki.TENANT}/{zone}"


def log_key_of(zone: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(zone.encode()).digest())


def log_trust(zone: str = ZONE) -> LogTrust:
    """The key list of a zone's log under the test root."""
    origin = origin_of(zone)
    log_key = LogKey(VerifierKey.of(origin, log_key_of(zone)), "2026-01-01T00:00:00.000Z")
    text = KeyList(1, (log_key,)).sign("test-root", ROOT)
    return LogTrust(origin, VerifierKey.of("test-root", ROOT).encode(), text)


@cache
def identity(endpoint: str, zone: str = ZONE) -> Identity:
    """An endpoint with a certificate of the test CA."""
    made = testpki.endpoint(endpoint, zone)
    secret = hashlib.sha256(f"{zone}/{endpoint}".encode()).digest()
    return kit_identity.Identity(
        endpoint=endpoint,
        zone=zone,
        tenant=testpki.TENANT,
        environment=ENVIRONMENT,
        certificate=made.certificate,
        key=made.key,
        subject_key=secret,
        store_key=hashlib.sha256(secret).digest(),
        log=log_trust(zone),
    )


def memory_hub(*endpoints: str, zone: str = ZONE) -> MemoryHub:
    """A hub that knows these endpoints."""
    trust = testpki.trust(*endpoints, zone=zone, environment=ENVIRONMENT)
    return MemoryHub(origin_of(zone), log_key_of(zone), trust, BenchClock(AT))


def draft(
    sender: Identity, recipient: str, payload: bytes, person: str, type_: str = "CV-UPD", **changes: object
) -> Draft:
    """A message about `person`, with an id of its own."""
    id_ = new_id(AT, secrets.token_bytes(10))
    said: dict[str, object] = {
        "flow": "D1",
        "type": type_,
        "version": 1,
        "recipient": recipient,
        "basis": BASIS,
        "subjects": (sender.subject(recipient, person),),
        "payload": etree.fromstring(payload),
        "created_at": AT,
        "conversation_id": id_,
        "message_id": id_,
        "operator": Automaton(sender.endpoint).acting("SHIKEN", "試験"),
    }
    return Draft(**(said | changes))  # type: ignore[arg-type]


class LocalPartner:
    """A desk without a socket, that can be down."""

    def __init__(self, play: Play, ledger: Path, endpoint: str = "test") -> None:
        self.play = play
        self.ledger = ledger
        self.endpoint = endpoint
        self.down = False
        self._ledger = Ledger(ledger)
        self.desk = Desk(play, self._ledger)

    def close(self) -> None:
        self._ledger.close()

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        self._reachable()
        replies = self.desk.perform(effects)
        if any(one.result == CONFLICT for one in replies):
            raise Held(kit.PARTNER_CONFLICT, endpoint=self.endpoint)
        return [Result(one.result == CONFIRMED, one.code, one.reply) for one in replies]

    def feed(self, name: str, after: str, limit: int) -> Events:
        self._reachable()
        return self.desk.feed(name, after, limit)

    def _reachable(self) -> None:
        if self.down:
            raise Unavailable(kit.PARTNER_DOWN, endpoint=self.endpoint, kind="down")
