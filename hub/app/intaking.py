"""A worker of the engine: sealed submissions from its partitions, through intake into the log, receipts out, then settled.

Order: recorded, receipts confirmed by the broker, acknowledged. A crash at any point brings the same bytes again, and the
memory gives the first receipt again. In trouble the worker keeps what it holds and tries again; it gives nothing back.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from hub import frames
from hub.app.following import follow
from hub.broker import Names
from hub.codes import brk
from hub.edges.amqp.consumer import Arrival
from hub.edges.amqp.publisher import Parcel
from hub.edges.amqp.sealing import HUB, Way, seal, unseal
from hub.edges.suspects import Suspects
from hub.errors import Refused, Unavailable
from hub.frames import Kind
from hub.intake import Intake
from hub.messages import Part, Recorded, Submission
from hub.outages import Outage
from hub.ports import Clock, Observer

GROUP: Final = 50
IDLE_SECONDS: Final = 0.5
PARTS: Final = 4  # of attachments in one transaction: 4 MiB in memory
ALONE: Final = 3  # redeliveries after which a message is taken alone
DEATHS: Final = 2  # of processes that had it alone: then it is poison
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_DIGEST: Final = 64
_Done = tuple[Sequence[Submission], Sequence[Recorded]]


class Inbound(Protocol):
    """Where submissions come from (`hub.edges.amqp.consumer.Consumer`)."""

    def take(self, limit: int, wait: float) -> list[Arrival]: ...

    def settle(self, arrivals: Sequence[Arrival]) -> None: ...


class Sending(Protocol):
    """Where receipts go (`hub.edges.amqp.publisher.Publisher`)."""

    def publish(self, parcels: Sequence[Parcel]) -> None: ...

    def idle(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Station:
    """What a process of the hub needs at the broker. `owners` says whose an inbound or control queue is."""

    origin: str
    names: Names
    key: EllipticCurvePrivateKey = field(repr=False)
    endpoints: Mapping[str, EllipticCurvePublicKey] = field(repr=False)
    owners: Mapping[str, str]

    def open(self, arrival: Arrival, kind: Kind) -> bytes:
        """The frame. Raises `Refused` HUB-BRK-009 or -003: nothing is read before it is known whose it is."""
        owner = self.owners[arrival.queue]
        if arrival.user != self.names.user(owner):
            raise Refused(brk.OTHER_USER)
        if arrival.kind != kind.value:
            raise Refused(brk.NOT_SEALED_FOR_US, kind=kind.value)
        return unseal(arrival.body, self.key, Way(self.origin, kind, owner, HUB))

    def parcel(self, endpoint: str, key: str, kind: Kind, join: str, plain: bytes) -> Parcel:
        """Sealed to an endpoint, by the routing key of one of its queues."""
        body = seal(plain, self.endpoints[endpoint], Way(self.origin, kind, HUB, endpoint))
        return Parcel("out", key, kind, join, body)


class IntakeWorker:
    """One worker. `run` works until it is stopped; `step` is one round."""

    def __init__(
        self,
        intake: Intake,
        station: Station,
        inbound: Inbound,
        sending: Sending,
        suspects: Suspects,
        clock: Clock,
        observe: Observer,
    ) -> None:
        self._intake = intake
        self._station = station
        self._inbound = inbound
        self._sending = sending
        self._suspects = suspects
        self._clock = clock
        self._observe = observe
        self._outage = Outage(observe, "intake")
        self._held: list[Arrival] = []

    def run(self, stopping: threading.Event) -> None:
        """Until `stopping`; what is in hand is finished first, unless it cannot be. Raises `IntegrityError`."""
        failures = 0
        while not stopping.is_set():
            try:
                self.step()
                failures = 0
                self._outage.worked()
            except Unavailable as error:
                self._outage.failed(error.code.id)
                stopping.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1

    def step(self) -> int:
        """Takes a group and finishes it; returns how many. Raises `Unavailable`: the group stays in hand, to be tried again."""
        if not self._held:
            self._held = self._inbound.take(GROUP, IDLE_SECONDS)
        if not self._held:
            self._sending.idle()
            return 0
        for group in _groups(self._held):
            self._finish(group)
            self._held = self._held[len(group) :]
        return 1

    def _finish(self, group: Sequence[Arrival]) -> None:
        if group[0].kind == Kind.PART.value:
            if _suspect(group[0]):
                self._keep_alone(group[0])
            else:
                self._keep(group)
            self._inbound.settle(group)
            return
        submissions, recorded = self._alone(group[0]) if _suspect(group[0]) else self._together(group)
        told = zip(group, submissions, recorded, strict=True)
        self._sending.publish([parcel for one in told if (parcel := self._receipt(*one)) is not None])
        self._inbound.settle(group)

    def _keep(self, group: Sequence[Arrival]) -> None:
        """Parts of attachments, which get no receipt: their message does. One that cannot be read is left out, and missed then."""
        for owner, parts in groupby(group, lambda one: self._station.owners[one.queue]):
            self._intake.deposit(owner, [part for one in parts if (part := self._part(one, owner)) is not None])

    def _keep_alone(self, arrival: Arrival) -> None:
        """Tried; and after `DEATHS` left out unopened: its message is then refused, because a part is missing."""
        name = hashlib.sha256(arrival.body).hexdigest()
        if self._suspects.deaths(name) >= DEATHS:
            self._observe("control.unreadable", endpoint=self._station.owners[arrival.queue], code=brk.POISON.id)
            self._suspects.clear(name)
            return
        with self._suspects.trying(name):
            self._keep([arrival])

    def _part(self, arrival: Arrival, owner: str) -> Part | None:
        try:
            if len(arrival.body) > frames.LARGEST_PART:
                raise Refused(brk.TOO_LARGE, size=len(arrival.body), limit=frames.LARGEST_PART)
            return frames.read_part(self._station.open(arrival, Kind.PART))
        except Refused as refusal:
            code = refusal.code
        except ValueError:
            code = brk.BROKEN_FRAME
        self._observe("control.unreadable", endpoint=owner, code=code.id)
        return None

    def _together(self, group: Sequence[Arrival]) -> _Done:
        submissions = [self._unless_refused(self._opened(one)) for one in group]
        follow(self._clock, submissions)
        return submissions, self._intake.take(submissions).recorded

    def _alone(self, arrival: Arrival) -> _Done:
        """Tried; after `DEATHS` opened and refused without any stage; and not even opened where that was deadly too."""
        name = hashlib.sha256(arrival.body).hexdigest()  # known before anything is done with it
        if (deaths := self._suspects.deaths(name)) > DEATHS:
            unopened = Submission(arrival.body, b"", f"amqp:{arrival.user}", Refused(brk.POISON, times=deaths))
            done = [unopened], self._intake.take([unopened]).recorded
            self._suspects.clear(name)
            return done
        with self._suspects.trying(name):
            submission = self._unless_refused(self._opened(arrival))
            if deaths == DEATHS and submission.fault is None:
                submission = _poison(submission, deaths)
                self._suspects.refuse(hashlib.sha256(submission.raw).hexdigest(), deaths)
            follow(self._clock, [submission])
            return [submission], self._intake.take([submission]).recorded

    def _unless_refused(self, submission: Submission) -> Submission:
        """A copy of what was refused as poison is refused like it: its sender sent it again while workers died of it."""
        if submission.fault is not None:
            return submission
        deaths = self._suspects.refused(hashlib.sha256(submission.raw).hexdigest())
        return _poison(submission, deaths) if deaths else submission

    def _opened(self, arrival: Arrival) -> Submission:
        channel = f"amqp:{arrival.user}"
        try:
            return frames.read_submission(self._station.open(arrival, Kind.SUBMISSION), channel)
        except Refused as refusal:
            return Submission(arrival.body, b"", channel, refusal)
        except ValueError:
            return Submission(arrival.body, b"", channel, Refused(brk.BROKEN_FRAME, kind=Kind.SUBMISSION.value))

    def _receipt(self, arrival: Arrival, submission: Submission, recorded: Recorded) -> Parcel | None:
        """To the queue's owner, by the digest under which it waits; nothing for what was never joined to one."""
        owner = self._station.owners[arrival.queue]
        digest = hashlib.sha256(submission.raw).hexdigest() if submission.fault is None else arrival.join
        if len(digest) != _DIGEST:
            return None
        plain = frames.write_receipt(digest, recorded)
        return self._station.parcel(owner, self._station.names.receipts(owner), Kind.RECEIPT, digest, plain)


def _suspect(one: Arrival) -> bool:
    return one.redeliveries >= ALONE


def _poison(submission: Submission, deaths: int) -> Submission:
    return replace(submission, fault=Refused(brk.POISON, times=deaths))


def _groups(held: Sequence[Arrival]) -> Sequence[Sequence[Arrival]]:
    """In order; what was redelivered too often goes alone, and parts of attachments a few together, never with messages."""
    groups: list[list[Arrival]] = []
    for one in held:
        if groups and _joins(groups[-1], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _joins(group: Sequence[Arrival], one: Arrival) -> bool:
    first, part = group[0], Kind.PART.value
    alike = (first.kind == part) is (one.kind == part)
    room = one.kind != part or len(group) < PARTS
    return alike and room and max(first.redeliveries, one.redeliveries) < ALONE
