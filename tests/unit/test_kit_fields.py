"""connectors.kit.languages.fields: a record of fixed length gives back exactly what went in, or was never made."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.languages.fields import ASCII, CP932, UCS2, Charset, Field, Kind, Layout
from hub.codes import kit
from hub.errors import Refused

SETS = {"ascii": ASCII, "utf-16-be": UCS2, "cp932": CP932}
FIELDS = (
    Field("氏名", 12, Kind.TEXT),
    Field("通番", 8, Kind.NUMBER),
    Field("生年月日", 8, Kind.DATE),
    Field("宛名番号", 15, Kind.CODE),
)
VALUES = {"氏名": "見本　太郎", "通番": "42", "生年月日": "1970-01-31", "宛名番号": "000012345"}


def layout(charset: Charset, kind: Kind = Kind.TEXT, width: int = 8) -> Layout:
    return Layout([Field("項目", width, kind)], charset)


def encodable(character: str, charset: Charset) -> bool:
    """Written without `fields`: the character is in the set, one to one, and no control character."""
    if ord(character) > charset.last or unicodedata.category(character) in {"Cc", "Cs"}:
        return False
    try:
        return character.encode(charset.codec).decode(charset.codec) == character
    except UnicodeError:
        return False


def texts(charset: Charset, width: int) -> st.SearchStrategy[str]:
    characters = st.characters(max_codepoint=charset.last).filter(lambda one: encodable(one, charset))
    return st.text(characters, max_size=width).filter(lambda one: not one.endswith(" "))


numbers = st.integers(0, 10**8 - 1).map(str) | st.just("")
days = st.dates(min_value=date(1, 1, 1)).map(date.isoformat) | st.just("")
codes = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=15)


@pytest.mark.parametrize("name", SETS)
@given(data=st.data())
def test_round_trips_lose_nothing(name: str, data: st.DataObject) -> None:
    """Whatever is encoded comes back exactly, in a record of exactly the layout's size."""
    made = Layout(FIELDS, SETS[name])
    values = {
        "氏名": data.draw(texts(SETS[name], 12)),
        "通番": data.draw(numbers),
        "生年月日": data.draw(days),
        "宛名番号": data.draw(codes),
    }
    record = made.encode(values)

    assert (dict(made.decode(record)), len(record)) == (values, made.size)


@pytest.mark.parametrize("name", SETS)
@given(value=st.text(max_size=10), kind=st.sampled_from(Kind))
def test_any_text_comes_back_or_is_refused(name: str, value: str, kind: Kind) -> None:
    """There is no third way: nothing is trimmed, cut or substituted, and no codec's error escapes."""
    made = layout(SETS[name], kind)
    refused = None
    back = {"項目": value}
    try:
        back = dict(made.decode(made.encode({"項目": value})))
    except Refused as error:
        refused = error.code

    assert refused in {None, kit.FIELD_CHARACTER, kit.FIELD_TOO_LONG, kit.FIELD_VALUE}
    assert back == {"項目": value}


@pytest.mark.parametrize("name", SETS)
@given(data=st.data())
def test_any_bytes_are_a_record_or_no_value(name: str, data: st.DataObject) -> None:
    """Bytes of the right length are read, or refused with the field's name and none of their content."""
    made = Layout(FIELDS, SETS[name])
    record = data.draw(st.binary(min_size=made.size, max_size=made.size))
    said = "氏名"
    try:
        made.decode(record)
    except ValueError as error:
        said = str(error)
        plain = type(error) is ValueError and (error.__context__ is None or error.__suppress_context__)
    else:
        plain = True

    assert plain
    assert said.split()[0] in {field.name for field in FIELDS}


class TestRecord:
    def test_stands_as_the_table_says_in_ucs2(self) -> None:
        """Two bytes a character, texts and codes to the left, numbers with zeros, dates without signs."""
        record = Layout(FIELDS, UCS2).encode(VALUES)

        shown = "見本　太郎       " + "00000042" + "19700131" + "000012345      "
        assert record == shown.encode("utf-16-be")

    def test_stands_as_the_table_says_in_cp932(self) -> None:
        """Texts take two bytes a character, all other fields one."""
        record = Layout(FIELDS, CP932).encode(VALUES)

        shown = "見本　太郎".encode("cp932").ljust(24) + b"00000042" + b"19700131" + b"000012345      "
        assert record == shown

    def test_an_absent_value_is_blank(self) -> None:
        """No number is not zero, and no date is not a date of zeros."""
        made = Layout(FIELDS, ASCII)
        absent = dict.fromkeys(VALUES, "")

        assert made.encode(absent) == b" " * made.size
        assert made.decode(b" " * made.size) == absent
        assert made.encode(absent | {"通番": "0"})[12:20] == b"00000000"

    def test_wants_every_field_and_no_other(self) -> None:
        """A name too many or too few is a mistake of the caller, not a blank."""
        made = Layout(FIELDS, UCS2)
        for values in ({}, {"氏名": "見本"}, VALUES | {"個人番号": ""}):
            with pytest.raises(ValueError, match="fields of the layout"):
                made.encode(values)

    def test_wants_the_length_of_the_layout(self) -> None:
        """A record that is cut or runs on is none."""
        made = Layout(FIELDS, UCS2)
        record = made.encode(VALUES)
        for torn in (record[:-2], record + b"\x00 ", b""):
            with pytest.raises(ValueError, match="length of the layout"):
                made.decode(torn)


class TestRefusals:
    @pytest.mark.parametrize(
        ("charset", "value", "point"),
        [
            (UCS2, "渡\U0010de92子", "U+10DE92"),  # a 外字 of plane 16 has no place in UCS-2
            (UCS2, "葛\U000e0100城", "U+E0100"),  # nor has a variation selector
            (UCS2, "a\ud800", "U+D800"),
            (UCS2, "一行\n二行", "U+000A"),
            (CP932, "髙\U00020bb7", "U+20BB7"),
            (CP932, "東京〜千葉", "U+301C"),  # Python's cp932 would write U+FF5E
            (CP932, "−1", "U+2212"),  # and U+FF0D here
            (ASCII, "é", "U+00E9"),
        ],
    )
    def test_names_the_character_by_its_code_point(self, charset: Charset, value: str, point: str) -> None:
        """What the set does not hold, one to one, is refused and never replaced."""
        with pytest.raises(Refused) as caught:
            layout(charset).encode({"項目": value})

        assert (caught.value.code, caught.value.facts) == (kit.FIELD_CHARACTER, {"field": "項目", "point": point})

    @pytest.mark.parametrize(
        ("charset", "kind", "value"),
        [
            (UCS2, Kind.TEXT, "九文字の値は入らない"),
            (CP932, Kind.TEXT, "123456789"),  # nine characters, though they would fit the bytes
            (CP932, Kind.CODE, "123456789"),
            (ASCII, Kind.NUMBER, "123456789"),
        ],
    )
    def test_names_the_field_that_overflows(self, charset: Charset, kind: Kind, value: str) -> None:
        """Nothing is cut."""
        with pytest.raises(Refused) as caught:
            layout(charset, kind).encode({"項目": value})

        assert (caught.value.code, caught.value.facts) == (kit.FIELD_TOO_LONG, {"field": "項目", "width": 8})

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            (Kind.TEXT, "太郎 "),  # the blank would be lost
            (Kind.NUMBER, "007"),  # the zeros would be lost
            (Kind.NUMBER, "-1"),
            (Kind.NUMBER, "１"),
            (Kind.DATE, "19700131"),
            (Kind.DATE, "1970-02-30"),
            (Kind.DATE, "1970-W01-1"),
            (Kind.CODE, "a b"),
            (Kind.CODE, "全角"),
        ],
    )
    def test_names_the_field_whose_value_its_kind_does_not_have(self, kind: Kind, value: str) -> None:
        """A value that would come back different is refused, however near it comes."""
        with pytest.raises(Refused) as caught:
            layout(UCS2, kind, 8).encode({"項目": value})

        assert (caught.value.code, caught.value.facts) == (kit.FIELD_VALUE, {"field": "項目", "kind": kind.value})

    @pytest.mark.parametrize(
        ("kind", "shown"),
        [
            (Kind.NUMBER, "42      "),
            (Kind.NUMBER, "      42"),
            (Kind.DATE, "00000000"),
            (Kind.DATE, "19700230"),
            (Kind.CODE, " a      "),
            (Kind.TEXT, "a\nb     "),
        ],
    )
    def test_reads_only_what_it_would_write(self, kind: Kind, shown: str) -> None:
        """A partner's record that is near a value is none."""
        with pytest.raises(ValueError, match="項目"):
            layout(ASCII, kind).decode(shown.encode())

    @pytest.mark.parametrize(
        "fields",
        [
            [],
            [Field("a", 1, Kind.TEXT), Field("a", 1, Kind.TEXT)],
            [Field("a", 0, Kind.TEXT)],
            [Field("a", 6, Kind.DATE)],
        ],
    )
    def test_a_table_that_cannot_be_meant_makes_no_layout(self, fields: list[Field]) -> None:
        """A mistake of the table shows when the room is built, not at the first record."""
        with pytest.raises(ValueError, match=r".+"):
            Layout(fields, UCS2)
