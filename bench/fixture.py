"""Homes, identities and messages to measure with: real homes as `hub init` makes them, and messages about invented persons.

Payloads come from the synthetic town of connectors.juki and repeat after some events; every event speaks of another
person, so that no message waits for another one's answer in its lane.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from lxml import etree

from bench.plan import SENDER, TENANT, Workload
from connectors.juki import payloads, subscriptions
from connectors.juki.event import Event
from connectors.juki.town import Town
from connectors.kit.compose import Draft
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.ids import new_id
from connectors.kit.law import Law, basis
from connectors.kit.operators import Automaton
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SystemClock
from hub.ports import Observer

_TOWN = Town(seed=11, residents=400, number_of_events=400, day=date(2026, 4, 1))
_GAIJI = "{*}対象者/{*}外字フラグ"


class Founded(Protocol):
    """A home as far as its files and its configuration go."""

    @property
    def paths(self) -> HomePaths: ...

    @property
    def config(self) -> Config: ...


@contextmanager
def open_zone(place: Path, zone: str, observer: Observer) -> Iterator[OpenHome]:
    """A new development home of this zone, opened."""
    config = Config(
        format=1, tenant=TENANT, environment="test", zone=zone, origin=f"juki-hub/{TENANT}/{zone}", development=True
    )
    clock = SystemClock()
    paths = found(Founding(place / zone, config, resources.routing_file(), clock.now() - timedelta(hours=1)))
    with open_home(paths.root, clock, observer) as home:
        yield home


def identity(home: Founded, endpoint: str) -> Identity:
    """The endpoint as its connector knows itself."""
    own, paths = home.paths.endpoint(endpoint), home.paths
    pair = pki.read_identity(own.key, own.certificate)
    root = read_file(paths.root_verifier).decode("utf-8").strip()
    return Identity(
        endpoint=endpoint,
        zone=home.config.zone,
        tenant=home.config.tenant,
        environment=home.config.environment,
        certificate=pair.certificate,
        key=pair.key,
        subject_key=read_file(own.subject_key),
        store_key=read_file(own.store_key),
        log=LogTrust(home.config.origin, root, read_file(paths.key_list).decode("utf-8")),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """To whom, under which row of law, and with which items."""

    recipient: str
    table: str
    item: str
    items: frozenset[str]


class Mint:
    """Makes the messages of one workload, as the sender's connector would, up to the signature."""

    def __init__(self, workload: Workload, sender: Identity, law: Law) -> None:
        self._workload = workload
        self._sender = sender
        self._law = law
        self._lines = _lines(workload, law)
        self._payloads = itertools.cycle(_payloads(workload, self._lines))
        self._persons = itertools.count(1)
        self._automaton = Automaton(SENDER)

    def events(self, count: int, at: datetime) -> list[tuple[Draft, ...]]:
        """So many events, each with its messages, one for each recipient."""
        return [self._event(at) for _ in range(count)]

    def _event(self, at: datetime) -> tuple[Draft, ...]:
        person = f"{next(self._persons):09}"
        conversation = new_id(at, secrets.token_bytes(16))
        made = next(self._payloads)
        return tuple(
            self._draft(line, payload, person, conversation, at)
            for line, payload in zip(self._lines, made, strict=True)
        )

    def _draft(self, line: _Line, payload: bytes, person: str, conversation: str, at: datetime) -> Draft:
        names = [person, *(f"{person}-{number}" for number in range(2, self._workload.persons + 1))]
        return Draft(
            flow="",
            type=self._workload.type,
            version=1,
            recipient=line.recipient,
            basis=basis(self._law, line.table, line.item),
            subjects=tuple(self._sender.subject(line.recipient, name) for name in names),
            payload=payload,
            created_at=at,
            conversation_id=conversation,
            message_id=new_id(at, secrets.token_bytes(16)),
            operator=self._automaton.acting("BENCH", "計測"),
        )


def _lines(workload: Workload, law: Law) -> tuple[_Line, ...]:
    if workload.type == "SF-SEND":
        return tuple(_Line(name, "statutes", "bangou-7-1", frozenset()) for name in workload.recipients)
    known = {one.department: one for one in reversed(subscriptions.load(subscriptions.read_own(), law))}
    found_ = [known[name] for name in workload.recipients]
    return tuple(_Line(one.department, one.table, one.item, one.items) for one in found_)


def _payloads(workload: Workload, lines: Sequence[_Line]) -> list[list[bytes]]:
    """One list of payloads for each template event, in the order of `lines`."""
    events = [event for event in _TOWN.events if event.kind.form.reason and not event.planned]
    if workload.type == "SF-SEND":
        return [[letter] for letter in _letters(events, workload.persons)]
    return [[_bytes(payloads.change_notice(event, line.items)) for line in lines] for event in events]


def _letters(events: Sequence[Event], persons: int) -> list[bytes]:
    """送付先情報 to many persons at one address. Only names and places without 外字: their flags must agree with the letter."""
    made = [payloads.letter(event) for event in events]
    plain = [letter for letter in made if letter.findtext(_GAIJI) == "0"]
    records = itertools.cycle([letter[-1] for letter in plain])
    return [_bytes(_with_persons(letter, [next(records) for _ in range(persons)])) for letter in plain[:20]]


def _with_persons(letter: etree._Element, records: Sequence[etree._Element]) -> etree._Element:
    grown = etree.fromstring(_bytes(letter))
    grown.remove(grown[-1])
    for record in records:
        grown.append(etree.fromstring(_bytes(record)))
    count = grown.find("{*}対象となる人数")
    if count is None:
        raise ValueError("a letter says how many persons it names")
    count.text = str(len(records))
    return grown


def _bytes(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8")


def now_text() -> str:
    """The time of a run, for its report: UTC, to the minute."""
    return SystemClock().now().strftime("%Y-%m-%d %H:%M UTC")
