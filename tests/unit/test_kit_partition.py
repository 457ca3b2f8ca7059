"""Partitions: a lane has one, the same bytes have one, and nothing but the key decides which."""

from __future__ import annotations

import hashlib
from collections import Counter

from connectors.kit.partition import lane, partition, rounds

KEY = bytes(range(32))


def message(recipient: str, *subjects: str, body: str = "") -> bytes:
    marks = "".join(f"<Subject>{subject}</Subject>" for subject in subjects)
    return (
        f"<Envelope><Header><Recipient>{recipient}</Recipient>{marks}</Header><Body>{body}</Body></Envelope>".encode()
    )


def place(raw: bytes, partitions: int = 8, key: bytes = KEY) -> int:
    return partition(key, raw, hashlib.sha256(raw).hexdigest(), partitions)


class TestPartition:
    def test_a_lane_has_one(self) -> None:
        """Whatever a message about the same person to the same recipient says."""
        assert len({place(message("zei", "person", body=f"{n}")) for n in range(50)}) == 1

    def test_lanes_are_spread(self) -> None:
        """Each of eight partitions gets between a half and twice its even share of 2,000 lanes."""
        counts = Counter(place(message("zei", f"person-{n}")) for n in range(2000))

        assert (len(counts), min(counts.values()) > 125, max(counts.values()) < 500) == (8, True, True)

    def test_what_has_no_lane_is_spread_by_its_bytes(self) -> None:
        """Answers, and messages about several persons: the same bytes go the same way, others anywhere."""
        answers = [message("juki", body=f"{n}") for n in range(200)]
        several = [message("cs", "a", "b", body=f"{n}") for n in range(200)]

        assert (len(set(map(place, answers))), len(set(map(place, several)))) == (8, 8)
        assert list(map(place, answers)) == list(map(place, answers))

    def test_a_subject_in_the_body_counts_nothing(self) -> None:
        """Only the header is read: a payload may hold whatever it likes."""
        plain, quoting = message("zei", "person"), message("zei", "person", body="<Subject>other</Subject>")

        assert place(plain) == place(quoting)

    def test_the_key_decides(self) -> None:
        """Who has not the sender's key cannot tell which persons share a partition."""
        raws = [message("zei", f"person-{n}") for n in range(64)]

        assert list(map(place, raws)) != [place(raw, key=bytes(32)) for raw in raws]


class TestRounds:
    def test_a_lane_is_once_in_a_round_and_in_order(self) -> None:
        """What one round leaves behind of a lane goes in a later one; whoever has a lane alone goes in the first."""
        lanes = [b"a", b"b", b"a", b"c", b"a", b"b"]

        assert rounds(lanes) == [[0, 1, 3], [2, 5], [4]]
        assert (rounds([]), rounds([b"a"])) == ([], [[0]])

    def test_answers_share_no_lane(self) -> None:
        """They go together, as before."""
        raws = [message("juki", body=f"{n}") for n in range(20)]

        assert rounds([lane(raw, hashlib.sha256(raw).hexdigest()) for raw in raws]) == [list(range(20))]
