"""Puts the connectors of one zone together: identities from their homes, rooms by name, stores, partners, workers.

The hub's composition root finds this module by name and hands in plain values; the hub never imports a connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from connectors.kit.acceptance import SignatureCheck
from connectors.kit.forwarding import Setup
from connectors.kit.hubport import Clock, Hub, Observer
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.law import Law
from connectors.kit.loading import open_partner, open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.xmlsig import SigningKey


@dataclass(frozen=True, slots=True)
class Place:
    """One endpoint to serve: its room by name, its keys, where its store is kept and where its partner listens."""

    endpoint: str
    room: str
    key: SigningKey
    certificate: x509.Certificate
    subject_key: bytes
    store_key: bytes
    store: Path
    partner: Path


@dataclass(frozen=True, slots=True)
class Zone:
    """What all connectors of a zone share. `log` is (origin, root verifier key, signed key list)."""

    name: str
    tenant: str
    environment: str
    log: tuple[str, str, str]
    law: Law
    hub: Hub
    clock: Clock
    observer: Observer
    signatures: SignatureCheck | None
    answer_lines: int = 1


def assemble(zone: Zone, places: list[Place]) -> Mapping[str, Worker]:
    """One worker per place, not started. Raises `Misconfigured` or `IntegrityError`; the stores are then closed again."""
    peers = frozenset(place.endpoint for place in places)
    return {place.endpoint: _worker(zone, place, peers - {place.endpoint}) for place in places}


def _worker(zone: Zone, place: Place, peers: frozenset[str]) -> Worker:
    identity = Identity(
        endpoint=place.endpoint,
        zone=zone.name,
        tenant=zone.tenant,
        environment=zone.environment,
        certificate=place.certificate,
        key=place.key,
        subject_key=place.subject_key,
        store_key=place.store_key,
        log=LogTrust(*zone.log),
    )
    automaton = Automaton(place.endpoint)
    setup = Setup(identity, open_partner(place.room, place.partner, place.endpoint), automaton, zone.law, peers)
    store = EndpointStore.open if place.store.exists() else EndpointStore.create
    manner = Manner(zone.signatures, automaton, zone.answer_lines, observer=zone.observer)
    return Worker(identity, open_room(place.room, setup), zone.hub, store(place.store, identity), zone.clock, manner)
