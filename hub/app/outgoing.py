"""The dispatcher's side of the broker: deliveries out, and what connectors give back or ask.

Order stays the journal's: at most one delivery of a lane is at the broker, and a bounded number for each endpoint, so that
a million that wait for one recipient wait in the journal and take nobody's place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub import frames
from hub.app.intaking import Inbound, Sending, Station
from hub.dispatcher import Dispatcher
from hub.edges.amqp.consumer import Arrival
from hub.edges.amqp.publisher import Parcel
from hub.errors import Refused, Unavailable
from hub.exchangelog.tree import prove_consistency
from hub.frames import Ask, Kind, Piece, Proof
from hub.messages import Delivery, Returned
from hub.ports import NodeReader, Observer

WINDOW: Final = 200
ROUND: Final = 200  # control frames taken at once


@dataclass(slots=True)
class BrokerReceiver:
    """A recipient behind the broker; fulfils `hub.ports.Receiver`. `given_back` is filled by `Outlet`."""

    endpoint: str
    window: int
    in_hand: Callable[[], int]
    send: Callable[[Sequence[Delivery]], None]
    given_back: list[Returned] = field(default_factory=list)
    probing: bool = False

    def capacity(self) -> int:
        """Room at the broker; after a failure one message probes the way before the others follow."""
        free = max(0, self.window - self.in_hand())
        return min(free, 1) if self.probing else free

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        """Returns when the broker has confirmed all. Raises `Unavailable`: some may be there, and are dedup's to find."""
        try:
            self.send(deliveries)
        except Unavailable:
            self.probing = True
            raise
        self.probing = False

    def returned(self) -> Sequence[Returned]:
        """What the connector gave back since the last call."""
        given, self.given_back = self.given_back, []
        return given


@dataclass(frozen=True, slots=True)
class Asked:
    """What connectors ask for: nodes of the log and its size, and parts of a delivery's attachments (`hub.ports.Parts.handed`)."""

    nodes: NodeReader
    size: Callable[[], int]
    part: Callable[[int, str, str, int], bytes | None]


class Outlet:
    """All recipients of a zone behind the broker."""

    def __init__(
        self,
        station: Station,
        dispatcher: Dispatcher,
        asked: Asked,
        control: Inbound,
        sending: Sending,
        observe: Observer,
        window: int = WINDOW,
    ) -> None:
        self._station = station
        self._dispatcher = dispatcher
        self._asked_of = asked
        self._control = control
        self._sending = sending
        self._observe = observe
        self.receivers: Mapping[str, BrokerReceiver] = {
            name: BrokerReceiver(name, window, self._counter(name), self._send) for name in station.endpoints
        }

    def before_round(self) -> None:
        """What connectors gave back or ask, and which deliveries have their end. Raises `Unavailable`."""
        self._dispatcher.look()
        arrivals = self._control.take(ROUND, 0)
        asked: dict[str, list[Arrival]] = defaultdict(list)
        wanted: list[tuple[str, Arrival]] = []
        for arrival in arrivals:
            owner = self._station.owners[arrival.queue]
            if arrival.kind == Kind.RETURNED.value:
                self._take_back(arrival, owner)
            elif arrival.kind == Kind.FETCH.value:
                wanted.append((owner, arrival))
            else:
                asked[owner].append(arrival)
        self._prove(asked)
        for owner, arrival in wanted:
            self._give(owner, arrival)
        self._control.settle(arrivals)
        self._sending.idle()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _counter(self, name: str) -> Callable[[], int]:
        return lambda: self._dispatcher.in_hands_of(name)

    def _send(self, deliveries: Sequence[Delivery]) -> None:
        self._sending.publish([self._parcel(one) for one in deliveries])

    def _parcel(self, one: Delivery) -> Parcel:
        key = self._station.names.out(one.recipient)
        return self._station.parcel(one.recipient, key, Kind.DELIVERY, "", frames.write_delivery(one))

    def _take_back(self, arrival: Arrival, owner: str) -> None:
        try:
            returned = frames.read_returned(self._station.open(arrival, Kind.RETURNED))
        except (Refused, ValueError) as error:
            self._unreadable(owner, error)
            return
        self.receivers[owner].given_back.append(returned)

    def _prove(self, asked: Mapping[str, Sequence[Arrival]]) -> None:
        parcels = []
        for owner, arrivals in asked.items():
            for arrival in arrivals:
                try:
                    ask = self._asked(arrival)
                except (Refused, ValueError) as error:
                    self._unreadable(owner, error)
                    continue
                proofs = tuple(
                    tuple(prove_consistency(small, large, self._asked_of.nodes)) for small, large in ask.gaps
                )
                plain = frames.write_proof(Proof(ask.id, proofs))
                key = self._station.names.receipts(owner)
                parcels.append(self._station.parcel(owner, key, Kind.PROOF, ask.id, plain))
        if parcels:
            self._sending.publish(parcels)

    def _give(self, owner: str, arrival: Arrival) -> None:
        """The parts that a recipient asks for, or the word that there are none for it. One question at a time is in memory."""
        try:
            fetch = frames.read_fetch(self._station.open(arrival, Kind.FETCH))
        except (Refused, ValueError) as error:
            self._unreadable(owner, error)
            return
        parcels = []
        for position in fetch.positions:
            content = self._asked_of.part(fetch.index, owner, fetch.sha256, position) or b""
            plain = frames.write_piece(Piece(fetch.id, position, content))
            parcels.append(
                self._station.parcel(owner, self._station.names.receipts(owner), Kind.PIECE, fetch.id, plain)
            )
        self._sending.publish(parcels)

    def _asked(self, arrival: Arrival) -> Ask:
        """Raises `Refused`, or `ValueError` for a tree larger than there is: a stranger's number must not stop the log."""
        ask = frames.read_ask(self._station.open(arrival, Kind.ASK))
        if any(large > self._asked_of.size() for _, large in ask.gaps):
            raise ValueError("no such tree yet")
        return ask

    def _unreadable(self, owner: str, error: Exception) -> None:
        """From an authenticated endpoint, but no frame: told, and left out; it changes nothing."""
        code = error.code.id if isinstance(error, Refused) else "frame"
        self._observe("control.unreadable", endpoint=owner, code=code)
