"""connectors.juki.tokens: opaque subjects and computed message ids."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.juki.tokens import message_id, onward_message_id, subject
from connectors.kit.ids import follow_up_id

KEY = bytes(range(32))


class TestSubject:
    def test_is_the_token_of_the_message_format(self) -> None:
        """It is base64url of HMAC-SHA256(key, recipient 0x00 宛名番号) cut to 16 bytes, computed here by hand."""
        inner = hashlib.sha256(
            bytes(b ^ 0x36 for b in KEY.ljust(64, b"\0")) + "介護保険課".encode() + b"\x001000000017"
        ).digest()
        outer = hashlib.sha256(bytes(b ^ 0x5C for b in KEY.ljust(64, b"\0")) + inner).digest()

        expected = base64.urlsafe_b64encode(outer[:16]).decode().rstrip("=")

        assert expected == subject(KEY, "介護保険課", "1000000017")

    def test_differs_by_recipient_by_key_and_by_person(self) -> None:
        """Two recipients cannot join their tokens."""
        tokens = {
            subject(KEY, "cs", "1000000017"),
            subject(KEY, "zei", "1000000017"),
            subject(KEY[::-1], "cs", "1000000017"),
            subject(KEY, "cs", "1000000018"),
        }

        assert len(tokens) == 4

    def test_has_the_form_that_the_envelope_wants(self) -> None:
        """22 characters of base64url."""
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", subject(KEY, "cs", "1000000017"))

    def test_refuses_a_short_key(self) -> None:
        """A key of fewer than 16 bytes is no key."""
        with pytest.raises(ValueError, match="16 bytes"):
            subject(b"short", "cs", "1000000017")


class TestMessageId:
    @given(st.integers(0, (1 << 48) - 1), st.lists(st.text(max_size=8), min_size=1, max_size=4))
    @settings(max_examples=60)
    def test_is_a_uuid_version_7_of_its_time(self, time: int, parts: list[str]) -> None:
        """RFC 9562 5.7: 48 bits of time, version 7, variant 10; the same arguments make the same id."""
        made = uuid.UUID(message_id(time, *parts))

        assert (7, time, uuid.RFC_4122) == (made.version, made.int >> 80, made.variant)
        assert str(made) == message_id(time, *parts)

    def test_parts_cannot_run_into_each_other(self) -> None:
        """Parts are length-prefixed: moving a letter from one to the next makes another id."""
        assert message_id(1, "ab", "c") != message_id(1, "a", "bc")

    @pytest.mark.parametrize(("time", "parts"), [(-1, ("a",)), (1 << 48, ("a",)), (0, ())])
    def test_refuses_what_makes_no_id(self, time: int, parts: tuple[str, ...]) -> None:
        """No time of 48 bits or no part: nothing to compute from."""
        with pytest.raises(ValueError, match="48 bits"):
            message_id(time, *parts)


class TestOnwardMessageId:
    def test_is_the_id_that_the_kit_gives_a_follow_up(self) -> None:
        """The plan and the connector that sends on, which share no code, name the same message."""
        cause = message_id(1_775_000_000_123, "event", "C1")

        assert follow_up_id(cause, "chukan") == onward_message_id(cause, "chukan")
