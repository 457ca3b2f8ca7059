"""A system behind the CS as a process: it listens, and where it has something to say to the CS a courier goes there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from connectors.cs.network import CS, DIALECT, DOOR
from connectors.juki.town import Town
from connectors.kit.desk import Desk, Plain, Play, Reply
from connectors.kit.errands import Courier, Errand
from connectors.kit.languages.telegram import TelegramPartner, TelegramService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.kit.simulator import Options, Service, run

_PATIENCE = 10.0


class Telling(Plain):
    """A play with errands to the CS: `first` are those of the morning, `because` those that follow from an effect it took."""

    lines: set[str]  # the ids of its ledger

    def first(self) -> Sequence[Errand]:
        raise NotImplementedError

    def because(self, effect: Effect) -> Sequence[Errand]:
        raise NotImplementedError


def serve(name: str, make: Callable[[Town, Tokens], Play]) -> NoReturn:
    """The main function of a system that is only told."""

    def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
        return {name: make(Town.of(options), tokens)}

    def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
        return TelegramService(place, desks, DIALECT)

    sys.exit(run(name, (name,), plays, speak=speak))


def serve_telling(name: str, make: Callable[[Town, Tokens], Telling]) -> NoReturn:
    """The main function of a system that tells too."""
    made: list[Telling] = []

    def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
        made.append(make(Town.of(options), tokens))
        return {name: made[0]}

    def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
        return _Telling(place, name, desks[name], made[0])

    sys.exit(run(name, (name,), plays, speak=speak))


class _Door(Desk):
    """The desk as others meet it: what follows from an effect is told once the effect is durable."""

    def __init__(self, desk: Desk, teller: Telling, courier: Courier) -> None:
        self._desk = desk
        self._teller = teller
        self._courier = courier

    def perform(self, effects: Sequence[Effect]) -> list[Reply]:
        replies = self._desk.perform(effects)
        for effect, reply in zip(effects, replies, strict=True):
            if reply.result == CONFIRMED:
                self._courier.give(self._teller.because(effect))
        return replies

    def feed(self, name: str, after: str, limit: int) -> Events:
        return self._desk.feed(name, after, limit)

    def retire(self) -> None:
        self._desk.retire()


class _Telling:
    """The service of a system that tells too."""

    def __init__(self, place: Path, name: str, desk: Desk, play: Telling) -> None:
        self._partner = TelegramPartner(place.with_name(DOOR), CS, DIALECT)
        self._courier = Courier(CS, self._partner, desk, play.lines)
        self._courier.give(play.first())
        self._door = TelegramService(place, {name: _Door(desk, play, self._courier)}, DIALECT)

    def serve(self) -> None:
        self._courier.start()
        self._door.serve()
        self._courier.finish(_PATIENCE)
        self._partner.close()

    def stop(self) -> None:
        self._door.stop()

    def close(self) -> None:
        self._door.close()
