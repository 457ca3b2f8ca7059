"""connectors.kit.ids: UUIDv7 as docs/spec/message.md section 1 demands, and repeatable derivations."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.juki.tokens import onward_message_id
from connectors.kit.ids import answer_id, derived_id, follow_up_id, new_id

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

    @pytest.mark.parametrize(("moment", "entropy"), [(datetime(2026, 4, 1), bytes(10)), (AT, bytes(9))])
    def test_refuses_a_naive_time_and_little_entropy(self, moment: datetime, entropy: bytes) -> None:
        """An id that could repeat is not made."""
        with pytest.raises(ValueError, match="aware time"):
            new_id(moment, entropy)


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

    def test_follow_ups_are_those_of_the_plan(self) -> None:
        """The plan of the day foresees the same id as the connector makes."""
        assert follow_up_id(CAUSE, "chukan") == onward_message_id(CAUSE, "chukan")

    def test_are_derived_only_from_a_version_7_id(self) -> None:
        """Another version bears no time."""
        with pytest.raises(ValueError, match="UUIDv7"):
            derived_id("6ba7b810-9dad-41d1-80b4-00c04fd430c8", "x")
