"""hub.lanes: which messages have a lane, and which share one."""

from __future__ import annotations

from dataclasses import replace

from hub.lanes import LANE_BYTES, lane
from hub.messages import Header
from tests.vectors.message.generate import LANE_KEY, PLAIN, REPLY


def of(header: Header, key: bytes = LANE_KEY) -> bytes | None:
    return lane(key, header, unordered=False)


class TestLane:
    def test_is_shared_by_recipient_and_person_alone(self) -> None:
        """Sender, type, time and id do not matter: what concerns one person at one recipient stays in order."""
        other = replace(
            PLAIN, sender="moj", type="JK-CHG", message_id="x", created_at=PLAIN.created_at.replace(year=2027)
        )

        assert of(other) == of(PLAIN)
        assert len(of(PLAIN) or b"") == LANE_BYTES

    def test_differs_by_recipient_by_person_and_by_key(self) -> None:
        """No lane waits for another endpoint or person, and nobody without the key can compute one."""
        lanes = {
            of(PLAIN),
            of(replace(PLAIN, recipient="zei")),
            of(replace(PLAIN, subjects=("x" * 22,))),
            of(PLAIN, LANE_KEY[::-1]),
        }

        assert len(lanes) == 4

    def test_boundary_between_recipient_and_subject_is_not_movable(self) -> None:
        """Two pairs that read alike when written one after the other are two lanes."""
        assert of(replace(PLAIN, recipient="a", subjects=("bc",))) != of(
            replace(PLAIN, recipient="ab", subjects=("c",))
        )

    def test_unordered_types_have_none(self) -> None:
        """The catalogue decides that, not the sender."""
        assert lane(LANE_KEY, PLAIN, unordered=True) is None

    def test_messages_about_several_persons_or_none_have_none(self) -> None:
        """Section 4 of the specification: more than one Subject, or an answer."""
        assert of(replace(PLAIN, subjects=(*PLAIN.subjects, "x" * 22))) is None
        assert of(REPLY) is None
