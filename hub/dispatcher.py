"""The dispatcher: hands each lane's first unsettled delivery to its recipient, after deciding once more whether it may go.

Order is the journal's. What was handed over and not answered is remembered only here: after a crash it is handed over
again by the same function, and the recipient's dedup makes that harmless (design section 2). What a recipient gives back
is tried again after a pause, and then held for persons: its lane waits, no other does (promise 6).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import endings, envelope, holds
from hub.errors import HubError, Refused
from hub.intake import Intake
from hub.messages import Delivery, Returned
from hub.outages import Outage
from hub.pipeline import House
from hub.ports import Clock, Observer, Outgoing, Pending, Receiver
from hub.stages.deliver import deliver
from hub.stages.record import Turned

ROUND = 200
# The pauses between the attempts at one delivery; after the last attempt persons are asked.
PAUSES = (timedelta(seconds=2), timedelta(seconds=10))


@dataclass(frozen=True, slots=True)
class _Handed:
    """What must be known of a delivery that comes back."""

    message_id: str
    conversation: str
    recipient: str
    attempt: int


class Dispatcher:
    """One per home. Not thread-safe: the owner of the journal calls it."""

    def __init__(
        self,
        house: House,
        outgoing: Outgoing,
        intake: Intake,
        clock: Clock,
        observe: Observer,
        pauses: Sequence[timedelta] = PAUSES,
    ) -> None:
        self._house = house
        self._outgoing = outgoing
        self._intake = intake
        self._clock = clock
        self._observe = observe
        self._pauses = pauses
        self._handed: dict[int, _Handed] = {}
        self._held_by: Counter[str] = Counter()
        self._outage = Outage(observe, "handover")
        self.withheld: Callable[[Pending], bool] = (
            _never  # whether a delivery may not go out now, and who holds it knows
        )

    @property
    def outstanding(self) -> int:
        """Deliveries handed over and not answered yet."""
        return len(self._handed)

    def in_hand(self, index: int) -> bool:
        """Whether a recipient has this delivery now."""
        return index in self._handed

    def handed(self, recipient: str) -> frozenset[int]:
        """The deliveries that this recipient has in hand."""
        return frozenset(index for index, one in self._handed.items() if one.recipient == recipient)

    def in_hands_of(self, recipient: str) -> int:
        """How many deliveries this recipient has now."""
        return self._held_by[recipient]

    def look(self) -> None:
        """Finds out which deliveries in hand have their end: other processes record answers too."""
        if self._handed:
            states = self._outgoing.states(self._handed)
            self.answered([index for index in self._handed if states.get(index) != "pending"])

    def answered(self, indexes: Iterable[int]) -> None:
        """These deliveries have their final answer: their lanes go on."""
        for index in indexes:
            self._let_go(index)

    def round(self, receivers: Mapping[str, Receiver]) -> int:
        """Takes back what failed, ends what recorded messages end (S39), and hands over what is ready and fits.

        Returns how many deliveries moved. Raises `Unavailable`; nothing was handed over then.
        """
        back = sum(self._take_back(name, receiver.returned()) for name, receiver in receivers.items())
        endings.end(self._intake, self._outgoing, self.in_hand)
        room = {name: receiver.capacity() for name, receiver in receivers.items()}
        open_ = [name for name, capacity in room.items() if capacity > 0]
        if not open_:
            return back
        ready = self._outgoing.ready(open_, self._handed, self._clock.now(), ROUND)
        going, stopped = self._decide(ready, room)
        if stopped:
            self._intake.withdraw(stopped)
        conversations = {pending.delivery.index: pending.conversation_id for pending in ready}
        return back + self._hand_out(going, receivers, conversations) + len(stopped)

    # --- back from a recipient ----------------------------------------------------------------------------------------

    def _take_back(self, recipient: str, returned: Sequence[Returned]) -> int:
        """A delivery that is not in this recipient's hands any more (answered meanwhile) is passed over."""
        turned = []
        for one in returned:
            handed = self._handed.get(one.index)
            if handed is None or handed.recipient != recipient:
                continue
            self._let_go(one.index)
            if one.hold or handed.attempt > len(self._pauses):
                turned.append(self._failed(one, handed))
            else:
                self._postpone(one, handed)
        if turned:
            self._intake.turn(turned)
        return len(returned)

    def _postpone(self, one: Returned, handed: _Handed) -> None:
        until = self._clock.now() + self._pauses[handed.attempt - 1]
        with self._intake.writing():
            self._outgoing.postpone(one.index, until, one.code)
        self._observe(
            "delivery.postponed",
            recipient=handed.recipient,
            conversation=handed.conversation,
            code=one.code,
            index=one.index,
        )

    def _failed(self, one: Returned, handed: _Handed) -> Turned:
        common = self._intake.common(envelope.format_time(self._clock.now()))
        return holds.failed(common, one.index, handed.message_id, handed.recipient, one.code, hold=one.hold)

    def _let_go(self, index: int) -> None:
        handed = self._handed.pop(index, None)
        if handed is not None:
            self._held_by[handed.recipient] -= 1

    # --- out to the recipients ----------------------------------------------------------------------------------------

    def _decide(
        self, ready: Sequence[Pending], room: dict[str, int]
    ) -> tuple[dict[str, list[Delivery]], list[tuple[Pending, Refused]]]:
        going: dict[str, list[Delivery]] = defaultdict(list)
        stopped: list[tuple[Pending, Refused]] = []
        now = self._clock.now()
        for pending in ready:
            name = pending.delivery.recipient
            if len(going[name]) >= room[name] or self.withheld(pending):
                continue
            try:
                going[name].append(self._going(pending, now))
            except Refused as refusal:
                stopped.append((pending, refusal))
        return {name: deliveries for name, deliveries in going.items() if deliveries}, stopped

    def _going(self, pending: Pending, now: datetime) -> Delivery:
        house = self._house
        return deliver(pending, house.site.schemas, house.law, house.trust, now)

    def _hand_out(
        self,
        going: Mapping[str, Sequence[Delivery]],
        receivers: Mapping[str, Receiver],
        conversations: Mapping[int, str],
    ) -> int:
        """How many were handed over. A way that all recipients share fails for all of them and is one outage."""
        handed, failed = 0, ""
        for name, deliveries in going.items():
            try:
                self._hand_over(name, receivers[name], deliveries, conversations)
                handed += len(deliveries)
            except HubError as error:
                failed = error.code.id
        if failed:
            self._outage.failed(failed)
        elif handed:
            self._outage.worked()
        return handed

    def _hand_over(
        self, name: str, receiver: Receiver, deliveries: Sequence[Delivery], conversations: Mapping[int, str]
    ) -> None:
        """All or none. Raises `HubError`: then none is in its hands, as far as is known."""
        handed = {one.index: _Handed(one.message_id, conversations[one.index], name, one.attempt) for one in deliveries}
        self._handed.update(handed)
        self._held_by[name] += len(handed)
        try:
            receiver.offer(deliveries)
        except HubError:
            self.answered(handed)
            raise
        for delivery in deliveries:
            self._observe(
                "delivery.offered",
                recipient=name,
                message=delivery.message_id,
                conversation=conversations[delivery.index],
                index=delivery.index,
            )


def _never(_: Pending) -> bool:
    return False
