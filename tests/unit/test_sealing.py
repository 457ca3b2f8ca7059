"""Single records: a ciphertext means nothing under another key or in another place."""

from __future__ import annotations

from datetime import date

import pytest

from hub.codes import key
from hub.edges.sealing import (
    NONCE_SIZE,
    Dice,
    bucket_place,
    data_key_place,
    new_key,
    seal,
    secret_place,
    unseal,
)
from hub.errors import IntegrityError

PLACE = secret_place(1, 2, "body")


class TestSeal:
    def test_opens_with_its_key_in_its_place(self) -> None:
        """What was sealed is read back."""
        secret_key = new_key()

        assert unseal(secret_key, seal(secret_key, b"plain", PLACE), PLACE, "body") == b"plain"

    def test_same_plaintext_twice_differs(self) -> None:
        """Nonces are random."""
        secret_key = new_key()

        assert seal(secret_key, b"plain", PLACE) != seal(secret_key, b"plain", PLACE)

    @pytest.mark.parametrize(
        "place",
        [secret_place(2, 2, "body"), secret_place(1, 3, "body"), secret_place(1, 2, "private"), data_key_place(1)],
    )
    def test_other_place_is_refused(self, place: bytes) -> None:
        """A ciphertext moved to another key, entry or slot does not open."""
        secret_key = new_key()
        with pytest.raises(IntegrityError) as caught:
            unseal(secret_key, seal(secret_key, b"plain", PLACE), place, "body")

        assert (caught.value.code, caught.value.facts) == (key.SECRET_UNREADABLE, {"what": "body"})

    @pytest.mark.parametrize("length", [0, 5, NONCE_SIZE, 20])
    def test_cut_ciphertext_is_refused(self, length: int) -> None:
        """Any shorter ciphertext does not open."""
        secret_key = new_key()
        with pytest.raises(IntegrityError):
            unseal(secret_key, seal(secret_key, b"plain", PLACE)[:length], PLACE, "body")

    def test_every_flipped_byte_is_refused(self) -> None:
        """No byte of a sealed record may change."""
        secret_key = new_key()
        sealed = seal(secret_key, b"plain", PLACE)
        for at in range(len(sealed)):
            spoilt = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
            with pytest.raises(IntegrityError):
                unseal(secret_key, spoilt, PLACE, "body")


class TestPlaces:
    def test_no_two_places_are_the_same(self) -> None:
        """Kinds of records and their fields cannot be confused."""
        places = {
            secret_place(1, 11, "body"),
            secret_place(11, 1, "body"),
            data_key_place(1),
            data_key_place(11),
            bucket_place("standard", date(2026, 4, 1)),
            bucket_place("file3", date(2026, 4, 1)),
            bucket_place("standard", date(2026, 4, 11)),
        }

        assert len(places) == 7


class TestDice:
    def test_gives_every_byte_once(self) -> None:
        """Enough for a key and two nonces a record, and no byte twice."""
        dice = Dice(2)
        taken = [dice.take(size) for size in (32, 12, 12, 32, 12, 12)]

        assert len(set(taken)) == 6
        with pytest.raises(ValueError, match="no random bytes left"):
            dice.take(1)
