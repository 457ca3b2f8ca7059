"""The hub as a connector meets it over the broker: submissions out, receipts, deliveries and proofs in (docs/spec/broker.md).

    worker thread     submit: seal, publish, wait for the receipts            -> in.<endpoint>
                      deposit: parts of attachments, by the way of their message; fetch: parts of a delivery's
    consumer thread   receipts -> whoever waits; deliveries -> the worker     <- receipts.<endpoint>, out.<endpoint>

A delivery is acknowledged when its answer stands in the outbox, or when it was given back: a crash before that brings it
again, and the dedup store makes that harmless. A receipt that comes too late is dropped: the same bytes were sent again.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from connectors.kit.hubport import Observer
from connectors.kit.identity import Identity
from connectors.kit.partition import lane, partition, rounds
from connectors.kit.witness import log_trust
from hub import frames
from hub.broker import Names
from hub.codes import brk
from hub.edges.amqp.broker import Account
from hub.edges.amqp.consumer import Arrival, Consumer
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.edges.amqp.sealing import HUB, Way, seal, unseal
from hub.errors import Refused, Unavailable
from hub.frames import Ask, Fetch, Kind
from hub.messages import Delivery, Part, Recorded, Returned, Submission
from hub.outages import Outage

PATIENCE: Final = 30.0  # seconds for a receipt; then the same bytes are sent again
_CONTROL: Final = "control"


def unheard(_submissions: Sequence[Submission]) -> None:
    """Nobody needs to know."""


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """Where an endpoint meets the broker, and the keys of the sealing. `prefetch` is no more than the worker's inbox."""

    account: Account
    names: Names
    seal_key: EllipticCurvePrivateKey = field(repr=False)
    hub_key: EllipticCurvePublicKey = field(repr=False)
    partitions: int = 8
    prefetch: int = 200


class Receiving(Protocol):
    """Who takes deliveries (`connectors.kit.worker.Worker`)."""

    def offer(self, deliveries: Sequence[Delivery]) -> None: ...

    def returned(self) -> Sequence[Returned]: ...

    def latch(self, code: str) -> None: ...


class BrokerHub:
    """Fulfils `hubport.Hub` for one endpoint. `start` begins to deliver to a worker."""

    def __init__(
        self,
        identity: Identity,
        place: BrokerPlace,
        observe: Observer,
        *,
        sending: Callable[[Sequence[Submission]], None] = unheard,
        patience: float = PATIENCE,
    ) -> None:
        """`sending` hears what is about to be submitted."""
        self._sending = sending
        self._identity = identity
        self._trust = log_trust(identity.log)
        self._place = place
        self._observe = observe
        self._outage = Outage(observe, "connector:returns", identity.endpoint)
        self._patience = patience
        self._publisher = Publisher(place.account)
        self._publishing = threading.Lock()
        self._gives_back = Publisher(place.account)  # of the consumer's thread: a publisher belongs to one
        code = identity.endpoint
        queues = (place.names.receipts(code), place.names.out(code))
        self._consumer = Consumer(place.account, queues, place.prefetch, hear=self._hear, idle=self._idle)
        self._worker: Receiving | None = None
        self._lock = threading.Condition()
        self._wanted: set[str] = set()
        self._receipts: dict[str, Recorded] = {}
        self._proofs: dict[str, frames.Proof] = {}
        self._pieces: dict[str, dict[int, bytes]] = {}
        self._out: dict[int, list[Arrival]] = defaultdict(list)
        self._late: deque[Delivery] = deque()

    def start(self, worker: Receiving) -> Self:
        """Begins to read; `worker` gets the deliveries."""
        self._worker = worker
        self._consumer.start()
        return self

    def close(self) -> None:
        """Drops both lines. What was not acknowledged comes again."""
        self._consumer.close()
        self._publisher.close()
        self._gives_back.close()

    @property
    def connected(self) -> bool:
        """Whether the broker lets us read, as far as is known."""
        return self._consumer.connected

    # --- the worker's thread ------------------------------------------------------------------------------------------

    def submit(self, submissions: Sequence[Submission]) -> Sequence[Recorded]:
        """One receipt per submission, in order. Raises `Unavailable` when one does not come: nothing is known then."""
        self._sending(submissions)
        digests = [hashlib.sha256(one.raw).hexdigest() for one in submissions]
        with self._lock:
            self._wanted.update(digests)
        try:
            for places in rounds([lane(one.raw, name) for one, name in zip(submissions, digests, strict=True)]):
                self._publish([self._parcel(submissions[place], digests[place]) for place in places])
            return self._await(digests)
        finally:
            with self._lock:
                self._wanted.difference_update(digests)
                for digest in digests:
                    self._receipts.pop(digest, None)

    def consistency(self, gaps: Sequence[tuple[int, int]]) -> Sequence[Sequence[bytes]]:
        """Consistency proofs of the zone's log. Raises `Unavailable` when none comes."""
        if not gaps:
            return ()
        ask = Ask(secrets.token_hex(16), tuple(gaps))
        self._publish([self._control(Kind.ASK, ask.id, frames.write_ask(ask))])
        until = time.monotonic() + self._patience
        with self._lock:
            while ask.id not in self._proofs:
                if not self._lock.wait(until - time.monotonic()):
                    raise Unavailable(brk.NO_RECEIPT, seconds=int(self._patience), count=1)
            return self._proofs.pop(ask.id).proofs

    def deposit(self, sender: str, message: bytes, parts: Sequence[Part]) -> None:
        """Returns when the broker has them: in the queue that the message will take, before it. Raises `Unavailable`.

        `sender` is this endpoint: the broker knows no other here.
        """
        digest = hashlib.sha256(message).hexdigest()
        key, way = self._key(message, digest), self._way(Kind.PART)
        self._publish(
            [
                Parcel(self._exchange, key, Kind.PART, digest, seal(frames.write_part(one), self._place.hub_key, way))
                for one in parts
            ]
        )

    def fetch(self, recipient: str, index: int, sha256: str, positions: Sequence[int]) -> Sequence[bytes]:
        """Parts of what a delivery carries, b"" for what is there no more. Raises `Unavailable` when they do not come.

        `recipient` is this endpoint: the hub gives parts to nobody else.
        """
        ask = Fetch(secrets.token_hex(16), index, sha256, tuple(positions))
        with self._lock:
            self._pieces[ask.id] = {}
        try:
            self._publish([self._control(Kind.FETCH, ask.id, frames.write_fetch(ask))])
            return self._await_pieces(ask)
        finally:
            with self._lock:
                del self._pieces[ask.id]

    def handled(self, indexes: Sequence[int]) -> None:
        """These deliveries are answered, and the answers are in the outbox: the broker may forget them."""
        with self._lock:
            done = [arrival for index in indexes for arrival in self._out.pop(index, ())]
        self._consumer.settle(done)

    def _publish(self, parcels: Sequence[Parcel]) -> None:
        with self._publishing:  # the line belongs to one thread at a time, and `submit` may be called by several
            self._publisher.publish(parcels)

    def _await(self, digests: Sequence[str]) -> Sequence[Recorded]:
        until = time.monotonic() + self._patience
        with self._lock:
            while missing := sum(digest not in self._receipts for digest in digests):
                if not self._lock.wait(until - time.monotonic()):
                    raise Unavailable(brk.NO_RECEIPT, seconds=int(self._patience), count=missing)
            return [self._receipts[digest] for digest in digests]

    def _await_pieces(self, ask: Fetch) -> Sequence[bytes]:
        until = time.monotonic() + self._patience
        with self._lock:
            came = self._pieces[ask.id]
            while missing := sum(position not in came for position in ask.positions):
                if not self._lock.wait(until - time.monotonic()):
                    raise Unavailable(brk.NO_RECEIPT, seconds=int(self._patience), count=missing)
            return [came[position] for position in ask.positions]

    def _key(self, raw: bytes, digest: str) -> str:
        """The partition of a message, and of what goes before it."""
        return str(partition(self._identity.subject_key, raw, digest, self._place.partitions))

    def _parcel(self, one: Submission, digest: str) -> Parcel:
        body = seal(frames.write_submission(one), self._place.hub_key, self._way(Kind.SUBMISSION))
        return Parcel(self._exchange, self._key(one.raw, digest), Kind.SUBMISSION, digest, body)

    def _control(self, kind: Kind, join: str, plain: bytes) -> Parcel:
        return Parcel(self._exchange, _CONTROL, kind, join, seal(plain, self._place.hub_key, self._way(kind)))

    @property
    def _exchange(self) -> str:
        return self._place.names.inbound(self._identity.endpoint)

    def _way(self, kind: Kind) -> Way:
        return Way(self._identity.log.origin, kind, self._identity.endpoint, HUB)

    # --- the consumer's thread ----------------------------------------------------------------------------------------

    def _hear(self, arrival: Arrival) -> None:
        try:
            kind = Kind(arrival.kind)
            way = Way(self._identity.log.origin, kind, HUB, self._identity.endpoint)
            self._take(arrival, kind, unseal(arrival.body, self._place.seal_key, way))
        except (ValueError, Refused) as error:
            # Only the hub's user may write here. What is not readable is no outage: a person must look (fail closed).
            code = error.code if isinstance(error, Refused) else brk.BROKEN_FRAME
            self._observe("delivery.unreadable", endpoint=self._identity.endpoint, code=code.id)
            if self._worker is not None:
                self._worker.latch(code.id)

    def _take(self, arrival: Arrival, kind: Kind, plain: bytes) -> None:
        match kind:
            case Kind.RECEIPT:
                digest, recorded = frames.read_receipt(plain)
                if self._trust.in_doubt(recorded.receipt):  # what is sent again gets one under the key of today
                    self._consumer.settle([arrival])
                else:
                    self._tell(arrival, digest, recorded)
            case Kind.PROOF:
                proof = frames.read_proof(plain)
                with self._lock:
                    self._proofs[proof.id] = proof
                    self._lock.notify_all()
                self._consumer.settle([arrival])
            case Kind.PIECE:
                piece = frames.read_piece(plain)
                with self._lock:
                    if piece.id in self._pieces:
                        self._pieces[piece.id][piece.position] = piece.content
                        self._lock.notify_all()
                self._consumer.settle([arrival])
            case Kind.DELIVERY:
                delivery = frames.read_delivery(plain)
                if self._trust.in_doubt(delivery.stamp):  # the hub offers it again, with a stamp under the key of today
                    self._observe("delivery.doubted", endpoint=self._identity.endpoint, index=delivery.index)
                    self._consumer.settle([arrival])
                    return
                with self._lock:
                    self._out[delivery.index].append(arrival)
                self._late.append(delivery)
                self._offer()
            case _:
                raise ValueError("not for an endpoint")

    def _tell(self, arrival: Arrival, digest: str, recorded: Recorded) -> None:
        with self._lock:
            if digest in self._wanted:
                self._receipts[digest] = recorded
                self._lock.notify_all()
        self._consumer.settle([arrival])

    def _offer(self) -> None:
        """Deliveries in the order in which they came; what does not fit now is offered again a little later."""
        while self._late and self._worker is not None:
            try:
                self._worker.offer([self._late[0]])
            except Unavailable:
                return
            self._late.popleft()

    def _idle(self) -> None:
        """Now and then: what did not fit, and what the worker gives back."""
        self._offer()
        returned = self._worker.returned() if self._worker is not None else ()
        if not returned:
            self._gives_back.idle()
            return
        parcels = [self._control(Kind.RETURNED, str(one.index), frames.write_returned(one)) for one in returned]
        try:
            self._gives_back.publish(parcels)
        except Unavailable as error:
            # Not given back, so not acknowledged: the next line brings these deliveries again.
            self._outage.failed(error.code.id)
            return
        self._outage.worked()
        self.handled([one.index for one in returned])
