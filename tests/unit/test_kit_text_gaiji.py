"""connectors.kit.text.gaiji: a ward's table of a partner's user-defined codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.text import CharacterSet, decode, encode, read_gaiji
from hub.errors import Faults, Refused

TABLE = """\
# 見本の外字対応表
F040\tU+8FBB U+E0101\t見本
F041\tU+10DE92
F042\tU+9AD9\tcp932 にもある字
U+E003\tU+8FBB U+E0101\t同じ字の二つ目

U+E100-U+E102\t=
"""
GAIJI = read_gaiji(TABLE, "見本")
CP932 = CharacterSet.CP932
TSUJI = "辻\U000e0101"


def rules(text: str) -> list[tuple[object, object]]:
    with pytest.raises(Faults) as caught:
        read_gaiji(text, "見本")
    return [(fault.facts["line"], fault.facts["rule"]) for fault in caught.value.faults]


class TestTable:
    def test_codes_become_characters_and_again_codes(self) -> None:
        """With their selectors; the partner's own way to write a character comes before the set's."""
        data = b"\xf0\x40\x96\xd8\xf0\x41\xf0\x42"

        assert decode(data, CP932, "氏名", GAIJI) == TSUJI + "木\U0010de92髙"
        assert encode(TSUJI + "木\U0010de92髙", CP932, "氏名", GAIJI) == data

    def test_of_two_codes_for_a_character_the_first_is_written(self) -> None:
        """Both are read; the text is the same."""
        assert decode(b"\xf0\x43", CP932, "氏名", GAIJI) == TSUJI
        assert encode(TSUJI, CP932, "氏名", GAIJI) == b"\xf0\x40"

    def test_agreed_codes_are_kept(self) -> None:
        """`=` says that both sides mean the same by them."""
        assert decode("\ue101".encode("cp932"), CP932, "氏名", GAIJI) == "\ue101"
        assert encode("\ue101", CP932, "氏名", GAIJI) == "\ue101".encode("cp932")

    def test_the_whole_area_of_cp932_is_reached(self) -> None:
        """F040 to F9FC are U+E000 to U+E757."""
        table = read_gaiji("F040\tU+4E00\nF9FC\tU+4E8C\n", "見本")

        assert table.meant == {"\ue000": "一", "\ue757": "二"}

    def test_an_unknown_code_is_refused_by_place_and_code_point(self) -> None:
        """Both ways, and also with a selector after it."""
        with pytest.raises(Refused) as incoming:
            decode(b"\x96\xd8\xf0\x44", CP932, "氏名", GAIJI)
        with pytest.raises(Refused) as outgoing:
            encode("木\ue000\U000e0100", CharacterSet.UTF_8, "氏名", GAIJI)

        assert (incoming.value.code.id, outgoing.value.code.id) == ("HUB-KIT-062", "HUB-KIT-062")
        assert dict(incoming.value.facts) == {"place": "氏名", "position": 2, "point": "U+E004"}
        assert dict(outgoing.value.facts) == {"place": "氏名", "position": 2, "point": "U+E000 U+E0100"}

    def test_a_selector_of_its_own_cannot_change_a_code(self) -> None:
        """Two selectors in a row: the second would join the partner's code, and is refused where it stands."""
        with pytest.raises(Refused) as caught:
            encode("木" + TSUJI + "\U000e0101", CharacterSet.UTF_8, "氏名", GAIJI)

        assert dict(caught.value.facts) == {"place": "氏名", "position": 3, "point": "U+E0101"}

    def test_a_character_without_its_selector_is_another(self) -> None:
        """辻 is written as itself, 辻 with another selector is refused as it stands, not as it is shown."""
        with pytest.raises(Refused) as caught:
            encode(TSUJI + "辻\U000e0102", CP932, "氏名", GAIJI)

        assert encode("辻", CP932, "氏名", GAIJI) == "辻".encode("cp932")
        assert dict(caught.value.facts) == {"place": "氏名", "position": 2, "point": "U+8FBB U+E0102"}

    @pytest.mark.parametrize("charset", list(CharacterSet))
    @given(
        st.lists(st.sampled_from([TSUJI, "辻", "木", "\U0010de92", "髙", "\ue101", "\ue000", "\U000e0101", "〜", "a"]))
    )
    def test_every_text_comes_back_or_is_refused(self, charset: CharacterSet, parts: list[str]) -> None:
        """Also where characters of the table stand beside selectors and codes of ours."""
        text = "".join(parts)
        try:
            data = encode(text, charset, "氏名", GAIJI)
        except Refused:
            return

        assert decode(data, charset, "氏名", GAIJI) == text


class TestFile:
    def test_every_wrong_line_is_named_at_once(self) -> None:
        """Number and what was expected."""
        text = """\
F040
F040\tU+8FBB
F040\tU+8FBC
8ABF\tU+8FBB
F07F\tU+8FBB
U+4E00\tU+8FBB
F041\tU+8FBB U+8FBC
F041\tU+E005
F041\tU+D800
F041\t辻
U+E010-U+E00F\t=
U+F8FF-U+F0000\t=
"""

        assert rules(text) == [
            (1, "2-3 cells"),
            (3, "each code once"),
            (4, "U+XXXX"),
            (5, "a user-defined code"),
            (6, "a user-defined code"),
            (7, "one character"),
            (8, "a character of everybody's"),
            (9, "U+XXXX"),
            (10, "U+XXXX"),
            (11, "a range of one area"),
            (12, "a range of one area"),
        ]
