"""connectors.kit.languages.telegrams: a telegram is read as it was written, or not at all."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.languages import telegrams
from connectors.kit.languages.fields import ASCII, Field, Kind, Layout
from connectors.kit.languages.telegrams import Broken, Dialect, Telegram

DIGEST = "0123456789abcdef" * 4
ONE = Telegram("1101", 7, "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa", DIGEST, "0000", "見本".encode("utf-16-be"))
codes = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)


def read(data: bytes, limit: int = 1 << 20) -> Telegram | None:
    return telegrams.read(io.BytesIO(data).read, limit)


class TestFormat:
    def test_stands_as_the_table_says(self) -> None:
        """128 bytes, then the body; written here by hand from the module's table."""
        data = telegrams.encode(ONE)

        head = b"00000132" + b"1101" + b"0007" + ONE.message.encode() + DIGEST.encode() + b"0000"
        checked = b"%08X" % zlib.crc32(head + b" " * 8 + ONE.body)
        assert data == head + checked + ONE.body
        assert len(head + checked) == telegrams.HEADER.size == 128

    @given(
        kind=codes.filter(lambda text: len(text) <= 4),
        number=st.integers(1, 9999),
        message=st.just("") | codes.filter(lambda text: len(text) <= 36),
        sha256=st.just("") | st.just(DIGEST),
        code=st.just("") | st.from_regex("[0-9]{4}", fullmatch=True),
        body=st.binary(max_size=200),
    )
    def test_comes_back_whole(self, kind: str, number: int, message: str, sha256: str, code: str, body: bytes) -> None:
        """Any header and any bytes behind it."""
        one = Telegram(kind, number, message, sha256, code, body)

        assert read(telegrams.encode(one)) == one

    @given(place=st.integers(0, 8 * len(telegrams.encode(ONE)) - 1))
    def test_one_changed_bit_makes_it_none(self, place: int) -> None:
        """Wherever it is: what is read is never another telegram."""
        data = bytearray(telegrams.encode(ONE))
        data[place // 8] ^= 1 << place % 8

        with pytest.raises((Broken, ConnectionError)):
            read(bytes(data))

    @given(length=st.integers(1, len(telegrams.encode(ONE)) - 1))
    def test_a_part_of_it_is_torn(self, length: int) -> None:
        """The connection broke; what was meant is not guessed."""
        with pytest.raises(ConnectionError):
            read(telegrams.encode(ONE)[:length])

    def test_nothing_is_the_end(self) -> None:
        """A stream that ends between telegrams has ended well."""
        assert read(b"") is None

    def test_is_not_read_beyond_the_limit(self) -> None:
        """Its length says so before a byte of its body is taken."""
        length = len(telegrams.encode(ONE))

        assert read(telegrams.encode(ONE), length) == ONE
        with pytest.raises(Broken) as caught:
            read(telegrams.encode(ONE)[:128], length - 1)
        assert caught.value.code == telegrams.TOO_LONG

    def test_numbers_begin_again_after_the_last(self) -> None:
        """通番 has four digits and no zero."""
        assert [telegrams.following(number) for number in (0, 1, 9998, 9999)] == [1, 2, 9999, 1]


class TestDialect:
    def test_every_domain_code_has_an_answer(self) -> None:
        """Unless the room says otherwise, HUB-DOM-nnn is 1nnn."""
        assert Dialect({}).rejections["1003"] == "HUB-DOM-003"

    @pytest.mark.parametrize(
        ("kinds", "rejections"),
        [
            ({"HK-UPD": "1101", "SF-SEND": "1101"}, {}),  # which of them was sent?
            ({"HK-UPD": "0101"}, {}),  # the range of the conversation itself
            ({"HK-UPD": "110"}, {}),
            ({"HK-UPD": "更新通知"}, {}),
            ({}, {"0000": "HUB-DOM-001"}),  # a rejection that reads as done
            ({}, {"9001": "HUB-DOM-001"}),
            ({}, {"1001": "HUB-DOM-001", "1002": "HUB-DOM-001"}),
        ],
    )
    def test_refuses_tables_that_could_be_misread(self, kinds: dict[str, str], rejections: dict[str, str]) -> None:
        """A mistake of the table shows when the room is built."""
        with pytest.raises(ValueError, match=r".+"):
            Dialect(kinds, rejections)

    def test_refuses_a_reply_that_is_too_long(self) -> None:
        """Answers of a whole window fit the buffer of a socket."""
        long = Layout([Field("text", telegrams.MAX_REPLY + 1, Kind.TEXT)], ASCII)
        with pytest.raises(ValueError, match="short"):
            Dialect({}, replies={"HK-UPD": long})
