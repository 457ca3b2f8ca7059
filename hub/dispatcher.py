"""The dispatcher: hands each lane's first unsettled delivery to its recipient, after deciding once more whether it may go.

Order is the journal's. What was handed over and not answered is remembered only here: after a crash it is handed over
again by the same function, and the recipient's dedup makes that harmless (design section 2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from hub.errors import HubError, Refused
from hub.intake import Intake
from hub.messages import Delivery
from hub.pipeline import House
from hub.ports import Clock, Observer, Outgoing, Pending, Receiver
from hub.stages.deliver import deliver

ROUND = 200


class Dispatcher:
    """One per home. Not thread-safe: the owner of the journal calls it."""

    def __init__(self, house: House, outgoing: Outgoing, intake: Intake, clock: Clock, observe: Observer) -> None:
        self._house = house
        self._outgoing = outgoing
        self._intake = intake
        self._clock = clock
        self._observe = observe
        self._handed: set[int] = set()

    @property
    def outstanding(self) -> int:
        """Deliveries handed over and not answered yet."""
        return len(self._handed)

    def answered(self, indexes: Iterable[int]) -> None:
        """These deliveries have their final answer: their lanes go on."""
        self._handed.difference_update(indexes)

    def given_back(self, indexes: Iterable[int]) -> None:
        """A receiver went away with these: they will be handed over again."""
        self._handed.difference_update(indexes)

    def round(self, receivers: Mapping[str, Receiver]) -> int:
        """Hands over what is ready and fits; returns how many deliveries went out or were withdrawn."""
        room = {name: receiver.capacity() for name, receiver in receivers.items()}
        open_ = [name for name, capacity in room.items() if capacity > 0]
        if not open_:
            return 0
        ready = self._outgoing.ready(open_, self._handed, self._clock.now(), ROUND)
        going, stopped = self._decide(ready, room)
        if stopped:
            self._intake.withdraw(stopped)
        for name, deliveries in going.items():
            self._hand_over(name, receivers[name], deliveries)
        return sum(map(len, going.values())) + len(stopped)

    def _decide(
        self, ready: Sequence[Pending], room: dict[str, int]
    ) -> tuple[dict[str, list[Delivery]], list[tuple[Pending, Refused]]]:
        going: dict[str, list[Delivery]] = defaultdict(list)
        stopped: list[tuple[Pending, Refused]] = []
        now = self._clock.now()
        for pending in ready:
            name = pending.delivery.recipient
            if len(going[name]) >= room[name]:
                continue
            try:
                going[name].append(deliver(pending, self._house.site.schemas, self._house.law, now))
            except Refused as refusal:
                stopped.append((pending, refusal))
        return {name: deliveries for name, deliveries in going.items() if deliveries}, stopped

    def _hand_over(self, name: str, receiver: Receiver, deliveries: Sequence[Delivery]) -> None:
        indexes = [delivery.index for delivery in deliveries]
        self._handed.update(indexes)
        try:
            receiver.offer(deliveries)
        except HubError as error:
            self._handed.difference_update(indexes)
            self._observe("connector.unavailable", recipient=name, code=error.code.id)
            return
        for delivery in deliveries:
            self._observe("delivery.offered", recipient=name, message=delivery.message_id, index=delivery.index)
