"""The room that most rooms are: hand each message to the partner under its MessageId, and say what the partner said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from connectors.kit.compose import Draft
from connectors.kit.identity import Identity
from connectors.kit.law import Law
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Partner
from connectors.kit.room import Feed, Opened, Outcome, confirmed, rejected
from hub.codes import kit
from hub.errors import Refused


@dataclass(frozen=True, slots=True)
class Setup:
    """What a room is made from: who it is, its partner, the operator of what it does by itself, and for rooms that send
    the law to quote and the endpoints of the zone.
    """

    identity: Identity
    partner: Partner
    automaton: Automaton
    law: Law
    peers: frozenset[str]


class Forwarding:
    """A room without rules of its own; override `follow` where something follows from a confirmed message."""

    def __init__(
        self,
        setup: Setup,
        types: Collection[str],
        feeds: Sequence[Feed] = (),
        translate: Callable[[Opened], bytes] = lambda one: one.delivery.raw,
    ) -> None:
        """`types`: the message types that the partner takes; any other is rejected without asking it.

        `translate` makes what the partner reads: the signed bytes unless it speaks a language of its own.
        """
        self.setup = setup
        self._types = frozenset(types)
        self._feeds = tuple(feeds)
        self._translate = translate

    def feeds(self) -> Sequence[Feed]:
        return self._feeds

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        outcomes: dict[int, Outcome] = {}
        effects: dict[int, Effect] = {}
        for place, one in enumerate(batch):
            if one.header.type not in self._types:
                outcomes[place] = rejected(kit.TYPE_NOT_HANDLED.id)
                continue
            try:
                effects[place] = self._effect(one)
            except Refused as refusal:  # its language has no word for it: the sender must make it anew
                outcomes[place] = rejected(refusal.code.id)
        results = self.setup.partner.perform(tuple(effects.values())) if effects else ()
        for place, result in zip(effects, results, strict=True):
            follows = self.follow(batch[place], result.reply) if result.confirmed else ()
            outcomes[place] = confirmed(*follows) if result.confirmed else rejected(result.code)
        return [outcomes[place] for place in range(len(batch))]

    def follow(self, one: Opened, reply: Mapping[str, str]) -> tuple[Draft, ...]:
        """The messages that follow from `one`, which the partner confirmed with `reply`."""
        return ()

    def _effect(self, one: Opened) -> Effect:
        return Effect(one.header.message_id, one.header.type, one.digest, self._translate(one))
