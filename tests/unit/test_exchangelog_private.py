"""hub.exchangelog.private: a commitment opens to one private part only."""

from __future__ import annotations

from hashlib import sha256

import pytest

from hub.errors import IntegrityError
from hub.exchangelog.private import Private, commitment

SALT = bytes(range(32))
PRIVATE = Private(("Yk3n0l9i0m2q1kV8d1o7cQ",), '{"staff":"S0042"}', "転入届の確認", ("S0007", "S0008"))
VALUE = {
    "subjects": ["Yk3n0l9i0m2q1kV8d1o7cQ"],
    "operator": '{"staff":"S0042"}',
    "reason": "転入届の確認",
    "approvers": ["S0007", "S0008"],
}


class TestPrivate:
    def test_opens_what_was_committed(self) -> None:
        """The stored opening gives back the private part, under the leaf's commit."""
        opening = PRIVATE.opening(SALT)

        assert Private.opened(opening, sha256(opening).hexdigest()) == PRIVATE

    def test_is_the_commitment_of_the_design(self) -> None:
        """commit = SHA-256(salt32 || JCS(private))."""
        assert commitment(SALT, VALUE) == sha256(PRIVATE.opening(SALT)).digest()

    def test_refuses_another_opening(self) -> None:
        """Neither another person nor another salt opens a commitment."""
        commit = commitment(SALT, VALUE).hex()
        for other in (PRIVATE.opening(bytes(32)), Private(reason="他").opening(SALT), b""):
            with pytest.raises(IntegrityError, match="HUB-LOG-018"):
                Private.opened(other, commit)

    @pytest.mark.parametrize("tail", [b"", b"{}", b"[]", b'{"approvers":[],"operator":"","reason":"","subjects":"x"}'])
    def test_refuses_an_opening_of_another_form(self, tail: bytes) -> None:
        """A committed opening that is no private part is refused as well."""
        with pytest.raises(IntegrityError, match="HUB-LOG-018"):
            Private.opened(SALT + tail, sha256(SALT + tail).hexdigest())

    @pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
    def test_refuses_a_salt_of_another_size(self, salt: bytes) -> None:
        """A short salt would let a reader of the leaf try the ward's residents one by one."""
        with pytest.raises(ValueError, match="32 bytes"):
            PRIVATE.opening(salt)
