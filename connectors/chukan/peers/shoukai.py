"""情報照会者: other bodies that ask about residents of the ward (C3). `python -m connectors.chukan.peers.shoukai --help`; on a full day.

It asks the 情報提供ネットワークシステム at `nws.sock` beside its --socket, signs each 提供の求め with the key to which it is to be answered,
and takes what becomes of it at --socket; only the body that asked can read that. All other bodies of the day are this one process,
each with keys of its own.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Mapping
from functools import partial
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from connectors.chukan.allowed import HOUSEHOLD
from connectors.chukan.inquirers import signed_by_body
from connectors.chukan.peers.founding import body_key
from connectors.chukan.provision import ENQUIRY, PROVISION, REFUSAL, Enquiry, Provision, opened, public
from connectors.juki.full import nws
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain, Play
from connectors.kit.languages.http import HttpPartner, HttpService
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect, Partner
from connectors.kit.patience import background, until_answered
from connectors.kit.simulator import Options, run

NAME: Final = "shoukai"
_NETWORK: Final = "nws"
_AGAIN: Final = 1.0  # seconds


class Bodies(Plain):
    """Opens what is provided. The ledger says what became of each 提供の求め, never what was told."""

    def __init__(self, town: Town) -> None:
        self._cast = {one.id: one for one in (nws.enquiries(town) if town.full else ())}
        self._seed = town.seed
        self.done: set[str] = set()

    def remember(self, line: Line) -> None:
        self.done.add(line.message)

    def perform(self, effect: Effect) -> Performed:
        """Raises `ValueError` for what nobody asked, and for items that were not asked for."""
        asked = self._cast.get(effect.message)
        if asked is None or effect.type not in {PROVISION, REFUSAL}:
            raise ValueError("nobody asked this")
        if effect.type == REFUSAL:
            return Performed(facts={"flow": "C3", "outcome": "refused", "reason": effect.content.decode("ascii")})
        provided = Provision.decode(effect.content)
        if not provided.sealed:
            return Performed(facts={"flow": "C3", "outcome": "withheld"})
        items = opened(provided.sealed, own_key(self._seed, asked.body), provided.request)
        if not items or not set(items) <= set(asked.items):
            raise ValueError("not what was asked for")
        return Performed(facts={"flow": "C3", "outcome": "provided", "items": "、".join(items)})


def asking(town: Town, bodies: Bodies, network: Partner) -> None:
    """Asks everything of the day, in order, and from time to time again until it has been told what became of it."""
    stopped = threading.Event()
    asked = [enquiring(one, town.seed) for one in nws.enquiries(town)]
    while waiting := [one for one in asked if one.message not in bodies.done]:
        for effect in waiting:
            until_answered(partial(network.perform, [effect]), stopped)
        stopped.wait(_AGAIN)


def enquiring(one: nws.Enquiry, seed: int) -> Effect:
    """The 提供の求め as its body tells it to the network, signed and with its key."""
    content = signed_by_body(_enquiry(one, public(own_key(seed, one.body))), body_key(seed, one.body)).encode()
    return Effect(one.id, ENQUIRY, hashlib.sha256(content).hexdigest(), content)


def _enquiry(one: nws.Enquiry, key: str) -> Enquiry:
    """The 符号 of the person is that at the asking body; the network knows the other one."""
    theirs = nws.fugou_of(f"{one.body}/{one.person}")
    return Enquiry(one.number, one.process, theirs, one.body, one.affair, HOUSEHOLD, one.items, "", "", key)


def own_key(seed: int, body: str) -> X25519PrivateKey:
    """To which a body is answered: the same after a restart; whoever knows the seed has it."""
    return X25519PrivateKey.from_private_bytes(hashlib.sha256(f"shoukai/{seed}/{body}".encode()).digest())


def plays(options: Options, _tokens: Tokens) -> Mapping[str, Play]:
    """One play, and whoever asks behind it on a full day."""
    town = Town.of(options)
    bodies = Bodies(town)
    if town.full:
        network = HttpPartner(options.socket.with_name(f"{_NETWORK}.sock"), _NETWORK, "application/json")
        background(partial(asking, town, bodies, network), "asking")
    return {NAME: bodies}


if __name__ == "__main__":
    sys.exit(run(f"chukan.peers.{NAME}", (NAME,), plays, speak=HttpService))
