"""connectors.kit.languages: records, trailers and cursors, over whatever may come."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.languages import whole
from connectors.kit.languages.batches import Cursor, name_of, serial_of
from connectors.kit.languages.fields import Field, Kind
from connectors.kit.languages.files import Ack
from connectors.kit.languages.records import BadRecord, CsvForm, FixedForm, RecordForm
from connectors.kit.text import CharacterSet
from hub.errors import Refused

NAMES = ("番号", "氏名")
FORMS: dict[str, RecordForm] = {
    "csv": CsvForm(NAMES),
    "csv-cp932": CsvForm(NAMES, CharacterSet.CP932),
    "fixed": FixedForm((Field("番号", 4, Kind.CODE), Field("氏名", 8, Kind.TEXT))),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
text = st.text(max_size=12) | st.text('=+-@",;\r\n\t 見本髙𠮷\U000e0100\ue000～〜', max_size=12)
hexadecimal = st.text("0123456789abcdef", min_size=16, max_size=16)


@every_form
class TestForms:
    @given(given_=st.lists(st.fixed_dictionaries({"番号": text, "氏名": text}), max_size=5))
    def test_comes_back_exactly_or_is_refused(self, form: RecordForm, given_: list[dict[str, str]]) -> None:
        """Nothing is trimmed, substituted or interpreted on the way there and back."""
        try:
            data = form.encode(given_)
        except Refused as refused:
            shown = str(refused)
            assert not any(len(value) > 3 and value in shown for one in given_ for value in one.values())
        else:
            assert list(form.decode(data)) == given_

    @given(data=st.binary(max_size=80))
    def test_whatever_lies_there_is_read_or_refused(self, form: RecordForm, data: bytes) -> None:
        """Any bytes: records, or one kind of error that says where by number and point alone."""
        records: list[Mapping[str, str]] = []
        point = ""
        try:
            records += form.decode(data)
        except BadRecord as bad:
            point = bad.point

        assert all(tuple(record) == NAMES for record in records)
        assert len(point) <= 8

    def test_other_names_are_a_mistake(self, form: RecordForm) -> None:
        """A record names what the form has, all of it and nothing else."""
        for record in ({"番号": "1"}, {"番号": "1", "氏名": "見本", "住所": ""}):
            with pytest.raises(ValueError, match=r"form|layout"):
                form.encode([record])


class TestCsvForm:
    @pytest.mark.parametrize("columns", [(), ("番号", "番号")])
    def test_has_columns_of_different_names(self, columns: tuple[str, ...]) -> None:
        """A column is found by its name."""
        with pytest.raises(ValueError, match="each column once"):
            CsvForm(columns)

    def test_speaks_two_character_sets(self) -> None:
        """In any other, the byte of a line feed may be part of a character."""
        with pytest.raises(ValueError, match="UTF-8 or cp932"):
            CsvForm(NAMES, CharacterSet.UCS_2)


class TestTrailer:
    @given(before=st.binary(max_size=60), count=st.integers(0, whole.MOST))
    def test_is_found_again(self, before: bytes, count: int) -> None:
        """What stood before it, and the count; the digest is computed here by itself."""
        data = whole.closed(before, count)

        assert whole.opened(data) == (before, count)
        assert data == before + b"T,%08d,%s\r\n" % (count, hashlib.sha256(before).hexdigest().encode())

    @given(data=st.binary(max_size=200))
    def test_is_not_found_in_anything_else(self, data: bytes) -> None:
        """Random bytes are no whole file."""
        with pytest.raises(ValueError, match=r"trailer|checksum"):
            whole.opened(data)

    @pytest.mark.parametrize("count", [-1, whole.MOST + 1])
    def test_counts_with_eight_digits(self, count: int) -> None:
        """More does not fit."""
        with pytest.raises(ValueError, match="eight digits"):
            whole.closed(b"", count)


class TestAck:
    @given(
        reply=st.dictionaries(
            st.text("項目abc", min_size=1), st.text(alphabet=st.characters(codec="utf-8")), max_size=3
        )
    )
    def test_bears_any_reply(self, reply: dict[str, str]) -> None:
        """Quotes and line ends of a reply are its own."""
        ack = Ack("m1", "0", "", "0" * 64, reply)

        assert Ack.decode(ack.encode()) == ack


class TestCursor:
    @given(
        cursor=st.builds(
            Cursor,
            st.integers(1, 999_999),
            st.integers(0, 10**6),
            hexadecimal | st.just(""),
            st.lists(hexadecimal, max_size=3).map(tuple),
            st.booleans(),
        )
    )
    def test_comes_back(self, cursor: Cursor) -> None:
        """The text that the store keeps is all there is of it."""
        assert Cursor.decode(cursor.encode()) == cursor


class TestNames:
    def test_a_name_bears_its_serial(self) -> None:
        """And nothing else is a batch file."""
        assert serial_of(name_of("20260401", 17)) == 17
        assert {serial_of(name) for name in ("20260401-17.dat", "20260401-000017.dat.tmp", "x")} == {None}

    def test_a_serial_has_six_digits(self) -> None:
        """The millionth file needs another agreement."""
        with pytest.raises(ValueError, match="six digits"):
            name_of("20260401", 1_000_000)
