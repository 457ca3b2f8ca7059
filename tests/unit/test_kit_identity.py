"""connectors.kit.identity: the opaque tokens by which an endpoint speaks of persons."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from connectors.kit.identity import subject_token

KEY = bytes(range(32))


class TestSubjectToken:
    def test_is_the_token_of_the_message_format(self) -> None:
        """It is base64url of HMAC-SHA256(key, recipient 0x00 宛名番号) cut to 16 bytes, computed here by hand."""
        inner = hashlib.sha256(
            bytes(b ^ 0x36 for b in KEY.ljust(64, b"\0")) + "介護保険課".encode() + b"\x001000000017"
        ).digest()
        outer = hashlib.sha256(bytes(b ^ 0x5C for b in KEY.ljust(64, b"\0")) + inner).digest()

        expected = base64.urlsafe_b64encode(outer[:16]).decode().rstrip("=")

        assert expected == subject_token(KEY, "介護保険課", "1000000017")

    def test_differs_by_recipient_by_key_and_by_person(self) -> None:
        """Two recipients cannot join their tokens."""
        tokens = {
            subject_token(KEY, "cs", "1000000017"),
            subject_token(KEY, "zei", "1000000017"),
            subject_token(KEY[::-1], "cs", "1000000017"),
            subject_token(KEY, "cs", "1000000018"),
        }

        assert len(tokens) == 4

    def test_has_the_form_that_the_envelope_wants(self) -> None:
        """22 characters of base64url."""
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", subject_token(KEY, "cs", "1000000017"))

    def test_refuses_a_short_key(self) -> None:
        """A key of fewer than 16 bytes is no key."""
        with pytest.raises(ValueError, match="16 bytes"):
            subject_token(b"short", "cs", "1000000017")
