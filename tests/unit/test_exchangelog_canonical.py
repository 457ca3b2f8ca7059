"""hub.exchangelog.canonical: RFC 8785 on the subset, strictly."""

from __future__ import annotations

import enum

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from hub.exchangelog import canonical
from hub.exchangelog.canonical import MAX_DEPTH, MAX_INTEGER, NotCanonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=4)
    ),
    max_leaves=12,
)


class Named(enum.StrEnum):
    ONE = "one"


class TestEncode:
    @given(VALUES)
    def test_equals_an_independent_encoder(self, value: canonical.Value) -> None:
        """Every value of the subset has the bytes that the rfc8785 library gives it."""
        assert rfc8785.dumps(value) == canonical.encode(value)

    def test_equals_the_example_of_the_rfc(self) -> None:
        """RFC 8785 section 3.2.2, without the numbers that the subset has not."""
        value = {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/", "literals": [None, True, False]}
        expected = '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'

        assert expected.encode() == canonical.encode(value)

    def test_writes_tuples_as_arrays(self) -> None:
        """Frozen values need no copying into lists."""
        assert canonical.encode(("a", (1,))) == b'["a",[1]]'

    @pytest.mark.parametrize(
        "value",
        [
            1.0,
            float("nan"),
            MAX_INTEGER + 1,
            -MAX_INTEGER - 1,
            b"",
            {1: 2},
            {"鍵": 1},
            {Named.ONE: 1},
            Named.ONE,
            {1},
            "\ud800",
        ],
        ids=repr,
    )
    def test_refuses_what_is_outside_the_subset(self, value: object) -> None:
        """Floats, large integers, bytes, other keys, subclasses and lone surrogates are mistakes, not formats."""
        with pytest.raises(NotCanonical):
            canonical.encode(value)  # type: ignore[arg-type]

    def test_refuses_what_is_nested_too_deeply(self) -> None:
        """The depth is bounded, so that no leaf can exhaust a verifier's stack."""
        value: canonical.Value = 1
        for _ in range(MAX_DEPTH):
            value = [value]

        assert value == canonical.decode(canonical.encode(value))
        with pytest.raises(NotCanonical):
            canonical.encode([value])


class TestDecode:
    @given(VALUES)
    def test_reads_back_what_encode_wrote(self, value: canonical.Value) -> None:
        """Encoding loses nothing."""
        assert value == canonical.decode(canonical.encode(value))

    @pytest.mark.parametrize(
        "data",
        [
            b'{"a":1,"a":1}',
            b'{"b":1,"a":1}',
            b'{"a": 1}',
            b'{"a":1}\n',
            b"1.0",
            b"1e2",
            b"-0",
            b"01",
            b"NaN",
            b"Infinity",
            b"9007199254740992",
            b'"\\u0041"',
            b'"\\/"',
            b'"\\ud800"',
            b'"\\u000A"',
            b"\xef\xbb\xbf1",
            '"é"'.encode("latin-1"),
            '"é"'.encode("utf-16"),
            b'"\xed\xa0\x80"',
            b"[" * 100_000,
            b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
            b"1" * 5000,
            b"",
            b"tru",
        ],
        ids=lambda data: repr(data[:20]),
    )
    def test_refuses_any_other_spelling(self, data: bytes) -> None:
        """There is one byte string for a value; everything else is refused without an exception of another kind."""
        with pytest.raises(NotCanonical):
            canonical.decode(data)

    @given(st.binary(max_size=40))
    def test_accepts_only_what_encodes_to_the_same_bytes(self, data: bytes) -> None:
        """Whatever is accepted re-encodes to itself."""
        try:
            value = canonical.decode(data)
        except NotCanonical:
            return

        assert data == canonical.encode(value)
