"""connectors.kit.text: bytes into text and back. Over every code point, every byte pair, and texts and bytes made at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.text import CharacterSet, decode, encode
from connectors.kit.text.characters import characters, gaiji_count, length, named
from connectors.kit.text.charset import OWN, Stop, read, write
from connectors.kit.text.tables import character, own_table, rows
from connectors.kit.text.twins import twins, use_twins
from hub.domainchecks import character_count
from hub.domainchecks import gaiji_count as hub_gaiji_count
from hub.errors import Refused

CP932, SJIS, EUC = CharacterSet.CP932, CharacterSet.SHIFT_JIS_2004, CharacterSet.EUC_JIS_2004
UCS_2, UTF_8 = CharacterSet.UCS_2, CharacterSet.UTF_8
EVERY = pytest.mark.parametrize("charset", list(CharacterSet))
ANY_TEXT = st.text(max_size=20)
RISKY = st.text(
    st.sampled_from("髙高﨑〜～－−―∥‖￠¢か゚゚葛辻𠮷a\\~¥\u0080\uf8f1\ue000\U0010de92\U000e0100\ufe00\ufffd德ı"), max_size=8
)


def points() -> Iterator[str]:
    """Every code point."""
    return map(chr, range(0x110000))


def codec_takes(point: str, charset: CharacterSet) -> bool:
    try:
        point.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


@cache
def encodable(charset: CharacterSet) -> tuple[str, ...]:
    """Every code point that Python's codec writes: the only ones that `write` can (it asks that codec first)."""
    return tuple(point for point in points() if codec_takes(point, charset))


@cache
def alphabet(charset: CharacterSet) -> tuple[str, ...]:
    """Every code point of a Japanese set, user-defined ones apart; of a Unicode form some of all planes."""
    if charset in {UCS_2, UTF_8}:
        some = "a髙﨑〜か゚\U000e0100\ufe00\ud7ff\ufa19\U00020bb7\U0010de92\x00\x80ı"
        return tuple(point for point in some if charset.holds(point))
    return tuple(point for point in encodable(charset) if charset.holds(point))


@cache
def sequences(charset: CharacterSet) -> dict[bytes, str]:
    """Every sequence of one byte, and of two bytes of which the first is none alone, that the set reads."""
    found: dict[bytes, str] = {}
    for first in range(256):
        alone = read(bytes([first]), charset)
        if isinstance(alone, str):
            found[bytes([first])] = alone
            continue
        for second in range(256):
            pair = read(bytes([first, second]), charset)
            if isinstance(pair, str):
                found[bytes([first, second])] = pair
    return found


def outcome(make: Callable[[], str | bytes]) -> str | bytes | Refused:
    """What `make` gives, or how it is refused."""
    try:
        return make()
    except Refused as refused:
        return refused


def refusal_of_bytes(data: bytes, charset: CharacterSet) -> Refused:
    with pytest.raises(Refused) as caught:
        decode(data, charset, "氏名")
    return caught.value


def refusal_of_text(text: str, charset: CharacterSet) -> Refused:
    with pytest.raises(Refused) as caught:
        encode(text, charset, "氏名")
    return caught.value


class TestCharacters:
    @given(ANY_TEXT | RISKY)
    def test_counts_as_the_hub_counts(self, text: str) -> None:
        """Sender and hub, with code of their own, agree on 項目長 and 外字数 of any text."""
        assert (character_count(text), hub_gaiji_count(text)) == (length(text), gaiji_count(text))
        assert "".join(characters(text)) == text


class TestRepertoire:
    @pytest.mark.parametrize(("charset", "size"), [(CP932, 9397 - 1880), (SJIS, 11399), (EUC, 11399)])
    def test_is_of_the_size_that_the_set_has(self, charset: CharacterSet, size: int) -> None:
        """A changed codec would change a count: ASCII and controls included, user-defined codes apart."""
        assert len(alphabet(charset)) == size

    @pytest.mark.parametrize("charset", [CP932, SJIS, EUC])
    def test_every_code_point_comes_back_or_is_refused(self, charset: CharacterSet) -> None:
        """Over all of Unicode: what is written is read as itself."""
        written = [(point, write(point, charset)) for point in encodable(charset)]

        assert len(encodable(charset)) >= len(alphabet(charset))
        assert all(read(data, charset) == point for point, data in written if isinstance(data, bytes))
        assert all(data == 0 for _, data in written if not isinstance(data, bytes))

    def test_jis_x_0213_is_one_repertoire_in_both_encodings(self) -> None:
        """They differ in four signs only: what stands at 5C, 7E and in two full-width places."""
        assert set(alphabet(SJIS)) ^ set(alphabet(EUC)) == {"¥", "‾", "＼", "～"}

    def test_jis_x_0212_is_none_of_it(self) -> None:
        """Python's codec reads and writes it in EUC-JIS-2004; the set does not have it."""
        assert "ı".encode("euc_jis_2004") == b"\x8f\xa9\xc5"
        assert read(b"\xa4\xa2\x8f\xa9\xc5", EUC) == Stop(2, 3)
        assert write("あı", EUC) == 1


class TestCp932:
    def test_every_code_gives_a_text_that_comes_back(self) -> None:
        """9,795 codes for 9,397 characters: 398 codes are second ways to write one. Bytes change, text never."""
        codes = sequences(CP932)
        other = [code for code, text in codes.items() if write(text, CP932) != code]

        assert (len(codes), len(set(codes.values())), len(other)) == (9795, 9397, 398)
        assert all(read(write(text, CP932), CP932) == text for text in codes.values())  # type: ignore[arg-type]

    def test_of_two_codes_microsofts_is_written(self) -> None:
        """IBM's FA-FC and never NEC's selection of it (ED, EE), which Python's codec would write."""
        leads = {encode(point, CP932, "氏名")[0] for point in alphabet(CP932)}

        assert leads & set(range(0xE0, 0x100)) == {*range(0xE0, 0xEB), 0xFA, 0xFB, 0xFC}
        assert "髙".encode("cp932") == b"\xee\xe0"

    @pytest.mark.parametrize(
        ("codes", "text", "written"),
        [
            ("FBFC", "髙", "FBFC"),
            ("EEE0 FBFC", "髙髙", "FBFC FBFC"),  # NEC selected IBM, IBM
            ("8790 81E0", "≒≒", "81E0 81E0"),  # NEC row 13, JIS
            ("8754 FA4A", "ⅠⅠ", "8754 8754"),  # NEC row 13, IBM
            ("81CA EEF9 FA54", "￢￢￢", "81CA 81CA 81CA"),
        ],
    )
    def test_second_codes_of_a_character(self, codes: str, text: str, written: str) -> None:
        """The famous ones: what is read is one character, and one code is written."""
        assert decode(bytes.fromhex(codes), CP932, "氏名") == text
        assert encode(text, CP932, "氏名") == bytes.fromhex(written)

    @pytest.mark.parametrize("byte", ["80", "A0", "FD", "FE", "FF"])
    def test_bytes_that_mean_nothing(self, byte: str) -> None:
        """Python reads them as control and private characters; no set of Microsoft's defines them."""
        refused = refusal_of_bytes("髙ｶ".encode("cp932") + bytes.fromhex(byte) + b"a", CP932)

        assert dict(refused.facts) == {"place": "氏名", "position": 4, "found": byte}

    def test_second_bytes_80_and_a0_are_no_such_bytes(self) -> None:
        """A0 after a lead byte is half of a kanji."""
        assert decode(b"\x88\xa0\x89\x80", CP932, "氏名") == b"\x88\xa0\x89\x80".decode("cp932")


class TestTwins:
    def test_each_set_reads_its_own(self) -> None:
        """The table is what the codecs do: cp932 reads Microsoft's, Shift_JIS-2004 JIS's (but for the dash)."""
        for _, cells in rows(own_table("twins.tsv")):
            microsoft, jis = (character(cell, "twins.tsv", 0) for cell in cells[1:3])

            assert decode(bytes.fromhex(cells[0]), CP932, "住所") == microsoft
            assert decode(bytes.fromhex(cells[0]), SJIS, "住所") == (microsoft if cells[0] == "815C" else jis)

    def test_the_other_one_is_refused_and_never_folded(self) -> None:
        """Python's cp932 writes six of them as their twins without a word."""
        folded = [jis for jis in "〜−‖¢£¬" if jis.encode("cp932").decode("cp932") != jis]

        assert len(folded) == 6
        for jis in folded:
            assert dict(refusal_of_text("一" + jis, CP932).facts) == {
                "place": "氏名",
                "position": 2,
                "point": f"U+{ord(jis):04X}",
            }

    def test_they_are_used_where_the_connector_says_so(self) -> None:
        """Only signs of the table change, and only where the set needs it."""
        assert use_twins("１〜３－－−髙", CP932.holds) == "１～３－－－髙"
        assert use_twins("￠～髙", EUC.holds) == "¢～髙"

    @given(ANY_TEXT | RISKY)
    def test_use_changes_nothing_but_twins(self, text: str) -> None:
        """Code point for code point: the same, or the twin that the set has."""
        shown = use_twins(text, CP932.holds)

        assert all(old == new or twins()[old] == new for old, new in zip(text, shown, strict=True))


class TestIncoming:
    @EVERY
    @given(st.binary(max_size=24))
    def test_any_bytes_give_a_text_that_comes_back_or_a_refusal(self, charset: CharacterSet, data: bytes) -> None:
        """Nothing is replaced: what is read can be written, and reads as itself again."""
        found = outcome(lambda: decode(data, charset, "氏名"))
        if isinstance(found, Refused):
            assert found.code.id in {"HUB-KIT-061", "HUB-KIT-062", "HUB-KIT-064"}
            assert found.__context__ is None
        else:
            assert decode(encode(str(found), charset, "氏名"), charset, "氏名") == found

    @EVERY
    @given(st.binary(min_size=1, max_size=24))
    def test_a_refusal_names_the_first_bad_byte_and_nothing_else(self, charset: CharacterSet, data: bytes) -> None:
        """What stands before it is text, and with the named bytes it is not."""
        stop = read(data, charset)
        if isinstance(stop, str):
            return
        refused = refusal_of_bytes(data, charset)
        found = data[stop.offset : stop.offset + stop.size]

        assert isinstance(read(data[: stop.offset], charset), str)
        assert isinstance(read(data[: stop.offset + stop.size], charset), Stop)
        assert dict(refused.facts) == {
            "place": "氏名",
            "position": stop.offset + 1,
            "found": found.hex(" ").upper(),
        }

    def test_a_file_cut_inside_a_character(self) -> None:
        """The last byte alone means nothing."""
        assert refusal_of_bytes("渡辺".encode("cp932")[:-1], CP932).facts["position"] == 3

    def test_a_file_in_another_encoding(self) -> None:
        """UTF-8 read as cp932 stops at the first impossible byte, and so does the reverse."""
        assert refusal_of_bytes("渡辺　様".encode(), CP932).code.id == "HUB-KIT-061"
        assert refusal_of_bytes("渡辺".encode("cp932"), UTF_8).facts["position"] == 1

    def test_selectors_and_plane_16_are_kept(self) -> None:
        """MJ variants and 行政事務標準文字 in UTF-8 arrive as they are."""
        text = "葛\U000e0100城\U0010de92神\ufa19"

        assert decode(text.encode(), UTF_8, "氏名") == text

    @pytest.mark.parametrize(
        ("data", "charset", "point"),
        [
            (b"\x8a\xbf\xf0\x40", CP932, "U+E000"),
            (b"\x8a\xbf\xf9\xfc", CP932, "U+E757"),
            ("漢\uf8ff".encode(), UTF_8, "U+F8FF"),
            ("漢\U000f0001".encode(), UTF_8, "U+F0001"),
            ("漢\ue000".encode("utf-16-be"), UCS_2, "U+E000"),
        ],
    )
    def test_a_gaiji_without_a_table_is_refused_by_its_code_point(
        self, data: bytes, charset: CharacterSet, point: str
    ) -> None:
        """Private codes of the basic plane and plane 15 mean nothing outside the system that defined them."""
        refused = refusal_of_bytes(data, charset)

        assert refused.code.id == "HUB-KIT-062"
        assert dict(refused.facts) == {"place": "氏名", "position": 2, "point": point}

    def test_what_the_partner_lost_is_not_taken(self) -> None:
        """U+FFFD in the partner's UTF-8."""
        assert refusal_of_bytes("渡\ufffd".encode(), UTF_8).code.id == "HUB-KIT-064"

    def test_surrogates_have_no_place_in_ucs_2(self) -> None:
        """A pair of them is one character of UTF-16, and none of UCS-2."""
        assert dict(refusal_of_bytes("吉𠮷".encode("utf-16-be"), UCS_2).facts) == {
            "place": "氏名",
            "position": 3,
            "found": "D8 42 DF B7",
        }


class TestOutgoing:
    @EVERY
    @given(st.data())
    def test_every_text_of_the_set_comes_back(self, charset: CharacterSet, data: st.DataObject) -> None:
        """decode(encode(text)) is text, also where neighbours combine."""
        text = data.draw(st.text(st.sampled_from(alphabet(charset)), max_size=30))

        assert decode(encode(text, charset, "氏名"), charset, "氏名") == text

    @pytest.mark.parametrize("charset", [SJIS, EUC])
    @given(st.text(st.sampled_from("かきツㇷ゚゚æɔ̀́˩˥"), max_size=12))
    def test_characters_of_two_code_points(self, charset: CharacterSet, text: str) -> None:
        """か゚ and its like have one code in JIS X 0213: written with it, or refused where the mark stands alone."""
        data = write(text, charset)

        assert read(data, charset) == text if isinstance(data, bytes) else text[data] == "゚"

    @EVERY
    @given(ANY_TEXT | RISKY)
    def test_any_text_comes_back_or_is_refused_at_its_first_bad_character(
        self, charset: CharacterSet, text: str
    ) -> None:
        """Place, number and code points; the characters before are fine."""
        found = outcome(lambda: encode(text, charset, "氏名"))
        if isinstance(found, Refused):
            number = int(found.facts["position"])
            before = "".join(characters(text)[: number - 1])

            assert set(found.facts) == {"place", "position", "point"}
            assert named(characters(text)[number - 1]).startswith(str(found.facts["point"]))
            assert found.code.id != "HUB-KIT-063" or isinstance(write(before, charset), bytes)
            assert found.__context__ is None
        else:
            assert decode(bytes(found), charset, "氏名") == text  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("text", "charset", "number", "point"),
        [
            ("𠮷田", CP932, 1, "U+20BB7"),
            ("渡𫝆", CP932, 2, "U+2B746"),
            ("髙橋", SJIS, 1, "U+9AD9"),
            ("葛\U000e0100城", CP932, 1, "U+845B U+E0100"),
            ("渡\U0010de92", CP932, 2, "U+10DE92"),
            ("吉𠮷", UCS_2, 2, "U+20BB7"),
            ("—", CP932, 1, "U+2014"),
        ],
    )
    def test_a_character_that_the_set_lacks(self, text: str, charset: CharacterSet, number: int, point: str) -> None:
        """A variation selector is never dropped in silence: the character with it is another one."""
        refused = refusal_of_text(text, charset)

        assert refused.code.id == "HUB-KIT-063"
        assert dict(refused.facts) == {"place": "氏名", "position": number, "point": point}

    def test_no_text_appears_in_a_refusal(self) -> None:
        """Neither in its sentences nor in what hangs on it."""
        refused = refusal_of_text("山田花子𠮷", CP932)

        assert not re.search(
            "[山田花子𠮷]", refused.text() + refused.text("en") + repr(refused.facts) + repr(refused.args)
        )
        assert refused.__cause__ is None
        assert refused.__context__ is None

    def test_our_private_characters_need_a_table_too(self) -> None:
        """U+E000 of ours is not F040 of theirs."""
        assert OWN.search("\ue000")
        assert refusal_of_text("渡\ue000", CP932).code.id == "HUB-KIT-062"
