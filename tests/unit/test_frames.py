"""Frames for the broker: what was written is read again, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import frames
from hub.attachments import MOST_BYTES, PART_BYTES, count
from hub.frames import Ask, Fetch, Piece, Proof
from hub.messages import Delivery, Part, Recorded, Returned, Submission

SIZES = st.integers(0, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
FACTS = st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), TEXT | SIZES)
RECORDED = st.builds(Recorded, SIZES, st.booleans(), TEXT, TEXT, TEXT, st.booleans(), FACTS)
DELIVERIES = st.builds(Delivery, SIZES, TEXT, TEXT, SIZES, TEXT, TEXT, st.binary(), st.binary(), TEXT, SIZES)
GAPS = st.tuples(SIZES, SIZES).map(lambda two: (min(two), max(two)))
PROOFS = st.lists(st.lists(st.binary(min_size=32, max_size=32)).map(tuple)).map(tuple)

RECEIPT = b'{"code":"","digest":"%b","facts":%%b,"index":0,"message":"","permit":false,"receipt":"","repeated":false}'
RECEIPT %= b"0" * 64
FETCH = b'{"id":"","index":0,"positions":%b,"sha256":"' + b"0" * 64 + b'"}'

READERS: dict[str, Callable[[bytes], object]] = {
    "submission": lambda data: frames.read_submission(data, "amqp:juki"),
    "receipt": frames.read_receipt,
    "delivery": frames.read_delivery,
    "returned": frames.read_returned,
    "ask": frames.read_ask,
    "proof": frames.read_proof,
    "part": frames.read_part,
    "fetch": frames.read_fetch,
    "piece": frames.read_piece,
}


class TestRoundTrip:
    @given(st.binary(), st.binary())
    def test_submission(self, raw: bytes, operator: bytes) -> None:
        one = Submission(raw, operator, "amqp:juki")

        assert frames.read_submission(frames.write_submission(one), "amqp:juki") == one

    @given(DIGESTS, RECORDED)
    def test_receipt(self, digest: str, one: Recorded) -> None:
        assert frames.read_receipt(frames.write_receipt(digest, one)) == (digest, one)

    @given(DELIVERIES)
    def test_delivery(self, one: Delivery) -> None:
        assert frames.read_delivery(frames.write_delivery(one)) == one

    @given(st.builds(Returned, SIZES, TEXT, st.booleans()))
    def test_returned(self, one: Returned) -> None:
        assert frames.read_returned(frames.write_returned(one)) == one

    @given(TEXT, st.lists(GAPS).map(tuple))
    def test_ask(self, id_: str, gaps: tuple[tuple[int, int], ...]) -> None:
        assert frames.read_ask(frames.write_ask(Ask(id_, gaps))) == Ask(id_, gaps)

    @given(TEXT, PROOFS)
    def test_proof(self, id_: str, proofs: tuple[tuple[bytes, ...], ...]) -> None:
        assert frames.read_proof(frames.write_proof(Proof(id_, proofs))) == Proof(id_, proofs)

    @given(st.builds(Part, DIGESTS, DIGESTS, SIZES, SIZES, st.binary()))
    def test_part(self, one: Part) -> None:
        assert frames.read_part(frames.write_part(one)) == one

    @given(st.builds(Fetch, TEXT, SIZES, DIGESTS, st.lists(st.integers(0, 63), max_size=8).map(tuple)))
    def test_fetch(self, one: Fetch) -> None:
        assert frames.read_fetch(frames.write_fetch(one)) == one

    @given(st.builds(Piece, TEXT, SIZES, st.binary()))
    def test_piece(self, one: Piece) -> None:
        assert frames.read_piece(frames.write_piece(one)) == one


class TestSize:
    def test_every_part_of_the_largest_attachment_can_be_asked_for_and_no_other(self) -> None:
        """The frames' own limit is that of hub/attachments.py."""
        last = Fetch("a", 1, "f" * 64, (count(MOST_BYTES) - 1,))
        beyond = Fetch("a", 1, "f" * 64, (count(MOST_BYTES),))

        assert frames.read_fetch(frames.write_fetch(last)) == last
        with pytest.raises(ValueError, match="place of a part"):
            frames.read_fetch(frames.write_fetch(beyond))

    def test_a_full_part_fits_whatever_it_says(self) -> None:
        """What seals it adds 81 bytes (docs/spec/broker.md section 3); the largest header is that of the largest numbers."""
        part = Part("f" * 64, "f" * 64, 2**53 - 1, 2**53 - 1, bytes(PART_BYTES))

        assert PART_BYTES < len(frames.write_part(part)) + 81 < frames.LARGEST_PART


class TestReading:
    @pytest.mark.parametrize("kind", sorted(READERS))
    @given(data=st.binary())
    def test_anything_else_is_a_value_error(self, kind: str, data: bytes) -> None:
        """Noise is either a frame that writes back to the same bytes, or refused; it never raises anything else."""
        try:
            READERS[kind](data)
        except ValueError:
            return
        assert kind in {"submission", "delivery", "part", "piece"} or data.startswith(b"{")

    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            ("submission", b"\x00\x00"),
            ("submission", b"\x00\x00\x00\x09short"),
            ("receipt", b'{"digest":"00"}'),
            ("receipt", RECEIPT % b'{"rule":true}'),
            ("receipt", RECEIPT % b'{"rule":["X9"]}'),
            ("receipt", RECEIPT % b"[]"),
            ("receipt", RECEIPT.replace(b',"facts":%b', b"")),
            ("returned", b'{"code":"","hold":false,"index":0,"more":1}'),
            ("returned", b'{"code":"","hold":0,"index":0}'),
            ("ask", b'{"gaps":[[2,1]],"id":""}'),
            ("proof", b'{"id":"","proofs":[["00"]]}'),
            ("proof", b'{"id":"","proofs":["00"]}'),
            ("delivery", b"\x00\x00\x00\x02{}rest"),
            ("part", b"\x00\x00\x00\x02{}rest"),
            ("part", b"\x00\x00\x00\x2c" + b'{"message":"","position":"0","sha256":"","size":1}'),
            ("fetch", FETCH % b"[64]"),
            ("fetch", FETCH % b"[-1]"),
            ("fetch", FETCH % b"[true]"),
            ("fetch", FETCH % b"[0,1,2,3,4,5,6,7,8]"),
            ("fetch", (FETCH % b"[]").replace(b":0,", b":-1,")),
            ("piece", b"\x00\x00\x00\x09" + b'{"id":""}'),
        ],
    )
    def test_refuses_what_is_not_whole(self, kind: str, data: bytes) -> None:
        """A part that is cut short, a member too many, a member of another type, sizes that go back, half a hash."""
        with pytest.raises(ValueError, match=r"not|cut"):
            READERS[kind](data)
