"""connectors.kit.ids: UUIDv7 as docs/spec/message.md section 1 demands, and repeatable derivations."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.ids import answer_id, computed_id, derived_id, follow_up_id, new_id

FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
AT = datetime(2026, 4, 1, tzinfo=UTC)
CAUSE = "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa"
OTHER = "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77ab"


class TestNewId:
    @given(st.binary(min_size=10, max_size=40))
    def test_has_the_form_of_the_schema(self, entropy: bytes) -> None:
        """Whatever the entropy, the id is a lower-case UUIDv7."""
        assert FORM.fullmatch(new_id(AT, entropy))

    def test_bears_its_time(self) -> None:
        """The first 48 bits are Unix milliseconds (RFC 9562 section 5.7)."""
        assert uuid.UUID(new_id(AT, bytes(10))).int >> 80 == int(AT.timestamp() * 1000)

    @pytest.mark.parametrize(
        ("moment", "entropy", "said"), [(datetime(2026, 4, 1), bytes(10), "aware time"), (AT, bytes(9), "ten bytes")]
    )
    def test_refuses_a_naive_time_and_little_entropy(self, moment: datetime, entropy: bytes, said: str) -> None:
        """An id that could repeat is not made."""
        with pytest.raises(ValueError, match=said):
            new_id(moment, entropy)


class TestComputedId:
    @given(st.integers(0, (1 << 48) - 1), st.lists(st.text(max_size=8), min_size=1, max_size=4))
    @settings(max_examples=60)
    def test_is_a_uuid_version_7_of_its_time(self, time: int, parts: list[str]) -> None:
        """RFC 9562 5.7: 48 bits of time, version 7, variant 10; the same arguments make the same id."""
        made = uuid.UUID(computed_id(time, *parts))

        assert (7, time, uuid.RFC_4122) == (made.version, made.int >> 80, made.variant)
        assert str(made) == computed_id(time, *parts)

    def test_parts_cannot_run_into_each_other(self) -> None:
        """Parts are length-prefixed: moving a letter from one to the next makes another id."""
        assert computed_id(1, "ab", "c") != computed_id(1, "a", "bc")

    @pytest.mark.parametrize(("time", "parts"), [(-1, ("a",)), (1 << 48, ("a",)), (0, ())])
    def test_refuses_what_makes_no_id(self, time: int, parts: tuple[str, ...]) -> None:
        """No time of 48 bits or no part: nothing to compute from."""
        with pytest.raises(ValueError, match="an id needs"):
            computed_id(time, *parts)


class TestDerivedIds:
    def test_are_the_same_for_the_same_cause(self) -> None:
        """A crash between two makings does not show."""
        assert answer_id("cs", "juki", [CAUSE]) == answer_id("cs", "juki", [CAUSE])

    def test_differ_by_endpoint_sender_and_message(self) -> None:
        """No two answers share an id."""
        made = {
            answer_id("cs", "juki", [CAUSE]),
            answer_id("zei", "juki", [CAUSE]),
            answer_id("cs", "moj", [CAUSE]),
            answer_id("cs", "juki", [OTHER]),
            answer_id("cs", "juki", [CAUSE, OTHER]),
            answer_id("cs", "juki", [OTHER, CAUSE]),
            follow_up_id(CAUSE, "chukan"),
            follow_up_id(CAUSE, "atena"),
        }

        assert len(made) == 8
        assert all(FORM.fullmatch(one) for one in made)

    def test_bear_the_time_of_their_cause(self) -> None:
        """What follows is sorted beside its cause."""
        assert follow_up_id(CAUSE, "chukan")[:13] == CAUSE[:13]

    def test_stay_what_they_were(self) -> None:
        """SHA-256 over the length-prefixed parts, computed here by hand: another id would be another effect (design 6.5)."""
        text = b"\0\0\0\x06onward\0\0\0\x24" + CAUSE.encode() + b"\0\0\0\x06chukan"
        bits = f"{int.from_bytes(hashlib.sha256(text).digest(), 'big'):b}"
        rand_a, rand_b = int(bits[-12:], 2), int(bits[-74:-12], 2)
        expected = uuid.UUID(int=int(CAUSE[:8] + CAUSE[9:13], 16) << 80 | 7 << 76 | rand_a << 64 | 2 << 62 | rand_b)

        assert str(expected) == follow_up_id(CAUSE, "chukan")

    def test_are_derived_only_from_a_version_7_id(self) -> None:
        """Another version bears no time."""
        with pytest.raises(ValueError, match="UUIDv7"):
            derived_id("6ba7b810-9dad-41d1-80b4-00c04fd430c8", "x")
