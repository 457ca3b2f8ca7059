"""The way from the 全国サーバー to the 情報提供ネットワークシステム (the end of C2b): a courier, and what it must not lose, sealed.

    effect of the CS -> pending (sealed) -> desk: ledger line -> courier -> nws.sock, then the own line -> out of pending

The network is another room's: it is known by the name of its socket and by what it reads, never by its code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from connectors.cs.network import DIALECT
from connectors.kit.desk import Desk, Play, Reply
from connectors.kit.errands import Courier, Errand
from connectors.kit.languages.http import HttpPartner
from connectors.kit.languages.telegram import TelegramService
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.kit.pending import Pending

NETWORK: Final = "nws"
_PATIENCE: Final = 30.0  # seconds for the last errands when the day ends


class Passing(Play, Protocol):
    """A play some of whose effects have to be passed on."""

    lines: dict[str, bool]
    """The ids of its ledger, in order, and which of them were confirmed."""

    def onward(self, effect: Effect) -> Errand | None:
        """What follows from a confirmed effect; a function of the effect."""


class Onward(Desk):
    """The desk as the CS meets it. What follows from an effect is kept before the effect has its line, and told after."""

    def __init__(self, desk: Desk, play: Passing, pending: Pending, give: Callable[[Sequence[Errand]], None]) -> None:
        self._desk = desk
        self._source = play
        self._pending = pending
        self._give = give

    def perform(self, effects: Sequence[Effect]) -> list[Reply]:
        fresh = [one for one in effects if one.message not in self._source.lines]
        following = [errand for one in fresh if (errand := self._source.onward(one)) is not None]
        self._pending.keep((one.cause, one.effect) for one in following)
        replies = self._desk.perform(effects)
        taken = {one.message for one, reply in zip(effects, replies, strict=True) if reply.result == CONFIRMED}
        self._give([one for one in following if one.cause in taken])
        for one in following:
            if one.cause not in taken:
                self._pending.erase(one.cause)
        return replies

    def feed(self, name: str, after: str, limit: int) -> Events:
        return self._desk.feed(name, after, limit)

    def retire(self) -> None:
        self._desk.retire()


class OnwardService:
    """The 全国サーバー at its door, and its courier behind."""

    def __init__(self, place: Path, desk: Desk, named: tuple[str, Passing], pending: Pending) -> None:
        name, play = named
        self._play = play
        self._pending = pending
        self._partner = HttpPartner(place.with_name(f"{NETWORK}.sock"), NETWORK, "application/json")
        self._courier = Courier(NETWORK, self._partner, desk, play.lines, lambda one: pending.erase(one.cause))
        self._door = TelegramService(place, {name: Onward(desk, play, pending, self._courier.give)}, DIALECT)

    def serve(self) -> None:
        self._courier.give(self._left())
        self._courier.start()
        self._door.serve()
        self._courier.finish(_PATIENCE)
        self._partner.close()

    def stop(self) -> None:
        self._door.stop()

    def close(self) -> None:
        self._door.close()

    def _left(self) -> list[Errand]:
        """What was not told when the process died, in the order in which it was taken; without a line the CS says it again."""
        left = dict(self._pending.left())
        for cause in left:
            if self._play.lines.get(cause) is False:
                self._pending.erase(cause)
        return [
            Errand(one.message, one.type, NETWORK, one.sha256, one.content, cause)
            for cause, confirmed in self._play.lines.items()
            if confirmed and (one := left.get(cause)) is not None
        ]
