"""Puts the connectors of one zone together: identities from their homes, rooms by name, stores, partners, workers.

The hub's composition root finds this module by name and hands in plain values; the hub never imports a connector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509

from connectors.kit.acceptance import SignatureCheck
from connectors.kit.brokerhub import BrokerHub, BrokerPlace
from connectors.kit.forwarding import Setup
from connectors.kit.hubport import Clock, Hub, Observer
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.law import Law
from connectors.kit.loading import open_partner, open_room
from connectors.kit.manner import Manner, unheard
from connectors.kit.operators import Automaton
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.messages import Submission
from hub.xmlsig import SigningKey


@dataclass(frozen=True, slots=True)
class Place:
    """One endpoint to serve: its room by name, its keys, where its store is kept and where its partner listens.

    `broker` is where it meets the hub, unless the hub is in this process.
    """

    endpoint: str
    room: str
    key: SigningKey
    certificate: x509.Certificate
    subject_key: bytes
    store_key: bytes
    store: Path
    partner: Path
    broker: BrokerPlace | None = None


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
    handled: Callable[[Sequence[int]], None] = unheard


def assemble(zone: Zone, places: list[Place]) -> Mapping[str, Worker]:
    """One worker per place, not started. Raises `Misconfigured` or `IntegrityError`; the stores are then closed again."""
    return {place.endpoint: _worker(zone, place, _peers(places, place)) for place in places}


def over_broker(
    zone: Zone, places: list[Place], sending: Callable[[Sequence[Submission]], None]
) -> Mapping[str, tuple[Worker, BrokerHub]]:
    """The same where the hub is behind a broker: each worker with its line to it, not started. Raises as `assemble`."""
    made: dict[str, tuple[Worker, BrokerHub]] = {}
    for place in places:
        if place.broker is None:
            raise ValueError("a place at a broker")
        line = BrokerHub(_identity(zone, place), place.broker, zone.observer, sending=sending)
        made[place.endpoint] = (
            _worker(replace(zone, hub=line, handled=line.handled), place, _peers(places, place)),
            line,
        )
    return made


def _peers(places: list[Place], place: Place) -> frozenset[str]:
    return frozenset(one.endpoint for one in places) - {place.endpoint}


def _identity(zone: Zone, place: Place) -> Identity:
    return Identity(
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


def _worker(zone: Zone, place: Place, peers: frozenset[str]) -> Worker:
    identity = _identity(zone, place)
    automaton = Automaton(place.endpoint)
    setup = Setup(identity, open_partner(place.room, place.partner, place.endpoint), automaton, zone.law, peers)
    store = EndpointStore.open if place.store.exists() else EndpointStore.create
    manner = Manner(zone.signatures, automaton, zone.answer_lines, observer=zone.observer, handled=zone.handled)
    return Worker(identity, open_room(place.room, setup), zone.hub, store(place.store, identity), zone.clock, manner)
