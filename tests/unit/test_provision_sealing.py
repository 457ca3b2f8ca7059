"""S2: what the 中間サーバー provides is sealed to the key of whoever asked, and to the question (HPKE, RFC 9180); the network has no say in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from connectors.chukan.inquirers import signed_by_body
from connectors.chukan.peers import founding
from connectors.chukan.peers.shoukai import enquiring
from connectors.chukan.permits import permitted
from connectors.chukan.provision import ENQUIRY, Enquiry, opened, public, sealed
from connectors.chukan.simulator import Chukan
from connectors.juki.full import nws
from connectors.juki.town import Town
from connectors.kit.desk import Desk
from connectors.kit.domain import NOT_THE_BODYS
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.partner import CONFIRMED, Effect, Result

TOWN = Town(seed=3, residents=60, number_of_events=20, day=date(2026, 4, 1), full=True)
REQUEST = "019d466d-8855-73ef-a523-d86e36d97c55"
OTHER = "019d466d-8855-73ef-a523-d86e36d97c56"
ITEMS = {"世帯番号": "000067890", "世帯主との続柄": "02"}


@pytest.fixture
def key() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


class TestProvision:
    def test_opens_for_whoever_asked(self, key: X25519PrivateKey) -> None:
        """With their key, as the answer to their question."""
        assert opened(sealed(ITEMS, public(key), REQUEST), key, REQUEST) == ITEMS

    def test_opens_for_nobody_else(self, key: X25519PrivateKey) -> None:
        """Another body's key does not do: neither the network's nor the hub's could."""
        text = sealed(ITEMS, public(key), REQUEST)
        with pytest.raises(ValueError, match="somebody else"):
            opened(text, X25519PrivateKey.generate(), REQUEST)

    def test_answers_no_other_question(self, key: X25519PrivateKey) -> None:
        """It cannot be given to the same body as the answer to something else it asked."""
        text = sealed(ITEMS, public(key), REQUEST)
        with pytest.raises(ValueError, match="somebody else"):
            opened(text, key, OTHER)

    def test_no_byte_of_it_can_be_changed(self, key: X25519PrivateKey) -> None:
        """Of the encapsulated key or of the ciphertext."""
        data = bytes.fromhex(sealed(ITEMS, public(key), REQUEST))
        for place in range(len(data)):
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            with pytest.raises(ValueError, match=r".*"):
                opened(changed.hex(), key, REQUEST)

    def test_says_nothing_in_clear(self, key: X25519PrivateKey) -> None:
        """Neither names nor values of items; and the same twice is not the same."""
        first, second = (bytes.fromhex(sealed(ITEMS, public(key), REQUEST)) for _ in range(2))

        assert first != second
        assert not [part for pair in ITEMS.items() for part in pair if part.encode() in first]


class Unreached:
    """A network that nobody asks."""

    def ask(self, effect: Effect) -> Result:
        raise ConnectionError


class TestActiveNetwork:
    """The network that hands 提供の求め on, with its own signing key, which is registered, and a key of its own to read with."""

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        trust = founding.trust(tmp_path / "setup", TOWN.seed, begun=False)
        play = Chukan(TOWN, Tokens(bytes(32)), Unreached(), tmp_path / "records.jsonl", trust)
        return Desk(play, Ledger(tmp_path / "ledger.jsonl"))

    def handed_on(self, desk: Desk, change: Callable[[Enquiry], Enquiry]) -> tuple[bool, str]:
        """A 提供の求め of the day on its way, with 提供許可証, 経路情報 and 符号, and what else the network does to it."""
        one = next(one for one in nws.enquiries(TOWN) if not one.refusal)
        told = enquiring(one, TOWN.seed)
        person = nws.fugou_of(TOWN.integrated(one.person))
        asked = replace(Enquiry.decode(told.content), person=person, permit=one.permit, route=one.route)
        content = permitted(change(asked), founding.network_key(TOWN.seed)).encode()
        result = desk.perform([Effect(told.message, ENQUIRY, told.sha256, content)])[0]
        return result.result == CONFIRMED, result.code

    def test_hands_on_what_it_was_told(self, desk: Desk) -> None:
        """Then it is taken."""
        assert self.handed_on(desk, lambda asked: asked) == (True, "")

    def test_cannot_put_in_its_own_key(self, desk: Desk, key: X25519PrivateKey) -> None:
        """The network swaps the key: refused under its code, so nothing is ever sealed to that key."""
        assert self.handed_on(desk, lambda asked: replace(asked, key=public(key))) == (False, NOT_THE_BODYS)

    def test_cannot_speak_for_the_body(self, desk: Desk, key: X25519PrivateKey) -> None:
        """Its own signature in the body's place does not hold."""

        def forged(asked: Enquiry) -> Enquiry:
            return signed_by_body(replace(asked, key=public(key)), founding.network_key(TOWN.seed))

        assert self.handed_on(desk, forged) == (False, NOT_THE_BODYS)

    def test_cannot_invent_a_body(self, desk: Desk, key: X25519PrivateKey) -> None:
        """A signature that holds under a key that is not registered holds under none."""

        def invented(asked: Enquiry) -> Enquiry:
            return signed_by_body(
                replace(asked, body="見本村", key=public(key)), founding.body_key(TOWN.seed, "見本村")
            )

        assert self.handed_on(desk, invented) == (False, NOT_THE_BODYS)
